"""Curves drawn as SVG, the same file for the same numbers."""

import io
from typing import Sequence, Tuple

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt


class Curve:
    """One line of a plot: a name and its (x, y) points."""

    def __init__(self, name: str, points: Sequence[Tuple[float, float]], dashed: bool = False):
        """Args: what the legend calls it, where it goes, whether it is dashed."""
        self.name = name
        self.points = points
        self.dashed = dashed


def svg_from_curves(curves: Sequence[Curve], labels: Tuple[str, str]) -> str:
    """Return a plot of curves; `labels` are those of the axes."""
    figure, axes = plt.subplots(figsize=(7, 4))
    for curve in curves:
        x, y = zip(*curve.points) if curve.points else ((), ())
        axes.plot(x, y, "--" if curve.dashed else "o-", label=curve.name, markersize=4)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    target = io.StringIO()
    # Without a date, so that the same calibration draws the same file.
    figure.savefig(target, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    drawn = target.getvalue()
    return drawn[drawn.index("<svg") :]
