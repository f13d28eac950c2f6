"""A JPEG's frame header, and whether a scan can hold as many blocks as the frame asks for.

Source: ITU-T T.81, A.2 (blocks and MCUs), B.2.2, B.2.3, B.2.4.4, F.1.2, G.1.2.
"""

import re
import struct
from typing import List, NamedTuple, Optional, Sequence, Tuple

from plantd.formats.parts import damaged, unsupported

KIND = "JPEG"
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_BLOCK_PX = 8
_RESTART = re.compile(b"\xff[\xd0-\xd7]")
_OTHER_PROCESSES = {0xC3: "lossless", 0xC5: "hierarchical", 0xC6: "hierarchical"}


class Component(NamedTuple):
    """One colour of a frame, and how many of its blocks lie in one MCU each way."""

    id: int
    across: int
    down: int


class Frame(NamedTuple):
    """A frame header; no components where there is none yet."""

    process: int
    width_px: int
    height_px: int
    components: Tuple[Component, ...]

    @classmethod
    def from_body(cls, process: int, body: bytes) -> "Frame":
        """Return the frame that a start-of-frame segment's body tells of."""
        if process not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
            name = _OTHER_PROCESSES.get(process, "arithmetic or hierarchical")
            raise unsupported(KIND, "its coding is {}".format(name))
        if len(body) < 6 or len(body) != 6 + 3 * body[5]:
            raise damaged(KIND, "its frame header has {} bytes".format(len(body)))
        precision, height, width, count = struct.unpack_from(">BHHB", body)
        if precision != 8 or count not in (1, 3, 4):
            what = "{} colours of {} bits; expected 1, 3 or 4 of 8".format(count, precision)
            raise unsupported(KIND, "it has " + what)
        components = tuple(_component(body[6 + 3 * index :]) for index in range(count))
        return cls(process, width, height, components)

    def blocks(self, scanned: Tuple[Component, ...]) -> Tuple[int, int]:
        """Return (MCUs, blocks) of one scan over these components."""
        across = max(component.across for component in self.components)
        down = max(component.down for component in self.components)
        if len(scanned) == 1:
            # A scan of one colour has no padding: its MCU is a block.
            width = _ceil(self.width_px * scanned[0].across, across)
            height = _ceil(self.height_px * scanned[0].down, down)
            count = _ceil(width, _BLOCK_PX) * _ceil(height, _BLOCK_PX)
            return count, count
        columns = _ceil(self.width_px, _BLOCK_PX * across)
        rows = _ceil(self.height_px, _BLOCK_PX * down)
        each = sum(component.across * component.down for component in scanned)
        return columns * rows, columns * rows * each


class Coefficients:
    """Which of the 64 coefficients of each component's blocks have come, and how finely."""

    def __init__(self, frame: Frame) -> None:
        self._missing_bits: List[List[Optional[int]]] = [[None] * 64 for _ in frame.components]

    def take(self, frame: Frame, places: Sequence[int], body: bytes) -> None:
        """Note what one scan of the components at these places brings."""
        first, last, low = body[-3], body[-2], body[-1] & 15
        if frame.process != _PROGRESSIVE:
            # A sequential scan brings everything, whatever its header says: so decoders read it.
            first, last, low = 0, 63, 0
        for place in places:
            for index in range(first, min(last, 63) + 1):
                self._missing_bits[place][index] = low

    @property
    def begun(self) -> bool:
        """Whether the mean values of every component have come."""
        return all(bits[0] is not None for bits in self._missing_bits)

    @property
    def complete(self) -> bool:
        """Whether no further scan is needed."""
        return all(bit == 0 for bits in self._missing_bits for bit in bits)


def check_scan(
    frame: Frame, body: bytes, coded: memoryview, restart_interval: int
) -> Tuple[int, ...]:
    """Return which of the frame's components are in this scan, by their places.

    Args:
        body: of the start-of-scan segment.
        coded: the entropy-coded bytes behind it.
        restart_interval: MCUs between restart marks, 0 for none.

    Raises:
        PictureError: the scan does not fit the frame, or has too few bytes for its blocks.
    """
    places = _scanned(frame, body)
    scanned = tuple(frame.components[place] for place in places)
    mcus, blocks = frame.blocks(scanned)
    if restart_interval:
        expected = _ceil(mcus, restart_interval) - 1
        seen = len(_RESTART.findall(coded))
        if seen < expected:
            raise _scan_missing("{} restart marks of {}".format(seen, expected))
    # The shortest code has one bit: a sequential block takes two codes, a progressive block one in
    # the scans of the mean values and possibly none in the others.
    bits = 2 if frame.process != _PROGRESSIVE else int(body[-3] == 0)
    if len(coded) * 8 < blocks * bits:
        raise _scan_missing("{} bytes for {} blocks".format(len(coded), blocks))
    return places


def _scanned(frame: Frame, body: bytes) -> Tuple[int, ...]:
    """Two colours may have the same number: then their order tells them apart, as in decoders."""
    if not frame.components:
        raise damaged(KIND, "a scan comes before the frame header")
    if len(body) < 6 or len(body) != 4 + 2 * body[0]:
        raise damaged(KIND, "a scan header has {} bytes".format(len(body)))
    left = list(range(len(frame.components)))
    places = []
    for number in body[1:-3:2]:
        place = next((place for place in left if frame.components[place].id == number), None)
        if place is None:
            raise damaged(KIND, "a scan is of colours that the frame does not have")
        left.remove(place)
        places.append(place)
    return tuple(sorted(places))


def _component(entry: bytes) -> Component:
    across, down = entry[1] >> 4, entry[1] & 15
    if not (1 <= across <= 4 and 1 <= down <= 4):
        raise damaged(KIND, "a colour has {}x{} blocks in an MCU".format(across, down))
    return Component(entry[0], across, down)


def _scan_missing(seen: str) -> Exception:
    return damaged(KIND, "scan data is missing, there are only " + seen)


def _ceil(value: int, step: int) -> int:
    return -(-value // step)
