"""Curves drawn as SVG, the same file for the same numbers."""

import io
from typing import Optional, Sequence, Tuple

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Area of a point in points squared, of the one that stands for the most and of the smallest.
LARGEST, SMALLEST = 90.0, 6.0


class Curve:
    """One line of a plot: a name and its (x, y) points."""

    def __init__(
        self,
        name: str,
        points: Sequence[Tuple[float, float]],
        dashed: bool = False,
        counts: Sequence[int] = (),
    ):
        """Args: what the legend calls it; where it goes; is it dashed; how much stands behind
        each point: where that is told, points are drawn by it and the line steps back.
        """
        self.name = name
        self.points = points
        self.dashed = dashed
        self.counts = counts


def svg_from_curves(
    curves: Sequence[Curve],
    labels: Tuple[str, str],
    mark: Optional[Tuple[float, str]] = None,
) -> str:
    """Return a plot of curves; `labels` are those of the axes, `mark` an x with its name."""
    figure, axes = plt.subplots(figsize=(7, 4))
    for curve in curves:
        _draw(axes, curve)
    if mark is not None:
        axes.axvline(mark[0], color="black", linestyle=":", label=mark[1])
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return _svg(figure)


def _draw(axes: Axes, curve: Curve) -> None:
    x, y = zip(*curve.points) if curve.points else ((), ())
    if not curve.counts:
        axes.plot(x, y, "--" if curve.dashed else "o-", label=curve.name, markersize=4)
        return
    (line,) = axes.plot(x, y, "-", linewidth=0.8, alpha=0.5)
    most = max(curve.counts)
    areas = [SMALLEST + LARGEST * count / most for count in curve.counts]
    axes.scatter(x, y, s=areas, color=line.get_color(), label=curve.name, alpha=0.8)


def _svg(figure: Figure) -> str:
    target = io.StringIO()
    # Without a date, so that the same calibration draws the same file.
    figure.savefig(target, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    drawn = target.getvalue()
    return drawn[drawn.index("<svg") :]
