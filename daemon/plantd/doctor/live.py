"""The live looks of `plantd doctor`: its options --button and --camera."""

import argparse
import logging
import sys
from typing import Callable, Optional

from plantd import command_line
from plantd.config import Config, file
from plantd.doctor.live_report import LiveOptions, LiveReport
from plantd.errors import UsageError
from plantd.system.terminal import Terminal

# Stands for the configured source, which no URI can be.
CONFIGURED = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a live look is asked with."""
    parser.add_argument(
        "--button", action="store_true", help="show the button's line live, while it is pressed"
    )
    parser.add_argument(
        "--camera",
        nargs="?",
        const=CONFIGURED,
        default=None,
        metavar="SOURCE",
        help="show what the camera sees, live: the configured one or SOURCE",
    )
    parser.add_argument(
        "--presses", type=command_line.count, metavar="N", help="with --button: end after N presses"
    )
    parser.add_argument(
        "--seconds", type=command_line.count, metavar="S", help="end after S seconds, not at Ctrl-C"
    )
    parser.add_argument(
        "--save", type=command_line.path, metavar="FILE", help="with --camera: write a frame there"
    )


def look_of(asked: argparse.Namespace) -> Optional[Callable[[Config, LiveReport], int]]:
    """Return the live look that is asked for, None where it is the report. Raises UsageError."""
    if asked.button and asked.camera is not None:
        raise UsageError("--button and --camera look at one thing each; ask for one of them")
    if asked.presses is not None and not asked.button:
        raise UsageError("--presses counts presses of the button; expected --button beside it")
    if asked.save and asked.camera is None:
        raise UsageError("--save writes what the camera sees; expected --camera beside it")
    if not asked.button and asked.camera is None:
        if asked.seconds is not None:
            raise UsageError("--seconds ends a live look; expected --button or --camera beside it")
        return None
    options = LiveOptions(
        asked.presses, asked.seconds, asked.camera or CONFIGURED, asked.save or ""
    )
    return lambda config, report: _look(asked.button, config, options, report)


def live(
    look: Callable[[Config, LiveReport], int], path: Optional[str], asked: argparse.Namespace
) -> int:
    """Look until the end that was asked for; return the exit code. Raises PlantdError."""
    # The look itself says what the camera's thread would log.
    logging.basicConfig(level=logging.CRITICAL)
    config = file.load(path, asked.set).config
    return look(config, LiveReport(Terminal(sys.stdout, sys.stderr), asked.json))


def _look(button: bool, config: Config, options: LiveOptions, report: LiveReport) -> int:
    if button:
        from plantd.doctor.live_button import watch_button

        return watch_button(config, options, report)
    # OpenCV first: imported late it may find no room for its thread-local storage (opencv #14884).
    from plantd import picture  # noqa: F401
    from plantd.doctor.live_camera import watch_camera

    return watch_camera(config, options, report)
