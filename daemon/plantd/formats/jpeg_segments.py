"""A JPEG's segments: its size, and the parts that make up its pixels.

A decoder fills what is missing with grey and says nothing that a program could hear, so a JPEG is
walked to its end here first. Source of all codes and formulas: ITU-T T.81, annexes B and G.
"""

import re
import struct
from typing import Iterator, NamedTuple, Optional, Tuple

from plantd.formats.jpeg_scan import Coefficients, Frame, check_scan
from plantd.formats.orientation import EXIF_HEADER, UPRIGHT, orientation_from_exif
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
# Each segment costs time and memory, also an empty one; 64 MiB of EXIF in full segments are 1024.
_SEGMENTS_MAX = 4000
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
    return PixelParts(tuple(walk.spans), walk.orientation or UPRIGHT, False, not walk.ended)


class _Walk:
    """What has been seen of one JPEG so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.spans = [(0, 2)]
        # The first EXIF that tells one: what follows may be a thumbnail's, or a program's leavings.
        self.orientation: Optional[int] = None
        self.ended = False
        self.frame = Frame(0, 0, 0, ())
        self.restart_interval = 0
        self.come = Coefficients(self.frame)
        self.scans = 0
        self.knows_inks = False

    def take(self, segment: _Segment) -> None:
        """Look at the next segment."""
        body = self.data[segment.body : segment.body_end]
        if segment.marker not in _NOT_PIXELS:
            self.spans.append((segment.start, segment.end))
        if segment.marker == _APP1 and body.startswith(EXIF_HEADER):
            self.orientation = self.orientation or orientation_from_exif(body[len(EXIF_HEADER) :])
        elif segment.marker == _APP14:
            self.knows_inks = self.knows_inks or body[:5] == b"Adobe"
        elif segment.marker == _DRI and len(body) == 2:
            (self.restart_interval,) = struct.unpack(">H", body)
        elif segment.marker in _FRAMES:
            self._take_frame(segment)
        elif segment.marker == _SOS:
            self._take_scan(segment, body)
        elif segment.marker == _EOI:
            self.ended = True

    def _take_frame(self, segment: _Segment) -> None:
        if self.frame.components:
            raise damaged(KIND, "it has two frame headers")
        self.frame = _frame(self.data, segment)
        self.come = Coefficients(self.frame)

    def _take_scan(self, segment: _Segment, body: bytes) -> None:
        self.scans += 1
        if self.scans > _SCANS_MAX:
            raise unsupported(KIND, "it has more than {} scans".format(_SCANS_MAX))
        coded = memoryview(self.data)[segment.body_end : segment.end]
        places = check_scan(self.frame, body, coded, self.restart_interval)
        self.come.take(self.frame, places, body)

    def check_complete(self) -> None:
        """Raise PictureError when something is missing that only the end can tell."""
        if not self.frame.components:
            raise damaged(KIND, "it has no frame header")
        if not self.ended and not self.come.complete:
            raise truncated(KIND, len(self.data), "its end mark")
        if not self.come.begun:
            raise damaged(KIND, "scan data of a colour is missing")
        if len(self.frame.components) == 4 and not self.knows_inks:
            # Nobody knows whether 255 means full ink or none.
            raise unsupported(KIND, "it is CMYK without Adobe's mark, so its colours are unknown")


def _frame(data: bytes, segment: _Segment) -> Frame:
    return Frame.from_body(segment.marker, data[segment.body : segment.body_end])


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments from behind the start mark up to the end mark.

    Behind a scan the end mark may be missing: some cameras' panoramas have none.
    """
    start, marker = 2, 0
    for _ in range(_SEGMENTS_MAX):
        # Like the decoder, skip stray bytes between segments: some cameras write them.
        found = _NEXT_MARKER.search(data, start)
        if marker == _SOS and (found is None or data[found.start() + 1] == _SOI):
            return
        if found is None:
            raise truncated(KIND, len(data), "its end mark")
        segment = _segment(data, found.start())
        marker = segment.marker
        if marker == _SOI:
            raise damaged(KIND, "a second picture begins inside it")
        yield segment
        if marker == _EOI:
            return
        start = segment.end
    raise unsupported(KIND, "it has more than {} parts".format(_SEGMENTS_MAX))


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
    return _Segment(marker, start, body, end, _coded_end(data, end) if marker == _SOS else end)


def _coded_end(data: bytes, start: int) -> int:
    """Return where the coded pixels end that begin at `start`."""
    found = _NEXT_MARKER.search(data, start)
    return found.start() if found is not None else start + len(_without_padding(data[start:]))


def _without_padding(coded: bytes) -> bytes:
    """Return what is left without the zeros that a camera or a power cut appends.

    One zero byte stays: it may be the last of the coded ones, and behind 0xff it is.
    """
    kept = coded.rstrip(b"\0")
    return coded[: len(kept) + 1] if len(kept) < len(coded) else coded.rstrip(b"\xff")
