"""What a press leaves in the record: the picture, the network's input, and the verdict.

The pictures are encoded and saved in the record thread while the network computes.
"""

from typing import Tuple

import numpy as np

from plantd import picture
from plantd.sinks.record import Record
from plantd.sinks.record_thread import Commit, Staged
from plantd.wire import Verdict, json_from_verdict


class PressRecord:
    """Numbers presses, keeps their pictures, commits their verdicts."""

    def __init__(self, record: Record, jpeg_quality: int) -> None:
        """Args: where presses go; quality of the JPEG, 1 to 100."""
        self._record = record
        self.jpeg_quality = jpeg_quality

    def stage(self, pixels: np.ndarray, resized: np.ndarray) -> Staged:
        """Take the picture and the resized network input of one press; return at once."""

        def pictures() -> Tuple[bytes, bytes]:
            return picture.encode_jpeg(pixels, self.jpeg_quality), picture.encode_png(resized)

        return self._record.stage(pictures)

    def commit(self, staged: Staged, verdict: Verdict) -> Commit:
        """Hand the verdict on a staged press to the record."""
        return self._record.commit_staged(json_from_verdict(verdict), staged)
