"""Points to what an SVG draws: lines, dots and ticks in its own coordinates. Pure.

No style is in it: colours and widths are the style sheet's, so that a plot is legible in sunlight
and at night.
"""

import math
from typing import List, NamedTuple, Optional, Sequence, Tuple

Point = Tuple[float, float]

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
TICKS = 4


class Tick(NamedTuple):
    """A line or a label on an axis: where it is, and what it says."""

    at: float
    label: str


class Plot(NamedTuple):
    """One plot; an empty `path` draws nothing.

    Attributes:
        path: an SVG path: a line through the points, or with `dots` a dot for each.
        unit: of the values; low, high, last: what a person who cannot see it is told.
        rows, columns: the ticks of the value and of the time, in minutes before now.
    """

    path: str
    unit: str
    low: str
    high: str
    last: str
    rows: List[Tick]
    columns: List[Tick]
    dots: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def plot(
    points: Sequence[Point], now_s: float, span_s: float, unit: str, dots: bool = False
) -> Optional[Plot]:
    """Return the plot of (seconds, value) points over the span before `now_s`; None of none."""
    good = [(at, value) for at, value in points if math.isfinite(value)]
    if not good:
        return None
    values = [value for _, value in good]
    ticks = _ticks(min(values), max(values))
    drawn = [(_x(at, now_s, span_s), _y(value, ticks)) for at, value in good]
    return Plot(
        path=_dots(drawn) if dots else _line(drawn),
        unit=unit,
        low=_number(min(values)),
        high=_number(max(values)),
        last=_number(values[-1]),
        rows=[Tick(_y(value, ticks), _number(value)) for value in ticks],
        columns=_minutes(span_s),
        dots=dots,
    )


def _ticks(low: float, high: float) -> List[float]:
    """Return round values that enclose low and high."""
    step = _round_step(max(high - low, abs(high) * 0.02, 1.0) / TICKS)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [number * step for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... that is not below."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= step)


def _x(at: float, now_s: float, span_s: float) -> float:
    share = 1.0 - min(max((now_s - at) / span_s, 0.0), 1.0)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _line(drawn: Sequence[Point]) -> str:
    return "M" + " L".join("{:g} {:g}".format(x, y) for x, y in drawn)


def _dots(drawn: Sequence[Point]) -> str:
    # A line of no length with round ends is a dot.
    return " ".join("M{:g} {:g}h0".format(x, y) for x, y in drawn)


def _minutes(span_s: float) -> List[Tick]:
    quarters = [span_s * quarter / 4.0 for quarter in range(5)]
    unit_s, unit = (3600.0, "h") if span_s > 7200.0 else (60.0, "min")
    return [
        Tick(_x(-before, 0.0, span_s), "{:g} {}".format(-before / unit_s, unit) if before else "0")
        for before in quarters
    ]


def _number(value: float) -> str:
    return "{:.0f}".format(value) if abs(value) >= 10 else "{:.2g}".format(value)
