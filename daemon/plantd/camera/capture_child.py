"""The capture process: reads a pipeline for ever and keeps the newest frame in shared memory.

Run by the keeper as `python3 -m plantd.camera.capture_child JOB`, with JOB in JSON (`job.py`).
It may hang inside GStreamer at any moment; that is why it is a process: it can be killed.

How this works: frames are taken as they come. Each is noted as an arrival; only those that somebody
wants, for a press, become pixels. Between presses a few a second are looked at, to see that the
source lives and does not repeat itself.
"""

import os
import sys
import threading
import time
from contextlib import ExitStack
from typing import List, Optional, Tuple

from plantd.camera.gst.calls import Gst, GstFrame
from plantd.camera.gst.conversion import Conversion, ConvertedFrame
from plantd.camera.gst.kept import KeptFrame, KeptStream
from plantd.camera.job import CaptureJob, Reporter, job_from_json
from plantd.camera.pipelines import parts_of
from plantd.camera.preparing import preload, prepare
from plantd.camera.shared_frames import SharedFrames
from plantd.errors import EX_IOERR, EX_NOINPUT, EX_OK, EX_OSERR, EX_UNAVAILABLE, CameraError
from plantd.system.parent import die_with

# A JPEG's blocks come in rows of 8 or 16 pixels.
CUT_ROWS = 8
CUT = (
    "module capture reported: the camera sends frames that are cut off (the lower end is the "
    "decoder's grey); they are left out; look at its cable and its hub"
)
GREY = b"\x7f\x80\x81"


class Changes:
    """Notices frames that repeat: after an unplug some builds deliver the last one for ever."""

    def __init__(self) -> None:
        self._print: Optional[int] = None
        self._since = 0.0
        self._repeats = False

    def changed_at(self, fingerprint: int, arrived_at: float) -> float:
        """Return when the first of the unbroken run of frames like this one arrived."""
        self._repeats = fingerprint == self._print
        if not self._repeats:
            self._print, self._since = fingerprint, arrived_at
        return self._since

    def unseen(self, arrived_at: float) -> float:
        """Return the same for a frame that nobody looks at: it goes on as those before did."""
        return self._since if self._repeats else arrived_at


class Capture:
    """One job: its pipelines tried in turn, then read until the source ends or fails."""

    def __init__(self, gst: Gst, job: CaptureJob, frames: SharedFrames, report: Reporter) -> None:
        self._gst = gst
        self._job = job
        self._frames = frames
        self._report = report
        self._next_id = job.first_id
        self._changes = Changes()
        self._look_at_s = 0.0
        self._cut = 0

    def run(self) -> int:
        """Capture until something ends it; return the exit code."""
        for pipeline in self._job.pipelines:
            count = self._read_all(pipeline)
            while count and self._job.start_again_at_end:
                self._report.event("eof")
                count = self._read_all(pipeline)
            if count:
                self._report.event("failed", why="ended")
                return EX_IOERR
        self._report.event("failed", why="open")
        return EX_NOINPUT

    def _read_all(self, pipeline: str) -> int:
        """Read one pipeline to its end; return how many frames it gave."""
        self._report.event("opening", pipeline=pipeline)
        source, elements = parts_of(pipeline)
        count = 0
        with Conversion(self._gst, elements) as conversion, KeptStream(self._gst, source) as stream:
            if stream.open() and conversion.open():
                count = self._read(pipeline, stream, conversion)
            _complain(conversion.complaints + stream.complaints)
        return count

    def _read(self, pipeline: str, stream: KeptStream, conversion: Conversion) -> int:
        """Take frames until there are no more; the source is open when the first one is BGR."""
        count = 0
        kept = stream.next()
        while kept is not None:
            with kept:
                size = self._take(kept, conversion, is_first=count == 0)
            if count == 0:
                if size is None:
                    return 0
                width_px, height_px = size
                self._report.event(
                    "streaming", pipeline=pipeline, width_px=width_px, height_px=height_px
                )
            count += 1
            kept = stream.next()
        return count

    def _take(
        self, kept: KeptFrame, conversion: Conversion, is_first: bool
    ) -> Optional[Tuple[int, int]]:
        """Note one frame, with its pixels where somebody wants them; return their size if known.

        One that is cut off is noted without pixels: the source plays all the same.
        """
        arrived_at = time.monotonic()
        frame_id, self._next_id = self._next_id, self._next_id + 1
        wanted = is_first or self._frames.is_wanted(frame_id, arrived_at)
        if not wanted and arrived_at < self._look_at_s:
            self._frames.note(frame_id, arrived_at, self._changes.unseen(arrived_at))
            return None
        self._look_at_s = arrived_at + self._job.look_every_s
        # What lies where only elements can read it is compared as pixels.
        elsewhere = self._job.watch_repeats and kept.is_elsewhere
        with ExitStack() as held:
            picture = conversion.convert(kept, held) if wanted or elsewhere else None
            changed_at = self._changed_at(picture if elsewhere else kept, arrived_at)
            size = None if picture is None else (picture.width_px, picture.height_px)
            if wanted and picture is not None and not self._is_cut(picture):
                self._frames.write(picture, frame_id, arrived_at, changed_at)
            else:
                self._frames.note(frame_id, arrived_at, changed_at)
        self._report.tick()
        return size

    def _changed_at(self, seen: Optional[GstFrame], arrived_at: float) -> float:
        if not self._job.watch_repeats:
            return arrived_at
        if seen is None:
            return self._changes.unseen(arrived_at)
        return self._changes.changed_at(seen.fingerprint(), arrived_at)

    def _is_cut(self, picture: ConvertedFrame) -> bool:
        """Return whether a decoder has filled a frame's lower end, for want of data, with grey.

        Source: libjpeg's decode_mcu: what is missing becomes uniform grey, half of each colour. No
        sensor's last rows are that, to the last pixel.
        """
        if picture.last_rows(CUT_ROWS).translate(None, GREY):
            return False
        self._cut += 1
        if self._cut == 1:
            _complain([CUT])
        return True


def _complain(lines: List[str]) -> None:
    """Write what was reported to where the keeper reads it; `diagnosis` makes a sentence of it."""
    for line in lines:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> int:
    """Run the job in the first argument; return the exit code."""
    job = job_from_json(sys.argv[1])
    # The service decides when capturing ends: it may be in the middle of a press.
    die_with(job.parent_pid)
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    report = Reporter(job.events_fd)
    preload(job)
    try:
        gst = Gst()
    except CameraError as error:
        report.event("no_gstreamer", detail=str(error))
        return EX_UNAVAILABLE
    report.event("ready")
    try:
        prepare(job)
        report.event("prepared")
        with SharedFrames(job.frames_fd, job.slot_bytes) as frames:
            return Capture(gst, job, frames, report).run()
    except CameraError as error:
        report.event("failed", why="said", detail=str(error))
        return EX_OSERR
    except BrokenPipeError:
        return EX_OK


def _exit_at_end_of_input() -> None:
    """The service holds the other end of stdin: its end is the service's end."""
    while os.read(0, 1):
        pass
    os._exit(EX_OK)


if __name__ == "__main__":
    code = main()
    # Not sys.exit: tearing GStreamer down can hang, and nothing here needs it.
    os._exit(code)
