"""The one light: any bulbs, played by a thread of its own."""

import logging
import threading
import time
from collections import deque
from typing import Callable, Deque, Optional

from plantd.errors import PlantdError
from plantd.light.bulbs import Bulbs, Scene
from plantd.light.interface import Light, Pattern
from plantd.light.programme import Programme, dark_programme

logger = logging.getLogger(__name__)

# How long close() waits for the thread; switching a few lines never takes this long.
JOIN_S = 2.0


class PlayedLight(Light):
    """Plays on `bulbs` what is asked for, in order. `clock` is monotonic seconds."""

    def __init__(
        self, bulbs: Bulbs, answer_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bulbs = bulbs
        self._clock = clock
        self._programme = dark_programme(answer_s)
        # Every pattern is switched on at least once, however soon the next one follows.
        self._to_play: Deque[Programme] = deque()
        self._changed = threading.Condition()
        self._thread: Optional[threading.Thread] = None
        self._closing = False
        self._broken = False

    def open(self) -> None:
        """Take the bulbs and begin to play, dark."""
        self._bulbs.open()
        self._closing = False
        self._programme = dark_programme(self._programme.answer_s)
        self._to_play.clear()
        self._thread = threading.Thread(
            target=self._play, args=(self._programme,), name="light", daemon=True
        )
        self._thread.start()

    def show(self, pattern: Pattern) -> None:
        """Begin to show `pattern`."""
        with self._changed:
            now = self._clock()
            self._programme = self._programme.at(now).show(pattern, now)
            self._to_play.append(self._programme)
            self._changed.notify_all()

    def showing(self) -> Pattern:
        """Return the pattern shown now."""
        with self._changed:
            return self._programme.at(self._clock()).pattern

    def close(self) -> None:
        """Dark, and the bulbs are given back."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(JOIN_S)
        self._thread = None
        self._bulbs.close()

    def _play(self, playing: Programme) -> None:
        while not self._closing:
            now = self._clock()
            playing = playing.at(now)
            lamps, for_s = playing.moment(now)
            # Outside the lock: show() must not wait for a slow chip.
            self._switch(Scene(playing.pattern, playing.since, lamps))
            with self._changed:
                if not self._to_play and not self._closing:
                    self._changed.wait(max(0.001, for_s - (self._clock() - now)))
                if self._to_play:
                    playing = self._to_play.popleft()

    def _switch(self, scene: Scene) -> None:
        try:
            self._bulbs.switch(scene)
            self._broken = False
        except PlantdError as error:
            if not self._broken:
                logger.error("the light cannot show %s: %s", scene.pattern.value, error)
            self._broken = True
