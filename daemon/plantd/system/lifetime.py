"""What owns a resource is a context manager: one way in, one way out, for everything that is owned.

`Closable` holds its resource from construction on; `Openable` takes it with `open()`.
"""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Optional, Type, TypeVar

Closing = TypeVar("Closing", bound="Closable")
Opening = TypeVar("Opening", bound="Openable")


class Closable(ABC):
    """Owns something until `close()`; `with` closes it."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is owned; may be called twice."""

    def __enter__(self: Closing) -> Closing:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class Openable(Closable):
    """Owns something from `open()` to `close()`; `with` opens and closes it."""

    @abstractmethod
    def open(self) -> None:
        """Take what is owned."""

    def __enter__(self: Opening) -> Opening:
        self.open()
        return self
