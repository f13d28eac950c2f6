"""One verdict on its way to the record: its pictures first, then its row."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Callable, Optional, Tuple

from plantd.errors import RecordError
from plantd.sinks.recording.picture_files import Saved
from plantd.sinks.recording.rows import Json
from plantd.sinks.recording.writer import RecordWriter

Pictures = Tuple[Optional[bytes], Optional[bytes]]
"""JPEG (or PNG) of what was looked at, lossless PNG of the network's input."""


class Commit:
    """One verdict on its way to the disk.

    `future` is a concurrent.futures.Future: asyncio.wrap_future() waits for it in the loop.
    """

    def __init__(self, waited: Callable[[bool], None]) -> None:
        """Args: told whether it was committed while somebody waited for it."""
        self.future: "Future[None]" = Future()
        self._waited = waited

    def wait(self, timeout_s: float) -> bool:
        """Return True once it is committed; False when it failed or takes longer.

        What takes longer may still be committed afterwards.
        """
        try:
            self.future.result(timeout_s)
        except FutureTimeout:
            self._waited(False)
            return False
        except RecordError:
            self._waited(False)
            return False
        self._waited(True)
        return True

    @property
    def error(self) -> Optional[str]:
        """Why it failed; None while it has not."""
        if not self.future.done():
            return None
        error = self.future.exception()
        return None if error is None else str(error)


class Staged:
    """The pictures of a verdict to come: encoded and made durable while the verdict is found.

    Attributes:
        seq: the verdict's number.
    """

    def __init__(self, seq: int, pictures: Callable[[], Pictures]) -> None:
        """Args: `pictures` is called once, in the record thread."""
        self.seq = seq
        self._pictures = pictures
        self._encoded: Optional[Pictures] = None
        self._saved: Optional[Saved] = None

    def save(self, writer: RecordWriter) -> None:
        """Encode the pictures and write them; may be called twice."""
        if self._encoded is None:
            self._encoded = self._pictures()
            self._saved = writer.stage(self.seq, *self._encoded)

    def commit(self, writer: RecordWriter, verdict: Json) -> None:
        """Write the verdict itself. Raises RecordError."""
        self.save(writer)
        frame, tensor_png = self._encoded or (None, None)
        writer.commit(verdict, frame, tensor_png, self._saved)
