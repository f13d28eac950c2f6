"""plantd-calibrate: when a model may answer, and how sure that is."""

import logging
import sys
from typing import Optional, Sequence

from plantd.errors import EX_OK, PlantdError
from plantd_calibration.cli.arguments import parser
from plantd_calibration.cli.commands import COMMANDS


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        given = parser().parse_args(argv)
        COMMANDS[given.command](given)
    except PlantdError as error:
        print("plantd-calibrate: {}".format(error), file=sys.stderr)
        return error.exit_code
    return EX_OK
