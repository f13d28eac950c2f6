"""`python3 -m plantd.stick.wanted FILE [DEVICE]`: makes FILE where this box looks at that stick.

plantd-stick@.service asks so as the service's user, before root mounts a stick that nobody wants,
or a disk that the system is about to mount itself.
"""

import argparse
import os
import sys
from typing import Optional, Sequence

from plantd import command_line
from plantd.command_line import Parser
from plantd.config import file
from plantd.errors import EX_OK
from plantd.stick.belonging import use_by_the_system


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Make the file or leave it; return the exit code."""
    return command_line.run(parser(), _mark, argv)


def parser() -> Parser:
    """Return the parser."""
    top = Parser(prog="plantd-stick-wanted", description=__doc__)
    top.add_argument("marker", type=command_line.path, metavar="FILE", help="says so by being")
    top.add_argument("device", nargs="?", metavar="DEVICE", help="what would be mounted")
    top.add_argument("--root", default="/", metavar="FOLDER", help="where proc, sys and etc lie")
    top.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    return top


def _mark(asked: argparse.Namespace) -> int:
    config = file.load(file.path_in_use(asked.config, os.environ)).config
    its_own = asked.device is not None and use_by_the_system(asked.device, asked.root)
    if config.model.stick_s and not its_own:
        with open(asked.marker, "w"):
            pass
    return EX_OK


if __name__ == "__main__":
    sys.exit(main())
