"""What a press leaves in the record: the picture, the network's input, and the verdict.

The pictures are encoded and saved in the record thread, while the network computes and while the
next frame arrives.
"""

from typing import Optional, Tuple

import numpy as np

from plantd import picture
from plantd.sinks.record import Record
from plantd.sinks.recording.commit import Commit, Staged
from plantd.wire import Verdict, json_from_verdict


class Encoding:
    """A picture that becomes a JPEG once, in the record thread.

    Attributes:
        pixels: (height, width, 3) uint8 BGR.
    """

    def __init__(self, pixels: np.ndarray, quality: int) -> None:
        """Args: the picture; the JPEG's quality, 1 to 100."""
        self.pixels = pixels
        self._quality = quality
        self._jpeg: Optional[bytes] = None

    @property
    def done(self) -> bool:
        """Whether it is encoded."""
        return self._jpeg is not None

    def jpeg(self) -> bytes:
        """Return the JPEG."""
        if self._jpeg is None:
            self._jpeg = picture.encode_jpeg(self.pixels, self._quality)
        return self._jpeg


class PressRecord:
    """Numbers presses, keeps their pictures, commits their verdicts. For one thread."""

    def __init__(self, record: Record, jpeg_quality: int) -> None:
        """Args: where presses go; quality of the JPEG, 1 to 100."""
        self._record = record
        self._expected: Optional[Encoding] = None
        self.jpeg_quality = jpeg_quality

    def expect(self, pixels: np.ndarray) -> Encoding:
        """Begin to encode what may become the picture of a press; what was expected is dropped."""
        expected = Encoding(pixels, self.jpeg_quality)
        self._expected = expected

        def encode() -> None:
            if self._expected is expected:
                expected.jpeg()

        self._record.ahead(encode)
        return expected

    def stage(self, pixels: np.ndarray, resized: np.ndarray) -> Staged:
        """Take the picture and the resized network input of one press; return at once."""
        expected, self._expected = self._expected, None
        if expected is None or expected.pixels is not pixels:
            expected = Encoding(pixels, self.jpeg_quality)
        encoding = expected

        def pictures() -> Tuple[bytes, bytes]:
            return encoding.jpeg(), picture.encode_png(resized)

        return self._record.stage(pictures)

    def commit(self, staged: Staged, verdict: Verdict) -> Commit:
        """Hand the verdict on a staged press to the record."""
        return self._record.commit_staged(json_from_verdict(verdict), staged)
