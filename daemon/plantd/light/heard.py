"""A light that tells somebody else too what it is asked to show, such as a display."""

from typing import Callable

from plantd.light.interface import Light, Pattern


class HeardLight(Light):
    """The light it is given, in everything; `heard` is told of each pattern.

    Args:
        light: shows it.
        heard: called in the thread that asks; returns at once and raises nothing.
    """

    def __init__(self, light: Light, heard: Callable[[Pattern], None]) -> None:
        self._light = light
        self._heard = heard

    def open(self) -> None:
        """See Light."""
        self._light.open()

    def show(self, pattern: Pattern) -> None:
        """See Light."""
        self._light.show(pattern)
        self._heard(pattern)

    def showing(self) -> Pattern:
        """See Light."""
        return self._light.showing()

    def close(self) -> None:
        """See Light."""
        self._light.close()
