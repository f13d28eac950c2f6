"""Speaks each answer of a press, offline: espeak-ng makes a WAV, aplay plays it.

How this works: the WAV lies in the cache as voice.wav, whole under its name, so that the driver
`wav` is the same without the loudspeaker. A newer answer ends what is still being said.
"""

import contextlib
import os
import subprocess
import threading
import time
from typing import List, Optional

from plantd.config import VoiceConfig
from plantd.errors import UnavailableError
from plantd.notifiers.queued import NotDelivered, Notice, QueuedNotifier
from plantd.sinks.interface import Event
from plantd.texts.catalogue import Texts, texts_for_notifier
from plantd.texts.spoken import spoken

NAME = "voice"
WAV = "voice.wav"
ALSA = "alsa"
ESPEAK, APLAY = "espeak-ng", "aplay"
PACKAGES = {ESPEAK: "espeak-ng", APLAY: "alsa-utils"}
# Nobody listens to a minute.
TIMEOUT_S = 60.0
CLASSIFY = "classify"
_LOOK_S = 0.05


class Voice(QueuedNotifier):
    """Says the newest answer; pictures that were sent in are not spoken of."""

    def __init__(self, config: VoiceConfig, cache: str) -> None:
        """Args: how to speak; the folder for the WAV."""
        super().__init__(NAME, 1)
        self._config = config
        self._path = os.path.join(cache, WAV)
        self._aborted = threading.Event()
        self._texts: Optional[Texts] = None

    def wants(self, event: Event) -> bool:
        """See QueuedNotifier."""
        return super().wants(event) and event.get("trigger") != CLASSIFY

    def deliver(self, notice: Notice) -> None:
        """Say it. Raises NotDelivered where a program is missing, fails or hangs."""
        new = self._path + ".new"
        self._let_run(espeak_command(self._config, new), spoken(notice.event, self._texts_read()))
        try:
            os.replace(new, self._path)
        except FileNotFoundError:
            return  # a newer answer came before this one was rendered
        if self._config.driver == ALSA:
            self._let_run([APLAY, "-q", "-D", self._config.device, self._path], "")

    def abort(self) -> None:
        """Be silent."""
        self._aborted.set()

    def _texts_read(self) -> Texts:
        """Return the texts, read at the first answer only."""
        try:
            self._texts = self._texts or texts_for_notifier(self._config.language)
        except UnavailableError as error:
            raise NotDelivered(str(error)) from error
        return self._texts

    def _let_run(self, command: List[str], text: str) -> None:
        if self._is_over():
            return
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise NotDelivered(missing(command[0])) from error
        assert child.stdin is not None
        assert child.stderr is not None
        with child.stderr:
            try:
                # A few hundred bytes: a pipe takes them at once.
                with contextlib.suppress(BrokenPipeError), child.stdin:
                    child.stdin.write(text.encode("utf-8"))
                self._await(child)
            finally:
                child.kill()
                child.wait()
            said = (
                "" if child.returncode <= 0 else child.stderr.read(400).decode("utf-8", "replace")
            )
        if child.returncode > 0:
            told = " ".join(said.split()) or "exit code {}".format(child.returncode)
            raise NotDelivered("{} failed: {}".format(command[0], told))

    def _await(self, child: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + TIMEOUT_S
        while not self._is_over():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_LOOK_S)
                return
            if time.monotonic() > until:
                raise NotDelivered("speaking took more than {:g} s".format(TIMEOUT_S))

    def _is_over(self) -> bool:
        return self._aborted.is_set() or self.has_waiting


def espeak_command(config: VoiceConfig, path: str) -> List[str]:
    """Return the command that renders its standard input into a WAV."""
    return [
        *(ESPEAK, "-v", config.language, "-a", str(config.volume)),
        *("-s", str(config.words_per_minute), "-b", "1", "-w", path, "--stdin"),
    ]


def missing(program: str) -> str:
    """Return what helps against a program that cannot be started."""
    return "{} cannot be started: sudo apt-get install {}".format(program, PACKAGES[program])
