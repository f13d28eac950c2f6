"""The one light: any bulbs, played by a thread of its own."""

import logging
import threading
import time
from collections import deque
from typing import Callable, Deque, Optional

from plantd.errors import PlantdError
from plantd.light.interface import Light, Pattern
from plantd.light.output import LightOutput, LightState
from plantd.light.schedule import PatternSchedule, dark_schedule

logger = logging.getLogger(__name__)

# How long close() waits for the thread; switching a few lines never takes this long.
JOIN_S = 2.0


class LightPlayer(Light):
    """Plays on `bulbs` what is asked for, in order. `clock` is monotonic seconds."""

    def __init__(
        self, output: LightOutput, answer_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._output = output
        self._clock = clock
        self._schedule = dark_schedule(answer_s)
        # Every pattern is switched on at least once, however soon the next one follows.
        self._to_play: Deque[PatternSchedule] = deque()
        self._changed = threading.Condition()
        self._thread: Optional[threading.Thread] = None
        self._closing = False
        self._broken = False

    def open(self) -> None:
        """Take the bulbs and begin to play, dark."""
        self._output.open()
        self._closing = False
        self._schedule = dark_schedule(self._schedule.answer_s)
        self._to_play.clear()
        self._thread = threading.Thread(
            target=self._play, args=(self._schedule,), name="light", daemon=True
        )
        self._thread.start()

    def show(self, pattern: Pattern) -> None:
        """Begin to show `pattern`."""
        with self._changed:
            now = self._clock()
            self._schedule = self._schedule.at(now).show(pattern, now)
            self._to_play.append(self._schedule)
            self._changed.notify_all()

    def showing(self) -> Pattern:
        """Return the pattern shown now."""
        with self._changed:
            return self._schedule.at(self._clock()).pattern

    def close(self) -> None:
        """Dark, and the bulbs are given back."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(JOIN_S)
        self._thread = None
        self._output.close()

    def _play(self, playing: PatternSchedule) -> None:
        while not self._closing:
            now = self._clock()
            playing = playing.at(now)
            lamps, for_s = playing.moment(now)
            # Outside the lock: show() must not wait for a slow chip.
            self._switch(LightState(playing.pattern, playing.since, lamps))
            with self._changed:
                if not self._to_play and not self._closing:
                    self._changed.wait(max(0.001, for_s - (self._clock() - now)))
                if self._to_play:
                    playing = self._to_play.popleft()

    def _switch(self, scene: LightState) -> None:
        try:
            self._output.switch(scene)
            self._broken = False
        except PlantdError as error:
            if not self._broken:
                logger.error("the light cannot show %s: %s", scene.pattern.value, error)
            self._broken = True
        except Exception:  # a bug in showing one pattern must not be the last pattern
            if not self._broken:
                logger.exception("the light met a bug while it showed %s", scene.pattern.value)
            self._broken = True
