"""What a press leaves in the record: the picture and the network's input, encoded while the network
computes, then the verdict.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Tuple

import numpy as np

from plantd import picture
from plantd.sinks.record import Record
from plantd.sinks.record_thread import Commit
from plantd.wire import Verdict, json_from_verdict


class Staged(NamedTuple):
    """A press on its way into the record: its number, and its pictures (JPEG, PNG) to come."""

    seq: int
    pictures: "Future[Tuple[bytes, bytes]]"


class PressRecord:
    """Numbers presses, encodes their pictures in a thread of its own, commits their verdicts."""

    def __init__(self, record: Record, jpeg_quality: int) -> None:
        """Args: where verdicts go; quality of the JPEG, 1 to 100."""
        self._record = record
        self._encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")
        self.jpeg_quality = jpeg_quality

    def stage(self, pixels: np.ndarray, resized: np.ndarray) -> Staged:
        """Take the picture and the resized network input of one press; return at once."""
        pictures = self._encoder.submit(self._encode, pixels, resized)
        return Staged(self._record.next_seq(), pictures)

    def commit(self, staged: Staged, verdict: Verdict) -> Commit:
        """Hand the verdict on a staged press to the record."""
        jpeg, png = staged.pictures.result()
        return self._record.commit(json_from_verdict(verdict), jpeg, png)

    def close(self) -> None:
        """End the thread; the record itself is somebody else's."""
        self._encoder.shutdown()

    def _encode(self, pixels: np.ndarray, resized: np.ndarray) -> Tuple[bytes, bytes]:
        return picture.encode_jpeg(pixels, self.jpeg_quality), picture.encode_png(resized)
