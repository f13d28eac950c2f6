"""plantd-train: look at photographs, augment, fit, compare, evaluate, freeze, bundle."""

import logging
import sys
from argparse import Namespace
from typing import Callable, Optional, Sequence

from plantd.command_line import run
from plantd.errors import EX_OK, CannotWriteError
from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly
from plantd_training.cli import arguments


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    return run(arguments.parser(), _call, argv)


def _call(given: Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    try:
        _command(given.command)(given)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        told = "{} cannot be written: {}".format(error.filename, error.strerror)
        raise CannotWriteError(told) from error
    return EX_OK


def _command(name: str) -> Callable[[Namespace], None]:
    """TensorFlow takes seconds to load, and greets: --help does not wait, users do not read it."""
    tensorflow_quietly()
    if name == "weights":
        from plantd_training.cli.weights import weights

        return weights
    from plantd_training.cli import commands

    return commands.COMMANDS[name]
