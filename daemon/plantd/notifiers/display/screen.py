"""What a picture is shown on: the contract of every driver, and its errors."""

from abc import abstractmethod
from typing import Tuple

from PIL.Image import Image as Picture

from plantd.system.lifetime import Openable


class Screen(Openable):
    """Shows whole pictures, one after the other, driven by one thread.

    Each method that reaches the device raises NotDelivered, one sentence with what helps; whoever
    drives it then closes it and opens it again later.
    """

    @abstractmethod
    def open(self) -> None:
        """Take the device, dark. Raises NotDelivered where there is none, or nobody answers."""

    @property
    @abstractmethod
    def size(self) -> Tuple[int, int]:
        """Its width and height in pixels, while it is open."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """The bits of a pixel, while it is open: 1, 8 or 24."""

    @property
    def colour(self) -> str:
        """On paper its third ink, one of `plantd.config.displays.COLOURS`; else empty."""
        return ""

    @abstractmethod
    def show(self, picture: Picture) -> None:
        """Show a picture of that size and depth, until the next one. Raises NotDelivered."""

    def leave(self, picture: Picture) -> None:
        """Show a last picture, for as long as nobody comes again. Raises NotDelivered.

        It returns once the picture is on its way, however long that takes.
        """
        self.show(picture)

    def interrupt(self) -> None:
        """Let a `show()` that runs raise NotDelivered soon; from any thread, and for good."""

    @abstractmethod
    def renew(self) -> None:
        """Set it up again, in case it was without power unnoticed. Raises NotDelivered."""

    @abstractmethod
    def close(self) -> None:
        """Give the device back, what it shows untouched; may be called twice; never raises."""
