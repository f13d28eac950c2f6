"""The capture process: reads a pipeline for ever and keeps the newest frame in shared memory.

Run by the keeper as `python3 -m plantd.camera.capture_child JOB`, with JOB in JSON (`job.py`).
It may hang inside GStreamer at any moment; that is why it is a process: it can be killed.
"""

import cv2  # isort: skip  # First: imported late, its libgomp finds no static TLS (opencv #14884).

import ctypes
import os
import signal
import sys
import threading
import time
import zlib
from typing import Optional

import numpy as np

from plantd.camera.gst_parse import parse_error
from plantd.camera.job import CaptureJob, Reporter, job_from_json
from plantd.camera.opencv_facts import opencv_facts
from plantd.camera.preparing import prepare
from plantd.camera.shared_frames import SharedFrames
from plantd.errors import EX_IOERR, EX_NOINPUT, EX_OK, EX_OSERR, EX_UNAVAILABLE, CameraError

# Source: linux/prctl.h
PR_SET_PDEATHSIG = 1
# A JPEG's blocks come in rows of 8 or 16 pixels.
CUT_ROWS = 8
GREY = 128


class Changes:
    """Notices frames that repeat: after an unplug some builds deliver the last one for ever."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._print: Optional[int] = None
        self._since = 0.0

    def changed_at(self, pixels: np.ndarray, arrived_at: float) -> float:
        """Return when the first of the unbroken run of frames like this one arrived."""
        if not self._wanted:
            return arrived_at
        # Every sixteenth row: a sensor's noise changes some pixel of it in each frame.
        seen = zlib.crc32(pixels[::16].tobytes())
        if seen != self._print:
            self._print, self._since = seen, arrived_at
        return self._since


class Capture:
    """One job: its pipelines tried in turn, then read until the source ends or fails."""

    def __init__(self, job: CaptureJob, frames: SharedFrames, report: Reporter) -> None:
        self._job = job
        self._frames = frames
        self._report = report
        self._next_id = job.first_id
        self._changes = Changes(job.watch_repeats)
        self._cut = 0

    def run(self) -> int:
        """Capture until something ends it; return the exit code."""
        for pipeline in self._job.pipelines:
            mistake = parse_error(pipeline)
            if mistake:
                # Read by `diagnosis` together with what OpenCV writes.
                sys.stderr.write("module gst_parse reported: {}\n".format(mistake))
                sys.stderr.flush()
                continue
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
        capture = cv2.VideoCapture(pipeline, cv2.CAP_GSTREAMER)
        count = 0
        try:
            while capture.isOpened() and capture.grab():
                arrived_at = time.monotonic()
                done, pixels = capture.retrieve()
                if not done:
                    break
                self._keep(pixels, arrived_at)
                count += 1
                if count == 1:
                    self._report.event(
                        "streaming",
                        pipeline=pipeline,
                        width_px=pixels.shape[1],
                        height_px=pixels.shape[0],
                    )
                self._report.tick()
        finally:
            capture.release()
        return count

    def _keep(self, pixels: np.ndarray, arrived_at: float) -> None:
        if is_cut(pixels):
            self._tell_cut()
            return
        changed_at = self._changes.changed_at(pixels, arrived_at)
        self._frames.write(pixels, self._next_id, arrived_at, changed_at)
        self._next_id += 1

    def _tell_cut(self) -> None:
        self._cut += 1
        if self._cut == 1:
            sys.stderr.write(
                "module capture reported: the camera sends frames that are cut off (the lower end "
                "is the decoder's grey); they are left out; look at its cable and its hub\n"
            )
            sys.stderr.flush()


def is_cut(pixels: np.ndarray) -> bool:
    """Return whether a decoder has filled the lower end of a frame, for want of data, with grey.

    Source: libjpeg's decode_mcu: what is missing becomes uniform grey, half of each colour. No
    sensor's last rows are that, to the last pixel.
    """
    last = pixels[-CUT_ROWS:]
    return bool(last.min() >= GREY - 1 and last.max() <= GREY + 1)


def main() -> int:
    """Run the job in the first argument; return the exit code."""
    job = job_from_json(sys.argv[1])
    _die_with(job.parent_pid)
    report = Reporter(job.events_fd)
    opencv = opencv_facts()
    if not opencv.gstreamer.startswith("YES"):
        report.event("no_gstreamer", version=opencv.version, path=opencv.path)
        return EX_UNAVAILABLE
    report.event("ready")
    try:
        prepare(job)
        with SharedFrames(job.frames_fd, job.slot_bytes) as frames:
            return Capture(job, frames, report).run()
    except CameraError as error:
        report.event("failed", why="said", detail=str(error))
        return EX_OSERR
    except BrokenPipeError:
        return EX_OK


def _die_with(parent_pid: int) -> None:
    """End when the service ends, whatever this process is doing then."""
    # The service decides when capturing ends: it may be in the middle of a press.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(EX_OK)
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()


def _exit_at_end_of_input() -> None:
    """The service holds the other end of stdin: its end is the service's end."""
    while os.read(0, 1):
        pass
    os._exit(EX_OK)


if __name__ == "__main__":
    code = main()
    # Not sys.exit: tearing GStreamer down can hang, and nothing here needs it.
    os._exit(code)
