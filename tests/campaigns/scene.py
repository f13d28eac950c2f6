"""A whole service and the hand on its button; its log says what was answered."""

import json
import os
import shutil
import tempfile
import threading
import time
from typing import IO, Any, Dict, List, Optional, Sequence

from running import RunningService
from support import tiny_bundle

PATIENCE_S = 60.0
AGAIN_S = 10.0
LOOK_S = 0.005
FREE_S = 0.02
# A quick finger, and a button that takes one.
HOLD_S = 0.03
DEBOUNCE_MS = 10
SECTIONS: Dict[str, Dict[str, Any]] = {
    "button": {"debounce_ms": DEBOUNCE_MS},
    "camera": {"source": "fake://", "fps": 30, "press_timeout_s": 10.0},
    "engine": {"threads": 1},
    "record": {"reserve_mb": 0, "commit_timeout_ms": 5000},
}


class Scene:
    """A service in a folder of its own; started where it is entered.

    Args:
        sections: of the configuration, beside the tiny bundle and a drawn camera.
        launcher: starts the service in other circumstances.
    """

    def __init__(
        self, sections: Optional[Dict[str, Dict[str, Any]]] = None, launcher: Sequence[str] = ()
    ) -> None:
        self._directory = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
        told = dict(SECTIONS, model={"bundle": tiny_bundle.make(self._directory + "/tiny")})
        for name, keys in (sections or {}).items():
            told[name] = dict(told.get(name, {}), **keys)
        self.service = RunningService(self._directory, told, launcher)
        self._log = _Followed(self.service.log_path)
        self.verdicts: List[Dict[str, Any]] = []

    def __enter__(self) -> "Scene":
        self.service.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.service.close()
        self._log.close()
        shutil.rmtree(self._directory)

    def press(self) -> float:
        """Press until it is answered; return how long the answer took in seconds.

        An answer is in the log a moment before the service is free: that is waited for, and whoever
        presses earlier all the same gets the light for busy, and presses again.
        """
        threading.Event().wait(FREE_S)
        self.look()
        before = len(self.verdicts)
        began = pressed = time.monotonic()
        self.service.finger.press(HOLD_S)
        while len(self.verdicts) == before:
            now = time.monotonic()
            assert now - began < PATIENCE_S, "a press was not answered"
            if now - pressed > AGAIN_S:
                pressed = now
                self.service.finger.press(HOLD_S)
            threading.Event().wait(LOOK_S)
            self.look()
        return time.monotonic() - began

    def look(self) -> None:
        """Take from the log what presses were answered with since last time."""
        events = [json.loads(line.decode()) for line in self._log.lines()]
        self.verdicts += [each for each in events if each.get("trigger") == "button"]

    def recorded(self) -> List[int]:
        """Return the numbers of the verdicts that were said to be recorded."""
        return [each["seq"] for each in self.verdicts if each["recorded"]]


class _Followed:
    """The lines of a file that grows and is rotated, each once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: Optional[IO[bytes]] = None
        self._torn = b""

    def lines(self) -> List[bytes]:
        """Return the whole lines since last time."""
        found = self._rest()
        while self._is_another():
            found += self._rest()
            self.close()
            self._file = open(self._path, "rb")  # noqa: SIM115 - followed until another comes
            found += self._rest()
        return found

    def close(self) -> None:
        """Let go of it; may be called twice."""
        if self._file is not None:
            self._file.close()

    def _is_another(self) -> bool:
        try:
            now = os.stat(self._path)
        except FileNotFoundError:
            return False
        return self._file is None or os.fstat(self._file.fileno()).st_ino != now.st_ino

    def _rest(self) -> List[bytes]:
        if self._file is None:
            return []
        *whole, self._torn = (self._torn + self._file.read()).split(b"\n")
        return whole
