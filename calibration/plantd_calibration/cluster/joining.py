"""Joins a cluster of machines, by Ray, and shares tasks out among them.

How this works: each task is tried on any machine with a free processor, in a process of its own.
A machine that is lost costs what its tasks had not kept: they are tried again elsewhere, and go on
from the files of before. What a task made lies in the shared folder, so nothing comes back but how
it ended.
"""

import contextlib
import logging
import os
import socket
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple

from plantd.errors import UnavailableError
from plantd.system.lifetime import Openable
from plantd_calibration.cluster import tasks
from plantd_calibration.cluster.alike import Site, marked
from plantd_calibration.cluster.option import LOCAL
from plantd_calibration.cluster.tasks import Ended, Order, Task

logger = logging.getLogger(__name__)

RETRIES = 3
ANSWER_S = 10.0
# Of shared memory, where tasks wait; a quarter of the machine's would be taken otherwise.
OBJECTS_BYTES = 200_000_000
HELP = "ray start --head --node-ip-address HOST --port PORT"


def library() -> Any:
    """Return Ray, which is loaded here and nowhere else; raise ImportError without it."""
    import ray

    return ray


class Cluster(Openable):
    """Machines that share work; open to join them, close to leave."""

    def __init__(self, where: str, folder: Path, threads: int = 1) -> None:
        """Keep where and how.

        Args:
            where: LOCAL, or HOST:PORT of the head.
            folder: which all machines have under this path.
            threads: of each task, and processors that it takes.
        """
        self._where, self._threads = where, threads
        self._folder = folder
        self._site: Optional[Site] = None
        self._ray: Any = None
        self._left = contextlib.ExitStack()

    def open(self) -> None:
        """Join; raise UnavailableError where nobody answers, ImportError without Ray."""
        if self._where != LOCAL:
            _check_answers(self._where)
        # Nothing is told to anybody, and no line is left out because another task said the same.
        os.environ.update({"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"})
        os.environ.setdefault("RAY_COLOR_PREFIX", "0")
        self._ray = library()
        self._left.callback(self._ray.shutdown)
        try:
            self._ray.init(logging_level=logging.ERROR, **_options(self._where))
        except (ConnectionError, RuntimeError, ValueError) as error:
            self.close()
            raise UnavailableError(
                "the cluster at {} cannot be joined ({}); this machine has to be one of it: ray "
                "start --address {}".format(self._where, _first_line(error), self._where)
            ) from error
        self._site = self._left.enter_context(marked(self._folder))
        self._check_processors()

    def close(self) -> None:
        """Leave; what runs for this process elsewhere ends."""
        self._left.close()

    def run(self, given: Sequence[Task]) -> None:
        """Let every task be done; raise what the first one raised that failed.

        Raises UnavailableError when a task lost its machine more than RETRIES times.
        """
        waiting = dict(self._begun(one) for one in given)
        done = 0
        while waiting:
            (ended,), _ = self._ray.wait(list(waiting), num_returns=1)
            name = waiting.pop(ended)
            found = self._end_of(name, ended)
            if found.error:
                for other in waiting:
                    self._ray.cancel(other, force=True)
                raise found.error
            done += 1
            logger.info("%s: done by %s, %d of %d", name, found.machine, done, len(given))

    def _begun(self, one: Task) -> Tuple[Any, str]:
        # A process of its own: what a training leaves in memory is given back.
        remote = self._ray.remote(max_retries=RETRIES, max_calls=1, num_cpus=self._threads)(
            _on_a_machine
        )
        assert self._site is not None
        given = tasks.order(self._site, one, self._ray.cloudpickle.dumps, self._threads)
        return remote.options(name=one.name).remote(given), one.name

    def _end_of(self, name: str, ended: Any) -> Ended:
        try:
            found: Ended = self._ray.get(ended)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ImportError):
                raise UnavailableError(
                    "a machine of the cluster cannot do {}: {}; make the same environment "
                    "there".format(name, error.cause)
                ) from error
            raise
        except self._ray.exceptions.RayError as error:
            raise UnavailableError(
                "{} was given up after {} tries: {}; what it had kept stays, and the same command "
                "goes on".format(name, RETRIES + 1, _first_line(error))
            ) from error
        return found

    def _check_processors(self) -> None:
        most = max((one["Resources"].get("CPU", 0.0) for one in self._ray.nodes()), default=0.0)
        if most < self._threads:
            self.close()
            raise UnavailableError(
                "no machine of the cluster at {} has {} of processors to work with, {:g} at most; "
                "start one with more by ray start --num-cpus, or give a smaller "
                "--cluster-threads".format(self._where, self._threads, most)
            )


def _on_a_machine(given: Order) -> Ended:
    """The task as Ray calls it, on the machine it comes to."""
    return tasks.on_a_machine(str(library().util.get_node_ip_address()), given)


def _options(where: str) -> Any:
    if where != LOCAL:
        return {"address": where}
    return {
        **{"address": LOCAL, "include_dashboard": False},
        "object_store_memory": OBJECTS_BYTES,
    }


def _check_answers(where: str) -> None:
    """Ask first: Ray itself asks for half a minute."""
    host, _, port = where.rpartition(":")
    try:
        with contextlib.closing(socket.create_connection((host.strip("[]"), int(port)), ANSWER_S)):
            pass
    except (OSError, OverflowError) as error:
        raise UnavailableError(
            "no head of a cluster answers at {} ({}); start one there: {}".format(
                where, error, HELP.replace("HOST", host).replace("PORT", port)
            )
        ) from error


def _first_line(error: Exception) -> str:
    lines: List[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
