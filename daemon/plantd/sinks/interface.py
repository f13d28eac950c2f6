"""The contract every sink keeps (tests/contract/test_sink_contract.py)."""

from abc import abstractmethod
from typing import Any, Dict

from plantd.system.lifetime import Closable

Event = Dict[str, Any]
"""A JSON object as it goes over the wire: "schema": 1, "type": verdict, telemetry or state."""


class Sink(Closable):
    """Takes events. A slow or broken sink never delays the one who sends."""

    @abstractmethod
    def send(self, event: Event) -> None:
        """Take one event and return at once. Safe from any thread; never raises.

        What cannot be kept is dropped and counted.
        """

    @property
    @abstractmethod
    def dropped(self) -> int:
        """How many events were dropped so far."""

    @abstractmethod
    def close(self) -> None:
        """Write out what is held; may be called twice."""
