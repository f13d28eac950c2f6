"""Figures drawn with matplotlib, as PNG bytes. No window, no global state."""

import io
from typing import Mapping, Sequence, Tuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Size = Tuple[float, float]
SIZE_IN: Size = (6.4, 4.0)
DPI = 110


def lines(
    title: str,
    x_label: str,
    y_label: str,
    curves: Mapping[str, Tuple[Sequence[float], Sequence[float]]],
) -> bytes:
    """Return one line for each (x values, y values), named."""
    figure, axes = _axes(title, x_label, y_label)
    for name, (x, y) in curves.items():
        axes.plot(x, y, label=name, marker="." if len(x) < 40 else "")
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend(fontsize="small")
    return _png(figure)


def bars(
    title: str, names: Sequence[str], values: Sequence[float], marked: Sequence[bool]
) -> bytes:
    """Return one horizontal bar for each name; the marked ones in another colour."""
    height = max(SIZE_IN[1], 0.16 * len(names) + 1)
    figure, axes = _axes(title, "", "", (SIZE_IN[0], height))
    colours = ["tab:red" if mark else "tab:green" for mark in marked]
    axes.barh(range(len(names)), values, color=colours)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_ylim(-0.5, len(names) - 0.5)
    axes.invert_yaxis()
    return _png(figure)


def histogram(title: str, x_label: str, groups: Mapping[str, Sequence[float]]) -> bytes:
    """Return a histogram a group over the same bins."""
    figure, axes = _axes(title, x_label, "photographs")
    every = np.concatenate([np.asarray(values, float) for values in groups.values()])
    edges = np.histogram_bin_edges(every, 30) if every.size else np.linspace(0, 1, 31)
    for name, values in groups.items():
        axes.hist(values, edges, alpha=0.6, label="{} ({})".format(name, len(values)))
    axes.legend(fontsize="small")
    return _png(figure)


def matrix(title: str, names: Sequence[str], counts: np.ndarray) -> bytes:
    """Return a confusion matrix: rows are what it is, columns what was said."""
    side = max(SIZE_IN[1], 0.13 * len(names) + 2)
    figure, axes = _axes(title, "said", "is", (side, side))
    axes.imshow(counts, cmap="Greens")
    size = 5 if len(names) > 10 else 10
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    for row, column in np.argwhere(counts > 0) if len(names) <= 10 else ():
        colour = "white" if 2 * counts[row, column] > counts.max() else "black"
        axes.text(column, row, str(counts[row, column]), color=colour, ha="center", va="center")
    return _png(figure)


def _axes(title: str, x_label: str, y_label: str, size: Size = SIZE_IN):  # type: ignore[no-untyped-def]
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=DPI)
    return target.getvalue()
