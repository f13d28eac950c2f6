"""A JPEG's segments: its size, and the parts that make up its pixels.

A decoder fills what is missing with grey and says nothing that a program could hear, so a JPEG is
walked to its end here first. Source of all codes and formulas: ITU-T T.81, annexes B and G.
"""

import re
import struct
from typing import Iterator, NamedTuple, Set, Tuple

from plantd.formats.jpeg_scan import Frame, check_scan
from plantd.formats.orientation import UPRIGHT, orientation_from_exif
from plantd.formats.parts import PixelParts, damaged, truncated, unsupported

KIND = "JPEG"
_SOI, _EOI, _SOS, _DRI, _COM = 0xD8, 0xD9, 0xDA, 0xDD, 0xFE
_APP1, _APP14 = 0xE1, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset((0x01, _SOI, _EOI))
# Left out of what the decoder is given: EXIF, GPS, colour profiles, comments. APP0 and APP14 stay:
# they say how colours are coded.
_NOT_PIXELS = (frozenset(range(0xE1, 0xF0)) | {_COM}) - {_APP14}
# A picture in 1000 passes costs a decoder minutes; cameras and programs write about 10.
_SCANS_MAX = 100
_NEXT_MARKER = re.compile(b"\xff[\x01-\xcf\xd8-\xfe]")


class _Segment(NamedTuple):
    """One marker with its body; `end` lies behind the coded pixels that follow a scan's body."""

    marker: int
    start: int
    body: int
    body_end: int
    end: int


def size_of(data: bytes) -> Tuple[int, int]:
    """Return (width, height) in pixels from the frame header alone."""
    for segment in _segments(data):
        if segment.marker in _FRAMES:
            frame = _frame(data, segment)
            return frame.width_px, frame.height_px
        if segment.marker == _SOS:
            break
    raise damaged(KIND, "it has no frame header")


def parts_of(data: bytes) -> PixelParts:
    """Return the parts that make up the pixels; raise PictureError unless all are there."""
    walk = _Walk(data)
    for segment in _segments(data):
        walk.take(segment)
    walk.check_complete()
    return PixelParts(tuple(walk.spans), walk.orientation, has_alpha=False)


class _Walk:
    """What has been seen of one JPEG so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.spans = [(0, 2)]
        self.orientation = UPRIGHT
        self.frame = Frame(0, 0, 0, ())
        self.restart_interval = 0
        self.begun: Set[int] = set()
        self.scans = 0
        self.knows_inks = False

    def take(self, segment: _Segment) -> None:
        """Look at the next segment."""
        body = self.data[segment.body : segment.body_end]
        if segment.marker not in _NOT_PIXELS:
            self.spans.append((segment.start, segment.end))
        if segment.marker == _APP1 and body[:6] == b"Exif\0\0":
            self.orientation = orientation_from_exif(body[6:])
        elif segment.marker == _APP14:
            self.knows_inks = self.knows_inks or body[:5] == b"Adobe"
        elif segment.marker == _DRI and len(body) == 2:
            (self.restart_interval,) = struct.unpack(">H", body)
        elif segment.marker in _FRAMES:
            self._take_frame(segment)
        elif segment.marker == _SOS:
            self._take_scan(segment, body)

    def _take_frame(self, segment: _Segment) -> None:
        if self.frame.components:
            raise damaged(KIND, "it has two frame headers")
        self.frame = _frame(self.data, segment)

    def _take_scan(self, segment: _Segment, body: bytes) -> None:
        self.scans += 1
        if self.scans > _SCANS_MAX:
            raise unsupported(KIND, "it has more than {} scans".format(_SCANS_MAX))
        coded = memoryview(self.data)[segment.body_end : segment.end]
        self.begun |= check_scan(self.frame, body, coded, self.restart_interval)

    def check_complete(self) -> None:
        """Raise PictureError when something is missing that only the end can tell."""
        if not self.frame.components:
            raise damaged(KIND, "it has no frame header")
        if self.begun != {component.id for component in self.frame.components}:
            raise damaged(KIND, "scan data of a colour is missing")
        if len(self.frame.components) == 4 and not self.knows_inks:
            # Nobody knows whether 255 means full ink or none.
            raise unsupported(KIND, "it is CMYK without Adobe's mark, so its colours are unknown")


def _frame(data: bytes, segment: _Segment) -> Frame:
    return Frame.from_body(segment.marker, data[segment.body : segment.body_end])


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments from behind the start mark up to the end mark."""
    start = 2
    while True:
        # Like the decoder, skip stray bytes between segments: some cameras write them.
        segment = _segment(data, _next_marker(data, start))
        if segment.marker == _SOI:
            raise damaged(KIND, "a second picture begins inside it")
        yield segment
        if segment.marker == _EOI:
            return
        start = segment.end


def _segment(data: bytes, start: int) -> _Segment:
    marker, body = data[start + 1], start + 4
    if marker in _BARE:
        return _Segment(marker, start, start + 2, start + 2, start + 2)
    if body > len(data):
        raise truncated(KIND, len(data), "its end mark")
    (length,) = struct.unpack_from(">H", data, start + 2)
    end = start + 2 + length
    if length < 2:
        raise damaged(KIND, "a segment of length {}".format(length))
    if end > len(data):
        raise truncated(KIND, len(data), "the end of a segment")
    return _Segment(marker, start, body, end, _next_marker(data, end) if marker == _SOS else end)


def _next_marker(data: bytes, start: int) -> int:
    found = _NEXT_MARKER.search(data, start)
    if found is None:
        raise truncated(KIND, len(data), "its end mark")
    return found.start()
