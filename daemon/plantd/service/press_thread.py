"""The thread between the finger and the light: acknowledges a press at once, whatever else happens.

It never waits for a verdict: the press is handed on, and the light shows the answer when it comes.
"""

import logging
import queue
import threading
from concurrent.futures import Future
from typing import Callable

from plantd.button.interface import SHORT, Button, Press
from plantd.errors import BusyError, ButtonError, CameraError, PlantdError
from plantd.light.interface import PATTERN_OF_ANSWER, Light, Pattern
from plantd.wire import Verdict

logger = logging.getLogger(__name__)

_WAIT_S = 0.5
_REOPEN_S = 5.0


class PressThread:
    """Waits for the button, acknowledges, and hands the press on."""

    def __init__(
        self,
        button: Button,
        light: Light,
        submit: Callable[[Press], "Future[Verdict]"],
        long_press: Callable[[Press], None],
    ) -> None:
        """Args: the devices; what a press starts; what a long press does."""
        self._button = button
        self._light = light
        self._submit = submit
        self._long_press = long_press
        self._stop = threading.Event()
        self._tried = threading.Event()
        self._calls: "queue.Queue[Callable[[], None]]" = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="press", daemon=True)

    def start(self) -> None:
        """Begin to wait for presses."""
        self._thread.start()

    def wait_until_tried(self, timeout_s: float) -> bool:
        """Return whether the button is open, or could not be opened: its status tells which."""
        return self._tried.wait(timeout_s)

    def call_soon(self, call: Callable[[], None]) -> None:
        """Run `call` in this thread: how the watchdog asks whether it lives."""
        self._calls.put(call)
        self._button.wake()

    def stop(self, timeout_s: float) -> None:
        """Stop waiting; presses from now on are nobody's."""
        self._stop.set()
        self.call_soon(lambda: None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._button:
                    self._tried.set()
                    self._wait_for_presses()
            except ButtonError as error:
                self._tried.set()
                logger.error("%s; trying again in %.0f s", error, _REOPEN_S)
                self._pause(_REOPEN_S)
            except Exception:  # the button must not end with one bug
                logger.exception("the press thread met a bug")
                self._pause(_REOPEN_S)

    def _wait_for_presses(self) -> None:
        while not self._stop.is_set():
            press = self._button.wait(_WAIT_S)
            if press is not None:
                self._take_press(press)
            self._run_calls()

    def _take_press(self, press: Press) -> None:
        if press.kind != SHORT:
            self._long_press(press)
            return
        self._light.show(Pattern.ACKNOWLEDGED)
        try:
            future = self._submit(press)
        except BusyError as error:
            logger.info("%s", error)
            self._light.show(Pattern.BUSY)
        except PlantdError as error:
            logger.error("a press could not be answered: %s", error)
            self._light.show(Pattern.PRESS_FAULT)
        else:
            future.add_done_callback(lambda done: show_outcome(self._light, done))

    def _pause(self, timeout_s: float) -> None:
        """Wait without a button; a call, such as the watchdog's, is answered and ends it."""
        try:
            self._calls.get(timeout=timeout_s)()
        except queue.Empty:
            return
        self._run_calls()

    def _run_calls(self) -> None:
        while True:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return
            call()


def show_outcome(light: Light, done: "Future[Verdict]") -> None:
    """Show the answer of a finished request, or which part could not give one."""
    error = done.exception()
    if error is None:
        light.show(PATTERN_OF_ANSWER[done.result().decision.answer])
        return
    logger.error("a press could not be answered: %s", error)
    lost = isinstance(error, CameraError)
    light.show(Pattern.PRESS_NO_CAMERA if lost else Pattern.PRESS_FAULT)
