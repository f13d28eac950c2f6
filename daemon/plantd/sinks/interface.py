"""The contract every sink keeps (tests/contract/test_sink_contract.py)."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Dict, Optional, Type

Event = Dict[str, Any]
"""A JSON object as it goes over the wire: "schema": 1, "type": verdict, telemetry or state."""


class Sink(ABC):
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

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()
