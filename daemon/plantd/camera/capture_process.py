"""The keeper's hold on one capture process: started, listened to, killed."""

import logging
import os
import subprocess
import sys
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Tuple

from plantd.camera.job import CaptureJob, Lines, event_from_line, json_from_job
from plantd.camera.shared_frames import SharedFrames
from plantd.system.child_environment import child_environment

logger = logging.getLogger(__name__)

MODULE = "plantd.camera.capture_child"
_KILL_TIMEOUT_S = 2.0
_KEPT_LINES = 40
_READ_BYTES = 65536


class CaptureProcess:
    """One child with its shared memory and its pipes. Used by the keeper's thread alone."""

    def __init__(self, job: CaptureJob, frames: SharedFrames, python: str = sys.executable) -> None:
        """Start the child. Raises OSError when the system cannot.

        Args:
            job: its descriptors and parent are filled in here.
            frames: owned by this object from now on.
        """
        self.frames = frames
        self._lines = Lines()
        self._error_lines = Lines()
        self.complaints: Deque[str] = deque(maxlen=_KEPT_LINES)
        self.events_fd, child_fd = os.pipe()
        try:
            self._child = self._start(job, child_fd, python)
        except OSError:
            os.close(self.events_fd)
            frames.close()
            raise
        finally:
            os.close(child_fd)
        assert self._child.stderr is not None
        self.stderr_fd = self._child.stderr.fileno()
        for fd in (self.events_fd, self.stderr_fd):
            os.set_blocking(fd, False)

    def _start(self, job: CaptureJob, child_fd: int, python: str) -> "subprocess.Popen[bytes]":
        job = job._replace(
            frames_fd=self.frames.fd,
            slot_bytes=self.frames.slot_bytes,
            events_fd=child_fd,
            parent_pid=os.getpid(),
        )
        return subprocess.Popen(
            [python, "-m", MODULE, json_from_job(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(self.frames.fd, child_fd),
            env=environment(),
        )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def read_events(self) -> Tuple[List[Dict[str, Any]], bool]:
        """Return what the child said since last time, and whether it has ended."""
        data = _read(self.events_fd)
        events = [event_from_line(line) for line in self._lines.feed(data or b"")]
        return events, data == b""

    def read_complaints(self) -> bool:
        """Keep what GStreamer wrote to stderr; return whether that has ended."""
        data = _read(self.stderr_fd)
        for line in self._error_lines.feed(data or b""):
            text = line.decode("utf-8", "replace").strip()
            if text:
                self.complaints.append(text)
                logger.debug("capture process %d: %s", self.pid, text)
        return data == b""

    def end(self, ended: bool) -> Optional[int]:
        """End the child and free everything; return its exit code, None if it will not die.

        Args:
            ended: it closed its pipe, so it is about to exit by itself.
        """
        code = self._wait() if ended else None
        if code is None:
            self._child.kill()
            code = self._wait()
        if code is None:
            logger.error("the capture process %d hangs in a driver and cannot be killed", self.pid)
        self.read_complaints()
        os.close(self.events_fd)
        for stream in (self._child.stdin, self._child.stderr):
            assert stream is not None
            stream.close()
        self.frames.close()
        return code

    def _wait(self) -> Optional[int]:
        try:
            return self._child.wait(timeout=_KILL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return None


def _read(fd: int) -> Optional[bytes]:
    """Return what is there; b"" at the end; None when there is nothing now."""
    try:
        return os.read(fd, _READ_BYTES)
    except BlockingIOError:
        return None


def environment() -> Dict[str, str]:
    """Return the environment of a child that opens cameras."""
    # OpenCV's errors are what a failed open is explained with.
    return child_environment(OPENCV_LOG_LEVEL="WARNING")
