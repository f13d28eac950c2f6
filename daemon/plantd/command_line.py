"""What every command line here has in common: one sentence and the exit code of sysexits.h."""

import argparse
import logging
import os
import sys
from datetime import datetime, timezone
from typing import Callable, NoReturn, Optional, Sequence

from plantd.errors import EX_UNAVAILABLE, ConfigError, PlantdError, UsageError
from plantd.messages import visible
from plantd.system import libraries

# As a shell reports a program that SIGINT or SIGPIPE ended.
INTERRUPTED = 130
BROKEN_PIPE = 141


class VisibleFormatter(logging.Formatter):
    """Log lines in which foreign text cannot be taken for the terminal's controls, or for lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of logging
        """Return the line; tracebacks are added to it by the caller."""
        return visible(super().formatMessage(record))


class Parser(argparse.ArgumentParser):
    """argparse, but with the exit code of sysexits.h."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message and where help is."""
        raise UsageError("{}; see {} --help".format(message, self.prog))


def run(
    parser: Parser,
    call: Callable[[argparse.Namespace], int],
    argv: Optional[Sequence[str]] = None,
) -> int:
    """Call with what the command line asks for; return the exit code.

    What went wrong is said on standard error, after the program's name.
    """
    try:
        return call(parser.parse_args(argv))
    except PlantdError as error:
        say(parser.prog, error)
        return error.exit_code
    except ImportError as error:
        return _say_what_is_missing(parser.prog, error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        forget_standard_output()
        return BROKEN_PIPE


def say(program: str, error: PlantdError) -> None:
    """Say on standard error what went wrong, each problem of a configuration in a line."""
    problems = error.problems if isinstance(error, ConfigError) else [str(error)]
    sys.stderr.writelines("{}: {}\n".format(program, visible(told)) for told in problems)


def start(
    program: str,
    load: Callable[[], Callable[[Optional[Sequence[str]]], int]],
    argv: Optional[Sequence[str]] = None,
) -> int:
    """Import a program and run it; return the exit code.

    Args:
        load: imports the program and returns its main(): a library that is missing is said in one
            sentence, however early it is asked for.
    """
    try:
        main = load()
    except ImportError as error:
        return _say_what_is_missing(program, error)
    return main(argv)


def _say_what_is_missing(program: str, error: ImportError) -> int:
    if (error.name or "").startswith("plantd"):
        raise error  # A mistake of ours, and no library.
    sys.stderr.write("{}: {}\n".format(program, libraries.sentence(error, libraries.is_l4t())))
    return EX_UNAVAILABLE


def forget_standard_output() -> None:
    """Let nothing complain at exit that whoever read the output (head, less) has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def count(text: str) -> int:
    """Return how many: the type of an argument."""
    return _number(text, 1, "a whole number from 1 on")


def sequence_number(text: str) -> int:
    """Return the number of a verdict, with or without "#": the type of an argument."""
    return _number(text, 0, "a sequence number such as 1042")


def path(text: str) -> str:
    """Return a path that names something: the type of an argument."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; expected a path")
    return text


def wall(text: str) -> str:
    """Return a day or a time in UTC as "2026-06-01T10:12:03Z": the type of an argument."""
    bare = text[:-1] if text.endswith("Z") else text
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"):
        try:
            found = datetime.strptime(bare, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
        return found.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise argparse.ArgumentTypeError(
        "{!r} is not a time; expected a day such as 2026-06-01, or 2026-06-01T10:12:03, "
        "in UTC".format(text)
    )


def _number(text: str, smallest: int, expected: str) -> int:
    digits = text[1:] if text.startswith("#") else text
    # isdecimal: isdigit() takes superscripts too, which int() refuses.
    if not digits.isdecimal() or int(digits) < smallest:
        raise argparse.ArgumentTypeError("{!r} is not {}".format(text, expected))
    return int(digits)
