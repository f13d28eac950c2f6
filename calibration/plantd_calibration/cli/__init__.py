"""plantd-calibrate: when a model may answer, and how sure that is."""

import argparse
import logging
import sys
from typing import Optional, Sequence

from plantd.command_line import run
from plantd.errors import EX_OK
from plantd_calibration.cli.arguments import parser
from plantd_calibration.cli.commands import COMMANDS


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    return run(parser(), _call, argv)


def _call(given: argparse.Namespace) -> int:
    COMMANDS[given.command](given)
    return EX_OK
