"""Decodes a foreign picture in a process that is ended when it takes too much or too long."""

import sys
import threading
from typing import Optional

import numpy as np

from plantd.decoding.decode_process import SHM_DIR, DecodeLimits, DecodeProcess, Ended, TooLong
from plantd.errors import EX_OK, BusyError, PictureError, UnavailableError
from plantd.system.lifetime import Closable

STOPPING = "plantd is stopping; start it again"
NOT_STARTED = (
    "the process that decodes pictures did not start; the journal says why, and later the picture "
    "may be sent again"
)


class ChildDecoder(Closable):
    """One picture at a time, from any thread; the process lives between pictures."""

    def __init__(self, limits: DecodeLimits = DecodeLimits(), python: str = sys.executable) -> None:
        self._limits = limits
        self._python = python
        self._turn = threading.Lock()
        self._process: Optional[DecodeProcess] = None
        self._closed = False

    @property
    def pid(self) -> Optional[int]:
        """The process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.runs else None

    @property
    def busy(self) -> bool:
        """Whether a picture is being decoded."""
        return self._turn.locked()

    def decode(self, data: bytes) -> np.ndarray:
        """Return (height, width, 3) uint8 BGR, upright, for a JPEG or PNG.

        Raises PictureError for what cannot be decoded within the limits, BusyError while another
        picture is being decoded, UnavailableError where no process or no memory is to be had.
        """
        if not self._turn.acquire(False):
            raise BusyError("another picture is being decoded; send this one again later")
        try:
            return self._decoded(data)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process, also in the middle of a picture; may be called twice."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._turn:
            self._drop()

    def _decoded(self, data: bytes) -> np.ndarray:
        if self._closed:
            raise UnavailableError(STOPPING)
        try:
            return self._ask(data)
        except Ended as ended:
            if ended.code != EX_OK or self._closed:
                raise self._death(ended.code) from ended
        # It had gone for want of pictures in the moment when this one came.
        try:
            return self._ask(data)
        except Ended as ended:
            raise self._death(ended.code) from ended

    def _ask(self, data: bytes) -> np.ndarray:
        try:
            process = self._running()
            return process.decode(data, self._limits.seconds)
        except OSError as error:
            self._drop()
            raise UnavailableError(
                "the picture cannot be decoded now: {}; free memory and {}".format(error, SHM_DIR)
            ) from error
        except Ended:
            self._drop()
            raise
        except TooLong as error:
            self._drop()
            raise PictureError(
                "the picture was not decoded within {:g} s and is given up; save it anew, smaller "
                "and not progressive".format(self._limits.seconds)
            ) from error

    def _running(self) -> "DecodeProcess":
        process = self._process
        if process is not None and not process.runs:
            self._drop()
            process = None
        if process is None:
            process = self._process = DecodeProcess(self._limits, self._python)
            try:
                process.wait_ready(self._limits.start_s)
            except (Ended, TooLong) as error:
                # No picture was looked at yet.
                self._drop()
                raise UnavailableError(STOPPING if self._closed else NOT_STARTED) from error
        return process

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def _death(self, code: int) -> Exception:
        if self._closed:
            return UnavailableError(STOPPING)
        how = "signal {}".format(-code) if code < 0 else "code {}".format(code)
        return PictureError(
            "the picture ended the process that decodes ({}); it is damaged, or memory is short: "
            "save it anew, or send it again later".format(how)
        )
