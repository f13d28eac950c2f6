"""The hand on a fake button: `python3 -m plantd.button.fake_client --socket PATH press`."""

import argparse
import sys
import time
from typing import Callable, Optional, Sequence

from plantd.command_line import Parser, run
from plantd.errors import EX_OK, UsageError
from plantd.system.control_socket import ask

DEFAULT_SOCKET = "/run/plantd/button.sock"
# Longer than any sensible debounce, shorter than any long press.
HOLD_S = 0.2
# Longer than the default debounce: a finger that comes again sooner is bounce to the button.
REST_S = 0.06


class FakeButtonClient:
    """Moves the raw level of a fake button. Every call returns when the button has taken it."""

    def __init__(self, path: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep
        self._released_at: Optional[float] = None

    def press(self, hold_s: float = HOLD_S) -> None:
        """Press, hold, release; soon after a release, wait until that counts."""
        if self._released_at is not None:
            rest_s = self._released_at + REST_S - time.monotonic()
            if rest_s > 0:
                self._sleep(rest_s)
        self.hold()
        self._sleep(hold_s)
        self.release()

    def hold(self) -> None:
        """Press and stay."""
        self.send("press")

    def release(self) -> None:
        """Let go."""
        self.send("release")
        self._released_at = time.monotonic()

    def bounce(self) -> None:
        """Shake the contact; the level ends as it was."""
        self.send("bounce")

    def float(self) -> None:
        """More changes than a finger can make, as a wire without a resistor."""
        self.send("float")

    def send(self, message: str) -> None:
        """Send a message. Raises UnavailableError when no button answers, UsageError on a no."""
        answer = ask(self._path, message)
        if answer != "ok":
            raise UsageError("the button answered {!r} to {!r}".format(answer, message))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Move the fake button's level; return the exit code."""
    parser = Parser(prog="python3 -m plantd.button.fake_client", description=__doc__)
    parser.add_argument("--socket", default=DEFAULT_SOCKET, help="default: %(default)s")
    parser.add_argument("--hold-s", type=float, default=HOLD_S, help="how long `press` holds")
    parser.add_argument("move", choices=["press", "hold", "release", "bounce", "float"])
    return run(parser, _move, argv)


def _move(options: argparse.Namespace) -> int:
    finger = FakeButtonClient(options.socket)
    if options.move == "press":
        finger.press(options.hold_s)
    else:
        finger.send("press" if options.move == "hold" else options.move)
    return EX_OK


if __name__ == "__main__":
    sys.exit(main())
