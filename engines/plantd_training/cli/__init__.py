"""plantd-train: look at photographs, augment, fit, compare, evaluate, freeze, bundle."""

import functools
import logging
import os
import sys
from argparse import Namespace
from typing import Callable, Optional, Sequence

from plantd.command_line import run
from plantd.errors import EX_OK, CannotWriteError
from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly
from plantd_training.cli import arguments, worker


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    words = list(sys.argv[1:] if argv is None else argv)
    return run(arguments.parser(), functools.partial(_call, words), argv)


def _call(words: Sequence[str], given: Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    if given.command == "weights":
        worker.check_distribution(given)
        if given.distribute and given.worker is None:
            return worker.watched(words, given)
    try:
        _command(given.command)(given)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        told = "{} cannot be written: {}".format(error.filename, error.strerror)
        raise CannotWriteError(told) from error
    return EX_OK


def _command(name: str) -> Callable[[Namespace], None]:
    """TensorFlow takes seconds to load, and greets: --help does not wait, users do not read it."""
    if name != "weights" or os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        tensorflow_quietly()
    if name == "weights":
        from plantd_training.cli.weights import weights

        return weights
    from plantd_training.cli import commands

    return commands.COMMANDS[name]
