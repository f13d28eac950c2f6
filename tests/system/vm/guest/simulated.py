"""What hangs on the simulated machine: the button, the lamps, the camera's plug."""

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import machine
from support.gpio_sim import SimLine, sim_lines

from plantd.api.client import Client
from plantd.errors import UnavailableError
from plantd.gpio.boards import TX2
from plantd.gpio.pins import Place

# An emulated processor starts a service in tens of seconds, and the host may be busy as well.
machine.LONG_ENOUGH_S = 400.0

CAMERA = "/dev/video0"
BUTTON_PIN = 18
BLUE_PIN = 23  # lit, of all that is shown here, by the acknowledgement alone
ACKNOWLEDGED_S = 15.0
MOST_TRIES = 4
DRIVER = Path("/sys/bus/platform/drivers/vivid")
DEVICE = "vivid.0"


def line_of(pin: int) -> SimLine:
    """The simulated line behind a pin of the header."""
    place = Place(TX2.pins[pin].chip, TX2.pins[pin].line)
    return next(line for line in sim_lines() if line.place == place)


class Button:
    """A switch between the button's line and ground."""

    def __init__(self) -> None:
        self._pull = str(line_of(BUTTON_PIN).pull)

    def press(self) -> None:
        self._set("pull-down")

    def release(self) -> None:
        self._set("pull-up")

    def _set(self, pull: str) -> None:
        with open(self._pull, "w") as file:
            file.write(pull)


class Lamp:
    """What a lamp's line is driven to."""

    def __init__(self, pin: int) -> None:
        self._value = os.open(str(line_of(pin).value), os.O_RDONLY)

    def lit(self) -> bool:
        return os.pread(self._value, 2, 0).startswith(b"1")

    def becomes(self, lit: bool, timeout_s: float) -> bool:
        """Wait until it is so; return whether it was in time."""
        until = time.monotonic() + timeout_s
        while self.lit() != lit:
            if time.monotonic() > until:
                return False
            time.sleep(0.001)
        return True


BUTTON = Button()
BLUE = Lamp(BLUE_PIN)


class Pressed(NamedTuple):
    """A press that the lamp has acknowledged: monotonic seconds, and presses nobody saw before."""

    at: float
    acknowledged_at: float
    unseen: int


def press() -> Pressed:
    """Press, with the lamp at rest before, and hold.

    The service stamps levels when it reads them (before kernel 5.7 the chip's own times are of the
    wall clock): a release that is over before a machine that is held up has looked is none, and a
    hand presses again.
    """
    for unseen in range(MOST_TRIES):
        assert BLUE.becomes(False, machine.LONG_ENOUGH_S), "the acknowledgement never ends"
        pressed_at = time.monotonic()
        BUTTON.press()
        if BLUE.becomes(True, ACKNOWLEDGED_S):
            return Pressed(pressed_at, time.monotonic(), unseen)
        BUTTON.release()
        time.sleep(1.0)
    raise AssertionError("pressed {} times, never acknowledged".format(MOST_TRIES))


class Listening:
    """Collects the event stream in a thread of its own, each event with its monotonic second."""

    def __init__(self, client: Client, types: str = "verdict,state") -> None:
        self._events: List[Tuple[float, Dict[str, Any]]] = []
        self._changed = threading.Condition()
        self._begun = threading.Event()
        threading.Thread(target=self._listen, args=(client, types), daemon=True).start()
        assert self._begun.wait(machine.LONG_ENOUGH_S)

    def _listen(self, client: Client, types: str) -> None:
        try:
            for event in client.events(types=types):
                with self._changed:
                    self._events.append((time.monotonic(), event))
                    self._changed.notify_all()
                self._begun.set()
        except UnavailableError:
            self._begun.set()  # the service was killed; what was heard until then counts

    def verdicts(self) -> List[Dict[str, Any]]:
        """Every verdict heard so far."""
        with self._changed:
            return [event for _, event in self._events if event["type"] == "verdict"]

    def first(self, fits: Callable[[Dict[str, Any]], bool]) -> Tuple[float, Dict[str, Any]]:
        """Return the first event that fits, and when it came."""

        def found() -> Optional[Tuple[float, Dict[str, Any]]]:
            return next(((at, event) for at, event in self._events if fits(event)), None)

        with self._changed:
            assert self._changed.wait_for(found, machine.LONG_ENOUGH_S), self._events[-10:]
            answer = found()
            assert answer is not None
            return answer

    def verdict_after(self, seq: int) -> Tuple[float, Dict[str, Any]]:
        """Return the first verdict with a higher number."""
        return self.first(lambda event: event["type"] == "verdict" and event["seq"] > seq)

    def state(self, part: str, *states: str) -> Dict[str, Any]:
        """Return the first state of a part that is one of these."""
        return self.first(
            lambda event: (
                event["type"] == "state" and event["part"] == part and event["state"] in states
            )
        )[1]


def camera_node() -> str:
    """What v4l2-ctl says about the camera."""
    return _said("v4l2-ctl", "--device=" + CAMERA, "--info")


def gpio_chips() -> str:
    """What gpiodetect says."""
    return _said("gpiodetect")


def unplug_camera() -> None:
    """As a USB camera whose plug is pulled: whoever has it open gets ENODEV."""
    _said("v4l2-ctl", "--device=" + CAMERA, "--set-ctrl=disconnect=1")


def replug_camera() -> None:
    """The driver finds its device anew."""
    (DRIVER / "unbind").write_text(DEVICE)
    (DRIVER / "bind").write_text(DEVICE)
    machine.wait_for("the camera's node", lambda: os.path.exists(CAMERA))
    _said("v4l2-ctl", "--device=" + CAMERA, "--set-ctrl=horizontal_movement=5")


def _said(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout.decode().rstrip()
