"""`python3 -m plantd.stick.wanted FILE`: makes FILE where this box looks at sticks.

plantd-stick@.service asks so as the service's user, before root mounts a stick that nobody wants.
"""

import argparse
import os
import sys
from typing import Optional, Sequence

from plantd import command_line
from plantd.command_line import Parser
from plantd.config import file
from plantd.errors import EX_OK


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Make the file or leave it; return the exit code."""
    return command_line.run(parser(), _mark, argv)


def parser() -> Parser:
    """Return the parser."""
    top = Parser(prog="plantd-stick-wanted", description=__doc__)
    top.add_argument("marker", type=command_line.path, metavar="FILE", help="says so by being")
    top.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    return top


def _mark(asked: argparse.Namespace) -> int:
    config = file.load(file.path_in_use(asked.config, os.environ)).config
    if config.model.stick_s:
        with open(asked.marker, "w"):
            pass
    return EX_OK


if __name__ == "__main__":
    sys.exit(main())
