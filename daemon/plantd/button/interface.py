"""The contract every button keeps (tests/contract/test_button_contract.py)."""

from abc import abstractmethod
from typing import NamedTuple, Optional

from plantd.system.lifetime import Openable

SHORT = "short"
LONG = "long"


class Press(NamedTuple):
    """A finger on the button.

    Attributes:
        pressed_at: monotonic seconds when the level had been stable long enough to count.
        kind: SHORT, or LONG when it was held for at least the configured time. A SHORT press
            is reported at once when no long press is configured, else on release.
    """

    pressed_at: float
    kind: str = SHORT


class ButtonStatus(NamedTuple):
    """How the button's line is: ok, or a fault with one sentence that says what helps."""

    ok: bool
    driver: str
    line: str
    detail: str = ""
    presses: int = 0


class Button(Openable):
    """Reports presses: debounced, armed again only by a release. Used by one thread."""

    @abstractmethod
    def open(self) -> None:
        """Take the line. Raises ButtonError naming the chip, the line and what helps."""

    @abstractmethod
    def wait(self, timeout_s: float) -> Optional[Press]:
        """Return the next press, or None when `timeout_s` passed or `wake()` was called.

        A line that is pressed when the button is opened must be released before it counts.
        A stuck or floating line is no press: it shows in `status()`.
        """

    @abstractmethod
    def wake(self) -> None:
        """Make a `wait()` in another thread return None now. Safe from any thread."""

    @abstractmethod
    def status(self) -> ButtonStatus:
        """Return how the line is. Never blocks, never raises. Safe from any thread."""

    @abstractmethod
    def close(self) -> None:
        """Give the line back; may be called twice."""
