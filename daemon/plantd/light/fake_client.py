"""Looks at a fake light: `python3 -m plantd.light.fake_client --socket PATH` prints what it did."""

import argparse
import json
import sys
from typing import List, Optional, Sequence, Tuple

from plantd.command_line import Parser, run
from plantd.errors import EX_OK, UsageError
from plantd.system.control_socket import ask

DEFAULT_SOCKET = "/run/plantd/light.sock"


def history(path: str) -> List[Tuple[float, str]]:
    """Return (monotonic seconds, pattern) of everything shown, oldest first.

    Raises NotFoundError or UnavailableError when no fake light answers there.
    """
    answer = json.loads(ask(path, "history"))
    if "error" in answer:
        raise UsageError("the light answered: {}".format(answer["error"]))
    return [(float(shown["mono_s"]), str(shown["pattern"])) for shown in answer["shown"]]


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Print the history, one pattern a line; return the exit code."""
    parser = Parser(prog="python3 -m plantd.light.fake_client", description=__doc__)
    parser.add_argument("--socket", default=DEFAULT_SOCKET, help="default: %(default)s")
    return run(parser, _look, argv)


def _look(options: argparse.Namespace) -> int:
    for mono_s, pattern in history(options.socket):
        sys.stdout.write("{:.3f} {}\n".format(mono_s, pattern))
    return EX_OK


if __name__ == "__main__":
    sys.exit(main())
