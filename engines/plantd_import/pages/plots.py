"""Figures drawn with matplotlib, as SVG: the same file for the same numbers.

No window and no global state: each figure is made and written for itself.
"""

import io
from typing import Any, Mapping, NamedTuple, Optional, Sequence, Tuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIZE_IN = (7.0, 4.0)
# Area of a point in points squared, of the one that stands for the most and of the smallest.
LARGEST, SMALLEST = 90.0, 6.0
GOOD, BAD = "#3d7a4f", "#b3261e"


class Curve(NamedTuple):
    """One line of a plot.

    Attributes:
        name: what the legend calls it.
        points: (x, y) each.
        counts: how much stands behind each point; then points are drawn by it and the line steps
            back.
    """

    name: str
    points: Sequence[Tuple[float, float]]
    dashed: bool = False
    counts: Sequence[int] = ()


# Names of the size of a month that stand beside each other below a plot.
NAMES_MAX = 9


def lines(
    title: str,
    labels: Tuple[str, str],
    curves: Sequence[Curve],
    mark: Optional[Tuple[float, str]] = None,
    names: Sequence[str] = (),
) -> bytes:
    """Return one line a curve; `labels` are those of the axes, `mark` an x with its name.

    Args:
        names: what stands below x = 0, 1, 2 and so on; none: the numbers do.
    """
    figure, axes = _axes(title, labels)
    if names:
        step = -(-len(names) // NAMES_MAX)
        axes.set_xticks(range(0, len(names), step), names[::step], fontsize="small")
    for curve in curves:
        _draw(axes, curve)
    if mark is not None:
        axes.axvline(mark[0], color="black", linestyle=":", label=mark[1])
    axes.grid(alpha=0.3)
    if len(curves) > 1 or mark is not None:
        axes.legend(fontsize="small")
    return _svg(figure)


def bars(
    title: str, names: Sequence[str], values: Sequence[float], marked: Sequence[bool]
) -> bytes:
    """Return one horizontal bar for each name; the marked ones in another colour."""
    height = max(SIZE_IN[1], 0.16 * len(names) + 1)
    figure, axes = _axes(title, ("", ""), (SIZE_IN[0], height))
    axes.barh(range(len(names)), values, color=[BAD if mark else GOOD for mark in marked])
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_ylim(-0.5, len(names) - 0.5)
    axes.invert_yaxis()
    return _svg(figure)


def boxes(title: str, names: Sequence[str], values: Sequence[Sequence[float]]) -> bytes:
    """Return one horizontal box with whiskers for each name, from 0 on."""
    height = max(SIZE_IN[1], 0.3 * len(names) + 1)
    figure, axes = _axes(title, ("", ""), (SIZE_IN[0], height))
    axes.boxplot(list(values), orientation="horizontal", tick_labels=list(names))
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    return _svg(figure)


def histogram(title: str, x_label: str, groups: Mapping[str, Sequence[float]]) -> bytes:
    """Return a histogram a group over the same bins."""
    figure, axes = _axes(title, (x_label, "photographs"))
    every = np.concatenate([np.asarray(values, float) for values in groups.values()])
    edges = np.histogram_bin_edges(every, 30) if every.size else np.linspace(0, 1, 31)
    for name, values in groups.items():
        axes.hist(values, edges, alpha=0.6, label="{} ({})".format(name, len(values)))
    axes.legend(fontsize="small")
    return _svg(figure)


def matrix(title: str, names: Sequence[str], counts: np.ndarray) -> bytes:
    """Return a confusion matrix: rows are what it is, columns what was said."""
    side = max(SIZE_IN[1], 0.13 * len(names) + 2)
    figure, axes = _axes(title, ("said", "is"), (side, side))
    axes.imshow(counts, cmap="Greens")
    size = 5 if len(names) > 10 else 10
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    for row, column in np.argwhere(counts > 0) if len(names) <= 10 else ():
        colour = "white" if 2 * counts[row, column] > counts.max() else "black"
        axes.text(column, row, str(counts[row, column]), color=colour, ha="center", va="center")
    return _svg(figure)


def _draw(axes: Axes, curve: Curve) -> None:
    x, y = zip(*curve.points) if curve.points else ((), ())
    if not curve.counts:
        marker = "" if curve.dashed or len(x) >= 40 else "."
        axes.plot(x, y, "--" if curve.dashed else "-", marker=marker, label=curve.name)
        return
    (line,) = axes.plot(x, y, "-", linewidth=0.8, alpha=0.5)
    most = max(curve.counts)
    areas = [SMALLEST + LARGEST * count / most for count in curve.counts]
    axes.scatter(x, y, s=areas, color=line.get_color(), label=curve.name, alpha=0.8)


def _axes(
    title: str, labels: Tuple[str, str], size: Tuple[float, float] = SIZE_IN
) -> Tuple[Figure, Any]:
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    return figure, axes


def _svg(figure: Figure) -> bytes:
    target = io.BytesIO()
    # Ids in the file come from this and the drawing alone, and it bears no date.
    with matplotlib.rc_context({"svg.hashsalt": "plantd"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()
