"""What a press leaves in the record: the picture, the network's input, and the verdict.

The pictures are encoded and saved in the record thread, while the network computes and while the
next frame arrives.
"""

from typing import Callable, List, Optional

import numpy as np

from plantd import picture
from plantd.formats.png_rows import PngRows
from plantd.sinks.record import Record
from plantd.sinks.recording.commit import Commit, Pictures, Staged
from plantd.wire import Verdict, json_from_verdict


class PressPictures:
    """The pictures of one press, encoded bit by bit in the record thread."""

    def __init__(self, jpeg_quality: int) -> None:
        """Args: quality of the JPEG, 1 to 100."""
        self._jpeg_quality = jpeg_quality
        self._inputs: List[np.ndarray] = []
        self._rows: Optional[PngRows] = None
        self._rows_of = 0
        self._expected: Optional[np.ndarray] = None
        self._kept: Optional[Callable[[], np.ndarray]] = None
        self._encoded: Optional[np.ndarray] = None
        self._jpeg = b""

    def add(self, resized: np.ndarray) -> None:
        """Take what the network sees of one more frame: (height, width, 3) uint8 BGR."""
        self._inputs.append(resized)

    def expect(self, pixels: np.ndarray) -> None:
        """Take (height, width, 3) uint8 BGR for the picture that is kept, unless another comes."""
        self._expected = pixels

    def keep(self, kept: Callable[[], np.ndarray]) -> None:
        """Take who tells which picture is kept; called in the record thread."""
        self._kept = kept

    def settle(self, pixels: np.ndarray) -> None:
        """Take the picture that is kept; on a slow disk no other one is held until it is saved."""
        self._expected = pixels
        self._kept = lambda: pixels

    def encode(self) -> None:
        """Encode what has come until now. In the record thread."""
        self._encode_inputs()
        if self._expected is not None:
            self._encode(self._expected)

    def finish(self) -> Pictures:
        """Return the JPEG of what is kept and the PNG of all inputs. In the record thread, once."""
        self._encode_inputs()
        assert self._rows is not None, "a press has looked at something"
        assert self._kept is not None, "a press keeps what it looked at"
        self._encode(self._kept())
        return self._jpeg, self._rows.finish()

    def _encode_inputs(self) -> None:
        while self._rows_of < len(self._inputs):
            resized = self._inputs[self._rows_of]
            if self._rows is None:
                self._rows = PngRows(resized.shape[1])
            self._rows.add(resized)
            self._rows_of += 1

    def _encode(self, pixels: np.ndarray) -> None:
        if self._encoded is not pixels:
            self._jpeg = picture.encode_jpeg(pixels, self._jpeg_quality)
            self._encoded = pixels


class PressRecord:
    """Numbers presses, keeps their pictures, commits their verdicts. For one thread."""

    def __init__(self, record: Record, jpeg_quality: int) -> None:
        """Args: where presses go; quality of the JPEG, 1 to 100."""
        self._record = record
        self.jpeg_quality = jpeg_quality

    def begin(self) -> PressPictures:
        """Return where the pictures of one press go."""
        return PressPictures(self.jpeg_quality)

    def expect(self, pictures: PressPictures, pixels: np.ndarray) -> None:
        """Begin to encode what was added, and what may become the picture of the press."""
        pictures.expect(pixels)
        self._record.ahead(pictures.encode)

    def stage(self, pictures: PressPictures, kept: Callable[[], np.ndarray]) -> Staged:
        """Number a press whose inputs have all been added, and save its pictures; return at once.

        Args:
            kept: tells the picture that is kept, in the record thread, until it is settled.
        """
        pictures.keep(kept)
        return self._record.stage(pictures.finish)

    def commit(self, staged: Staged, verdict: Verdict) -> Commit:
        """Hand the verdict on a staged press to the record."""
        return self._record.commit_staged(json_from_verdict(verdict), staged)
