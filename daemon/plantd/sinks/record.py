"""The record: every verdict with its pictures, committed before it is sent.

    record.open()
    seq = record.next_seq()
    commit = record.commit(verdict_json, jpeg, tensor_png)
    recorded = commit.wait(timeout_s=0.25)
    record.reader.newest(10)

Nothing the disk does keeps the service from answering: opening, numbering and committing never
raise, and never wait for the disk longer than `wait` was asked to.
"""

import logging
import threading
from typing import Callable, Optional

from plantd.config import RecordConfig
from plantd.errors import RecordError
from plantd.sinks.recording.commit import Commit, Pictures, Staged
from plantd.sinks.recording.labels import Said
from plantd.sinks.recording.picture_files import PictureFiles
from plantd.sinks.recording.reader import RecordReader
from plantd.sinks.recording.recovery.check_schedule import AFTER_S, CheckSchedule
from plantd.sinks.recording.recovery.number_file import NumberFile
from plantd.sinks.recording.rows import Json
from plantd.sinks.recording.state import FAILED, OK, RecordStatus
from plantd.sinks.recording.store import Place
from plantd.sinks.recording.thread import RecordThread
from plantd.sinks.recording.writer import RecordWriter
from plantd.system.lifetime import Openable
from plantd.wire import Moment

logger = logging.getLogger(__name__)

STUCK_S = 5.0
CLOSE_TIMEOUT_S = 5.0


class Record(Openable):
    """The store of verdicts below one state directory.

    Args:
        state_path: paths.state; the record lies in its folder `record`.
        moment: tells boot, monotonic and wall time.
        on_change: told each new state, from the record thread or from one that waits for it; must
            return at once.
        run_path: paths.run; keeps the highest number while the state directory takes nothing.
        check_after_s: how long after a start that was not clean the database is read whole.
    """

    def __init__(
        self,
        state_path: str,
        config: RecordConfig,
        moment: Callable[[], Moment],
        on_change: Optional[Callable[[RecordStatus], None]] = None,
        check_after_s: float = AFTER_S,
        run_path: str = "",
    ) -> None:
        place = Place(state_path, run_path)
        self.reader = RecordReader(place)
        self._seq_lock = threading.Lock()
        self._last_seq = 0
        self._place = place
        self._writer = RecordWriter(
            place,
            config,
            moment,
            lambda: self._last_seq,
            on_change or _nobody,
            CheckSchedule(place.database, check_after_s),
        )
        told = on_change or _nobody
        self._thread = RecordThread(self._writer, changed=lambda: told(self.status()))
        self._writer.integrity.wake = self._thread.look
        self.reader.on_error = self._writer.integrity.suspect

    def open(self) -> None:
        """Find the last number that was given out, and begin to write."""
        self._last_seq = _highest_seq(self._place, self.reader)
        self._writer.begin()
        self._thread.start()

    def next_seq(self) -> int:
        """Return the next sequence number: strictly increasing, also when the disk is dead."""
        with self._seq_lock:
            self._last_seq += 1
            return self._last_seq

    def commit(
        self, verdict: Json, frame: Optional[bytes] = None, tensor_png: Optional[bytes] = None
    ) -> Commit:
        """Give one verdict to the record thread and return at once.

        Args:
            verdict: as wire.json_from_verdict returns it; not to be changed afterwards.
            frame: JPEG (or PNG) of what was looked at.
            tensor_png: lossless PNG of the network's input.
        """
        staged = Staged(int(verdict["seq"]), lambda: (frame, tensor_png))
        return self._thread.commit(verdict, staged)

    def ahead(self, work: Callable[[], object]) -> None:
        """Do in the record thread what a verdict to come will need; return at once.

        It is not done where the disk is slow and verdicts wait: whoever needs it looks.
        """
        self._thread.ahead(work)

    def stage(self, pictures: Callable[[], Pictures]) -> Staged:
        """Number a verdict to come, and encode and save its pictures in the record thread.

        Args:
            pictures: encodes them; called once, in the record thread.
        """
        staged = Staged(self.next_seq(), pictures)
        self._thread.stage(staged)
        return staged

    def commit_staged(self, verdict: Json, staged: Staged) -> Commit:
        """Give the verdict on staged pictures to the record thread and return at once."""
        return self._thread.commit(verdict, staged)

    def say(self, seq: int, said: Said) -> Commit:
        """Give what a person says of a recorded verdict to the record thread and return at once."""
        return self._thread.say(seq, said)

    def configure(self, config: RecordConfig) -> None:
        """Keep other limits of age and size from the next look at them on; from any thread."""
        self._writer.configure(config)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all is written and no chore is left; return whether that was in time."""
        return self._thread.flush(timeout_s)

    def wait_checked(self, timeout_s: float) -> bool:
        """Wait until no check of the whole database runs; return whether that was in time."""
        return self._writer.integrity.idle.wait(timeout_s)

    def status(self) -> RecordStatus:
        """Return how the record is doing, from memory."""
        status = self._writer.status._replace(
            last_seq=self._last_seq,
            waiting=self._thread.waiting,
            check=self._writer.integrity.state,
        )
        stuck_s = self._thread.stuck_s
        if stuck_s <= STUCK_S:
            if self._thread.in_time or status.state != OK:
                return status
            return status._replace(
                state=FAILED,
                detail="the last verdict was answered and not recorded in time: the disk is slow "
                "or did not take it; look at the card, or raise record.commit_timeout_ms",
            )
        return status._replace(
            state=FAILED, detail="the disk has not answered for {:.0f} s".format(stuck_s)
        )

    def close(self) -> None:
        """Write what is queued and give the record free; may be called twice."""
        if not self._thread.stop(CLOSE_TIMEOUT_S):
            logger.error("the record was left open: the disk does not answer")


def _nobody(_status: RecordStatus) -> None:
    pass


def _highest_seq(place: Place, reader: RecordReader) -> int:
    # Pictures bear their number too: a damaged database must not make numbers begin again.
    highest = NumberFile(*place.numbers).read()
    folders = [place.pictures] + [folder + "/pictures" for folder in place.set_aside()]
    for folder in folders:
        try:
            highest = max(highest, PictureFiles(folder).highest_seq())
        except OSError as error:
            logger.warning("the pictures in %s cannot be listed: %s", folder, error)
    try:
        return max(highest, reader.highest_seq())
    except RecordError as error:
        logger.warning("%s", error)
        return highest
