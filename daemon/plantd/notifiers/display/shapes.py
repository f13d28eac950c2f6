"""A shape for each answer, as on the page: an octagon, a triangle, a circle; and for the rest.

They are told apart without colour, and drawn by lines alone: a display may be small and black and
white.
"""

from typing import Any, Callable, Dict, Sequence, Tuple

from plantd.answers import EDIBLE, POISONOUS, UNSURE

Point = Tuple[float, float]


class Pen:
    """Draws in a square of 20 by 20 units with its upper left corner at the picture's."""

    def __init__(self, draw: Any, side_px: int, ink: Any) -> None:
        """Args: a Pillow ImageDraw; the square's side; what to draw with."""
        self._draw = draw
        self._unit = (side_px - 1) / 20.0
        self._ink = ink
        self._width = max(1, side_px // 10)

    def line(self, *points: Point) -> None:
        """Draw from point to point."""
        self._draw.line(self._at(points), fill=self._ink, width=self._width)

    def filled(self, *points: Point) -> None:
        """Draw a polygon, filled."""
        self._draw.polygon(self._at(points), fill=self._ink)

    def hollow(self, *points: Point) -> None:
        """Draw a polygon's outline."""
        self.line(*points, points[0])

    def circle(self, centre: Point, radius: float, filled: bool = False) -> None:
        """Draw a circle, filled or with nothing in it."""
        (x, y), r = centre, radius
        box = self._at([(x - r, y - r), (x + r, y + r)])
        self._draw.ellipse(box, fill=self._ink)
        if not filled:
            # A ring: Pillow draws wide ones itself only since 5.3, which Ubuntu 18.04 has not.
            (left, upper), (right, lower) = box
            inner = [(left + self._width, upper + self._width)]
            inner.append((right - self._width, lower - self._width))
            self._draw.ellipse(inner, fill=0 if isinstance(self._ink, int) else (0, 0, 0))

    def _at(self, points: Sequence[Point]) -> Sequence[Tuple[int, int]]:
        return [(round(x * self._unit), round(y * self._unit)) for x, y in points]


def draw_shape(draw: Any, shape: str, side_px: int, ink: Any) -> None:
    """Draw a shape into the upper left corner; one that nobody knows is a triangle: unsure."""
    SHAPES.get(shape, _unsure)(Pen(draw, side_px, ink))


def _poisonous(pen: Pen) -> None:
    pen.hollow((6, 0), (14, 0), (20, 6), (20, 14), (14, 20), (6, 20), (0, 14), (0, 6))
    pen.line((10, 4), (10, 12))
    pen.line((9, 4), (9, 12))
    pen.circle((9.5, 16), 1, filled=True)


def _unsure(pen: Pen) -> None:
    pen.hollow((10, 0), (20, 20), (0, 20))
    pen.line((8, 10), (9, 8), (11, 8), (12, 10), (10, 12), (10, 14))
    pen.line((10, 17), (10, 17.5))


def _edible(pen: Pen) -> None:
    pen.circle((10, 10), 10)
    pen.line((6, 15), (6, 10), (9, 6), (15, 5), (15, 9), (12, 13), (7, 14), (12, 9))


def _waiting(pen: Pen) -> None:
    pen.circle((10, 10), 10)
    pen.circle((10, 10), 5, filled=True)


def _looking(pen: Pen) -> None:
    pen.line((0, 10), (5, 5), (10, 3), (15, 5), (20, 10), (15, 15), (10, 17), (5, 15), (0, 10))
    pen.circle((10, 10), 3.5, filled=True)


def _starting(pen: Pen) -> None:
    pen.line((3, 0), (17, 0), (3, 20), (17, 20), (3, 0))


def _offer(pen: Pen) -> None:
    pen.line((10, 0), (10, 13))
    pen.line((5, 8), (10, 13), (15, 8))
    pen.line((0, 14), (0, 20), (20, 20), (20, 14))


def _fault(pen: Pen) -> None:
    pen.hollow((0, 0), (20, 0), (20, 20), (0, 20))
    pen.line((5, 5), (15, 15))
    pen.line((15, 5), (5, 15))


def _off(pen: Pen) -> None:
    pen.circle((10, 10), 10)
    pen.line((5, 10), (15, 10))


SHAPES: Dict[str, Callable[[Pen], None]] = {
    POISONOUS: _poisonous,
    UNSURE: _unsure,
    EDIBLE: _edible,
    "waiting": _waiting,
    "looking": _looking,
    "starting": _starting,
    "fault": _fault,
    "offer": _offer,
    "off": _off,
}
