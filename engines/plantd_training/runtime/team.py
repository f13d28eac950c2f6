"""Who trains a network together: this process alone, or several, each with its share of a batch.

How this works: every process of a team goes the same way and has the whole network. JAX computes a
step as if the batch lay on one device: what is drawn at random is drawn for the whole batch, and
gradients are summed over all devices, so that the weights stay the same everywhere. A process reads
the pixels of its own rows only; the first one keeps what comes of it. Numbers differ from those of
one process by the order of such sums alone: no weight by more than TOLERANCE after a training of
six epochs whose largest rate is 1e-4, which a test measures. What decides the way is asked of the
first process, since a shared folder may look older elsewhere.
"""

import contextlib
import logging
import pickle
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, ContextManager, Iterator, List, NamedTuple, Optional, Type, TypeVar

import numpy as np

from plantd.errors import UnavailableError, UsageError
from plantd.system.lifetime import Openable
from plantd_calibration.cluster.alike import marked
from plantd_calibration.cluster.option import LOCAL
from plantd_training.runtime import collectives, exclusive

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

TOLERANCE = 1e-5
# A silent process is lost after this; one that ended is noticed at once.
SILENT_S = 60


class Team:
    """This process alone, and the interface of every team."""

    is_first = True
    is_spread = False

    def rows(self, batch: int) -> slice:
        """Return which rows of a batch this process reads."""
        return slice(0, batch)

    def from_first(self, value: Value) -> Value:
        """Return what the first process has; each gives its own."""
        return value

    def check_alike(self, count: int, what: str) -> None:
        """Raise UnavailableError, everywhere, where a process counts otherwise than the others."""

    def holding(self, folder: Path) -> ContextManager[None]:
        """Hold a folder for the whole team: see exclusive.held."""
        return exclusive.held(folder)

    def training(self) -> ContextManager[None]:
        """Inside it, networks are built and trained on all devices of the team."""
        return contextlib.nullcontext()


ALONE = Team()


class Seat(NamedTuple):
    """A process's place in its team.

    Attributes:
        where: HOST:PORT at which the first process is reached; LOCAL for one process alone, on all
            devices of its machine.
        number: from 0 on.
        wait_s: so long the others are waited for; then JAX ends the process by SIGABRT.
    """

    where: str
    processes: int
    number: int
    wait_s: int


class Together(Team, Openable):
    """Several processes, or several devices of one; open to meet the others, close to leave."""

    is_spread = True

    def __init__(self, seat: Seat, folder: Path) -> None:
        """Keep the seat; `folder` is the one that all see under this path."""
        self._seat, self._folder = seat, folder
        self._jax: Any = None
        self._left = contextlib.ExitStack()

    @property
    def is_first(self) -> bool:  # type: ignore[override]  # fixed for who is alone
        """Whether this process keeps what comes of it."""
        return self._seat.number == 0

    def open(self) -> None:
        """Meet the others, and compare folders and versions; call it before JAX computes.

        Raises ImportError without JAX, UnavailableError where the others do not come or are not
        alike.
        """
        import jax

        self._jax = jax
        # It has a handler of its own, and tells at length whom it calls.
        logging.getLogger("jax").setLevel(logging.WARNING)
        if self._seat.where != LOCAL:
            self._meet()
        told = "%d devices of %d processes train together"
        logger.info(told, jax.device_count(), jax.process_count())
        self._connect_devices()
        self._check_site()

    def close(self) -> None:
        """Leave when all others do."""
        self._left.close()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        """Leave in order where all is done; who leaves otherwise waits for nobody."""
        if error is None:
            self.close()

    def rows(self, batch: int) -> slice:
        """Return which rows of a batch this process reads: those of its own devices.

        Raises UsageError where the batch cannot be dealt evenly.
        """
        devices = self._jax.device_count()
        if batch % devices:
            raise UsageError(
                "a batch of {} cannot be dealt evenly among {} devices; expected as many devices "
                "as divide it, or another finetune.batch in the recipe".format(batch, devices)
            )
        owners = [device.process_index for device in self._jax.devices()]
        each, first = batch // devices, owners.index(self._seat.number)
        return slice(first * each, (first + owners.count(self._seat.number)) * each)

    def from_first(self, value: Value) -> Value:
        """Return what the first process has; each gives its own."""
        from jax.experimental import multihost_utils

        told, content = multihost_utils.broadcast_one_to_all, pickle.dumps(value)
        padded = np.zeros(int(told(np.int32(len(content)))), np.uint8)
        if self.is_first:
            padded[:] = np.frombuffer(content, np.uint8)
        found: Value = pickle.loads(np.asarray(told(padded), np.uint8).tobytes())
        return found

    def check_alike(self, count: int, what: str) -> None:
        """Raise UnavailableError, everywhere, where a process counts otherwise than the others."""
        counts = [int(one) for one in self._all_say(str(count))]
        if len(set(counts)) > 1:
            raise UnavailableError(
                "the machines see different {}: {}; the folder {} has to be shared, and to show "
                "what was renamed in it".format(what, counts, self._folder)
            )

    def holding(self, folder: Path) -> ContextManager[None]:
        """Hold a folder for the whole team: the first process does, or all would wait."""
        return exclusive.held(folder) if self.is_first else contextlib.nullcontext()

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Inside it, networks are built and trained on all devices of the team."""
        import keras

        # The batches come dealt already.
        spread = keras.distribution.DataParallel(auto_shard_dataset=False)
        with spread.scope():
            yield

    def _meet(self) -> None:
        jax, seat = self._jax, self._seat
        try:
            address = collectives.address_towards(seat.where)
            jax.distributed.initialize(
                seat.where,
                seat.processes,
                seat.number,
                initialization_timeout=seat.wait_s,
                heartbeat_timeout_seconds=SILENT_S,
            )
        except (OSError, OverflowError) as error:
            raise UnavailableError(
                "there is no way to {} from here ({}); expected an address of the first machine "
                "that all others reach".format(seat.where, error)
            ) from error
        self._left.callback(jax.distributed.shutdown)
        collectives.listen_at(address)

    def _connect_devices(self) -> None:
        """Sum over all devices once.

        Devices that sum together are connected when they first do, within half a minute; later,
        one process would still compile its first step while another waits for it.
        """
        jax = self._jax
        mesh = jax.sharding.Mesh(np.asarray(jax.devices()), ("batch",))
        dealt, everywhere = (
            jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*axes))
            for axes in (("batch",), ())
        )
        ones = np.ones(jax.local_device_count(), np.float32)
        given = jax.make_array_from_process_local_data(dealt, ones)
        np.asarray(jax.jit(lambda values: values.sum(), out_shardings=everywhere)(given))

    def _check_site(self) -> None:
        with contextlib.ExitStack() as left:
            site = left.enter_context(marked(self._folder)) if self.is_first else None
            seen = self.from_first(site)
            assert seen is not None
            said = seen.problem_here()
            told = "the machine {} {}".format(socket.gethostname(), said) if said else ""
            problems = list(filter(None, self._all_say(told)))
        if problems:
            raise UnavailableError("; ".join(problems))

    def _all_say(self, text: str) -> List[str]:
        """Return what each process says, cut to a kilobyte."""
        from jax.experimental import multihost_utils

        padded = np.zeros(1000, np.uint8)
        content = text.encode()[: padded.size]
        padded[: len(content)] = np.frombuffer(content, np.uint8)
        rows = np.asarray(multihost_utils.process_allgather(padded)).reshape(-1, padded.size)
        return [row.tobytes().rstrip(b"\0").decode(errors="ignore") for row in rows]


def first_line(error: BaseException) -> str:
    """Return what an error says first."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
