"""A piece of work for any machine of a cluster, and what becomes of it where it comes to."""

import logging
import os
import pickle
import sys
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from plantd.errors import PlantdError, UnavailableError
from plantd_calibration.cluster.alike import Site

# How many threads a task has. With one, sums are added in one order, whatever the machine.
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)
# Settings of the libraries that whoever shares work out has in its environment.
PASSED_ON = ("KERAS_", "TF_")


class Task(NamedTuple):
    """A call that may be made more than once and on any machine: what it makes lies in files.

    Attributes:
        name: what people read.
        call: a function of a module, or anything else that can be pickled.
        before: called before that is read, which loads libraries.
    """

    name: str
    call: Callable[..., None]
    arguments: Tuple[Any, ...]
    before: Callable[[], Any] = list


class Ended(NamedTuple):
    """How a task ended: where, and with which error if any."""

    machine: str
    error: Optional[PlantdError]


def _settings(threads: int) -> Dict[str, str]:
    """What a task's process has in its environment."""
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return {**passed, **dict.fromkeys(THREADS, str(threads))}


class Order(NamedTuple):
    """A task on its way, pickled: read when libraries are compared and know their settings."""

    site: Site
    settings: Dict[str, str]
    before: bytes
    content: bytes


def order(site: Site, task: Task, pickled: Callable[[Any], bytes], threads: int = 1) -> Order:
    """Return what is sent to a machine."""
    content = pickled((task.call, task.arguments))
    return Order(site, _settings(threads), pickled(task.before), content)


def on_a_machine(machine: str, given: Order) -> Ended:
    """Make the call of a task, in a process that has made none before.

    Args:
        machine: how this one is called.
    """
    problem = given.site.problem_here()
    if problem:
        return Ended(machine, UnavailableError("the machine {} {}".format(machine, problem)))
    os.environ.update(given.settings)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    pickle.loads(given.before)()
    call, arguments = pickle.loads(given.content)
    try:
        call(*arguments)
    except PlantdError as error:
        return Ended(machine, error)
    return Ended(machine, None)
