"""What every kind of button gives: raw levels of one line, before any debouncing."""

from abc import ABC, abstractmethod
from typing import NamedTuple, Optional, Sequence


class LineReading(NamedTuple):
    """What a look at the line brought.

    Attributes:
        levels: the levels since the last look, oldest first; True is pressed.
        lost: one sentence when the line is gone (unplugged); empty while it is there.
        ages_s: for each level how long before the look it began, in seconds; empty where the line
            does not know: then all of them began just now.
    """

    levels: Sequence[bool]
    lost: str = ""
    ages_s: Sequence[float] = ()


class Line(ABC):
    """A source of raw levels. Used by one thread; the debouncing is the same for all."""

    driver = ""

    # How often `look()` must be called though nothing is readable; None: only when it is.
    poll_s: Optional[float] = None

    @property
    @abstractmethod
    def name(self) -> str:
        """The line in the words of the user: chip and line, device, socket."""

    @abstractmethod
    def open(self) -> bool:
        """Take the line and return whether it is pressed. Raises ButtonError saying what helps.

        Called again, after `close()`, when the line was lost.
        """

    @abstractmethod
    def fileno(self) -> Optional[int]:
        """What becomes readable when there is something to look at; None when nothing does."""

    @abstractmethod
    def look(self) -> LineReading:
        """Return what happened since the last look. Never blocks, never raises."""

    @abstractmethod
    def close(self) -> None:
        """Give the line back; may be called twice."""
