"""The service's hold on `decode_child`: started, asked, waited for, killed."""

import json
import os
import select
import subprocess
import tempfile
import time
from typing import IO, Any, Dict, NamedTuple

import numpy as np

from plantd.decoding.decode_child import MEMORY, PICTURE
from plantd.errors import PictureError
from plantd.system.child_environment import child_environment
from plantd.system.json_text import tree_from_json
from plantd.system.lifetime import Closable

MODULE = "plantd.decoding.decode_child"
SHM_DIR = "/dev/shm"
_MIB = 1 << 20
# Of one answer: a shape, or a sentence.
_SAID_MAX_BYTES = 65536
# The first to go when the device is short of memory; the service has a negative score.
_OOM_SCORE = "900"


class DecodeLimits(NamedTuple):
    """What decoding may take.

    Attributes:
        memory_bytes: beside the libraries. The largest progressive JPEG allowed takes 400 MB of
            coefficients, its pixels 192 MB, and as much again while they are turned upright.
        seconds: for one picture; start_s: for the process and its libraries, on a slow card.
        idle_s: the process ends when no picture has come for so long.
    """

    memory_bytes: int = 1024 * _MIB
    seconds: float = 20.0
    start_s: float = 30.0
    idle_s: float = 60.0


class Ended(Exception):
    """The process ended, or was ended, without an answer; `code` as subprocess has it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class TooLong(Exception):
    """No answer came in time."""


class DecodeProcess(Closable):
    """One process, its pipes, and the file through which bytes and pixels go."""

    def __init__(self, limits: DecodeLimits, python: str) -> None:
        """Start it. Raises OSError."""
        self._limits = limits
        self._said = b""
        self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115 - as long as the process
            dir=SHM_DIR if os.path.isdir(SHM_DIR) else None, buffering=0
        )
        job = {
            "fd": self._file.fileno(),
            "parent_pid": os.getpid(),
            "memory_bytes": limits.memory_bytes,
            "idle_s": limits.idle_s,
        }
        try:
            self._child = subprocess.Popen(
                [python, "-m", MODULE, json.dumps(job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(self._file.fileno(),),
                env=child_environment(OPENBLAS_NUM_THREADS="1"),
            )
        except OSError:
            self._file.close()
            raise
        _let_go_first(self._child.pid)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._child.poll() is None

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until its libraries are loaded. Raises Ended, TooLong."""
        self._answer(timeout_s)

    def decode(self, data: bytes, timeout_s: float) -> np.ndarray:
        """Return the pixels. Raises PictureError, UnavailableError, Ended, TooLong, OSError."""
        self._put(data)
        assert self._child.stdin is not None
        try:
            os.write(self._child.stdin.fileno(), b"\n")
        except BrokenPipeError as error:
            raise Ended(self._child.wait()) from error
        answer = self._answer(timeout_s)
        try:
            if "shape" in answer:
                return self._pixels(answer["shape"])
            raise self._refusal(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise self._astray() from error
        finally:
            os.ftruncate(self._file.fileno(), 0)

    def kill(self) -> None:
        """End it at once; from any thread."""
        self._child.kill()

    def close(self) -> None:
        """End it and free everything; may be called twice."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._file):
            assert stream is not None
            stream.close()

    def _put(self, data: bytes) -> None:
        self._file.seek(0)
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def _pixels(self, shape: Any) -> np.ndarray:
        height, width, colours = shape
        # Whoever could make it say a size could make it say one that is not there.
        if height * width * colours != os.fstat(self._file.fileno()).st_size:
            raise ValueError("pixels of {!r} are not there".format(shape))
        pixels = np.empty((height, width, colours), np.uint8)
        self._file.seek(0)
        left = pixels.data.cast("B")
        while left:
            count = self._file.readinto(left)  # type: ignore[attr-defined]  # FileIO has it
            if not count:
                raise OSError("the pixels are not all there")
            left = left[count:]
        return pixels

    def _answer(self, timeout_s: float) -> Dict[str, Any]:
        """Return the next line that it says."""
        assert self._child.stdout is not None
        fd = self._child.stdout.fileno()
        until = time.monotonic() + timeout_s
        while b"\n" not in self._said:
            if not select.select([fd], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TooLong
            found = os.read(fd, 65536)
            if not found:
                raise Ended(self._child.wait())
            self._said += found
            if len(self._said) > _SAID_MAX_BYTES:
                raise self._astray()
        line, _, self._said = self._said.partition(b"\n")
        try:
            answer = tree_from_json(line)
        except ValueError as error:
            raise self._astray() from error
        if not isinstance(answer, dict):
            raise self._astray()
        return answer

    def _astray(self) -> Ended:
        """End what is no longer the program that was started; a picture can do that to it."""
        self._child.kill()
        return Ended(self._child.wait())

    def _refusal(self, answer: Dict[str, Any]) -> Exception:
        if answer["error"] == PICTURE:
            return PictureError(str(answer["message"]))
        if answer["error"] == MEMORY:
            return PictureError(
                "the picture takes more than {} MB to decode; save it smaller".format(
                    self._limits.memory_bytes // _MIB
                )
            )
        return OSError(answer["message"])


def _let_go_first(pid: int) -> None:
    """Give a process its score from here: by itself it had the service's while it loads."""
    try:
        with open("/proc/{}/oom_score_adj".format(pid), "w", encoding="ascii") as file:
            file.write(_OOM_SCORE)
    except OSError:
        return  # without a score of its own it is bounded all the same
