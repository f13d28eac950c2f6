"""What a light is made of: something that is switched, driven by the player's thread alone."""

from abc import ABC, abstractmethod
from typing import NamedTuple

from plantd.light.interface import Pattern
from plantd.light.patterns import Lamps


class LightState(NamedTuple):
    """What is to be seen now: `lamps`, as a part of `pattern`, which began at `since`."""

    pattern: Pattern
    since: float
    lamps: Lamps


class LightOutput(ABC):
    """Lamps and a buzzer."""

    @abstractmethod
    def open(self) -> None:
        """Take them, dark. Raises UnavailableError naming the line and what helps."""

    @abstractmethod
    def switch(self, scene: LightState) -> None:
        """Make the scene's lamps be on and nothing else. May raise UnavailableError."""

    @abstractmethod
    def close(self) -> None:
        """Dark, and given back; may be called twice; never raises."""
