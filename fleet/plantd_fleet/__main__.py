"""`python3 -m plantd_fleet`, the command plantd-fleet, or one sentence on a missing library."""

import sys
from typing import Callable, Optional, Sequence

from plantd.command_line import start


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Import the program and run it; return its exit code (sysexits.h)."""
    return start("plantd-fleet", _load, argv)


def _load() -> Callable[[Optional[Sequence[str]]], int]:
    from plantd_fleet.cli import main as program

    return program


if __name__ == "__main__":
    sys.exit(main())
