"""The process of `weights --distribute` that trains, and what becomes of it when another is lost.

How this works: JAX ends a process whose peer was lost, by whatever signal. So the command trains in
a child; a child that was ended is begun again, meets the others again, and goes on from the last
epoch that was kept. It waits for them: on a machine that lost its power the command is given again.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from typing import Sequence, Tuple

from plantd.errors import EX_TEMPFAIL, UnavailableError, UsageError
from plantd.system.child_environment import child_environment
from plantd_calibration.cluster.option import LOCAL
from plantd_training.cli.arguments import TRAINERS

logger = logging.getLogger(__name__)

TRIES = 4
# What a child writes when it has met the others.
MET = b"met"
# Ended on purpose: nobody was lost.
MEANT = (signal.SIGINT, signal.SIGTERM)


def check_distribution(given: argparse.Namespace) -> None:
    """Raise UsageError for what does not go together with --distribute, and where it cannot."""
    seats = "--processes {} --process {}".format(given.processes, given.process)
    if not given.distribute:
        if given.processes != 1 or given.process:
            raise UsageError("{}: expected --distribute HOST:PORT besides".format(seats))
        return
    if given.cluster or given.trainer != TRAINERS[0]:
        raise UsageError(
            "--distribute trains each network by Keras on all machines; expected neither "
            "--cluster, which gives each machine a network of its own, nor --trainer bfloat16"
        )
    if not 0 <= given.process < given.processes or (
        given.distribute == LOCAL and given.processes != 1
    ):
        raise UsageError(
            "--distribute {} {}: expected a process from 0 to one less than there are, and one "
            "process with local".format(given.distribute, seats)
        )
    backend = os.environ.get("KERAS_BACKEND", "jax")
    if backend != "jax":
        raise UsageError(
            "--distribute trains by Keras on JAX, and KERAS_BACKEND is {}: Keras 3 does not train "
            "under TensorFlow's MultiWorkerMirroredStrategy (keras issue 20585); unset it, in the "
            "environment of make venv-distribute".format(backend)
        )


def watched(words: Sequence[str], given: argparse.Namespace) -> int:
    """Train in a child, again while others are lost; return its exit code.

    Args:
        words: of the command line.
        given: what they ask for.
    Raises UnavailableError where the others do not come, and when TRIES were lost.
    """
    for number in range(1, TRIES + 1):
        began = time.monotonic()
        code, met = _ended(words)
        if code >= 0 and code != EX_TEMPFAIL:
            return code
        if -code in MEANT:
            return 128 - code
        if not met and time.monotonic() - began >= given.wait:
            raise UnavailableError(
                "the {} processes did not meet at {} within {} seconds; give the same command on "
                "each machine, with --process 0 to {}, and let them reach each other".format(
                    given.processes, given.distribute, given.wait, given.processes - 1
                )
            )
        logger.info("another process was lost (try %d of %d); this one begins again", number, TRIES)
    raise UnavailableError(
        "it was given up after {} tries: another process was lost in each; what was kept stays, "
        "and the same command on each machine goes on".format(TRIES)
    )


def _ended(words: Sequence[str]) -> Tuple[int, bool]:
    """Let a child train; return how it ended, and whether it had met the others."""
    told, met = os.pipe()
    with open(told, "rb") as reader:
        try:
            asked = ("--worker", str(os.getpid()), str(met))
            # JAX tells a lost process in lines of C++; ours say what comes of it.
            environment = child_environment(KERAS_BACKEND="jax")
            environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            command = [sys.executable, "-m", "plantd_training", *words, *asked]
            child = subprocess.Popen(command, env=environment, pass_fds=[met])
        finally:
            os.close(met)
        try:
            return child.wait(), reader.read() == MET
        finally:
            child.kill()
            child.wait()
