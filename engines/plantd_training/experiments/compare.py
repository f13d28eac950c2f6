"""Several trainings side by side: a grid of variants, and the study's curves over the epochs.

base: {trunk: lite0, epochs: 20, ...}      as for fit
grid: {frozen: [true, false], rate: [0.001, 0.0001]}      every combination
variants: {name: {augment: {flip: 1}}}     by name; beside the grid or instead of it
"""

import itertools
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Sequence, Tuple

from plantd.errors import ConfigError
from plantd.tree_reader import TreeReader
from plantd_import.pages import plots
from plantd_import.pages.page import Page
from plantd_training.experiments.config import FitConfig, config_from_tree
from plantd_training.runtime.checkpoint import Row

SECTIONS = ("base", "grid", "variants")
# The study drew accuracy, precision and recall; the species head has its shares named right.
CURVES = (
    ("poison", "accuracy"),
    ("poison", "precision"),
    ("poison", "recall"),
    ("species", "top1"),
    ("species", "top5"),
)


class Compared(NamedTuple):
    """One variant with what its training recorded, by network."""

    name: str
    histories: Mapping[str, Sequence[Row]]


def variants_from_tree(tree: Mapping[str, Any], where: str) -> Dict[str, FitConfig]:
    """Return the configurations by name; raise ConfigError naming every problem at once."""
    reader = TreeReader("a comparison")
    reader.known(tree, SECTIONS)
    shapeless = len(reader.problems)
    for name in (name for name in SECTIONS if tree.get(name) is not None):
        reader.section(tree[name], name)
    variants = tree.get("variants")
    for name, change in variants.items() if isinstance(variants, dict) else ():
        reader.section(change or {}, "variants.{}".format(name))
    problems = ["{}: {}".format(where, problem) for problem in reader.problems]
    if len(problems) > shapeless:
        raise ConfigError(problems)
    base, changes = dict(tree.get("base") or {}), {**_grid(tree), **_named(tree)}
    if not changes:
        problems.append("{}: neither grid nor variants name anything to compare".format(where))
    configs = {}
    for name, change in changes.items():
        try:
            configs[name] = config_from_tree({**base, **change}, "{}: {}".format(where, name))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return configs


def folder_name(variant: str) -> str:
    """Return the name of the folder that a variant is trained in: one step, never upwards."""
    name = "".join(one if one.isalnum() or one in "=.,-'" else "_" for one in variant)
    return "_" + name if name.startswith(".") else name


def report(compared: Sequence[Compared], title: str) -> Page:
    """Return the page with the best epoch of each variant and the curves of all of them."""
    page = Page(title)
    page.heading("Best epoch of each variant, by val loss")
    best = {one.name: _best(one) for one in compared}
    columns = sorted({key for row in best.values() for key in row})
    page.table(
        ["variant", *columns],
        [[name, *(row.get(c, "") for c in columns)] for name, row in best.items()],
    )
    page.heading("Val over the epochs")
    for head, figure in CURVES:
        page.plot(curve(compared, head, figure), "{} {}".format(head, figure))
    return page


def curve(compared: Sequence[Compared], head: str, figure: str) -> bytes:
    """Return the plot of one figure on val over the epochs, a line a variant, as SVG."""
    drawn = []
    for one in compared:
        rows, key = _rows(one, head, figure)
        drawn.append(plots.Curve(one.name, [(row["epoch"] + 1, row[key]) for row in rows]))
    return plots.lines("{} {}".format(head, figure), ("epoch", figure), drawn)


def write(page: Page, compared: Sequence[Compared], folder: Path) -> Path:
    """Write the report and each curve as a file of its own; return the report's path."""
    for head, figure in CURVES:
        name = "{}_{}.svg".format(head, figure)
        (folder / name).write_bytes(curve(compared, head, figure))
    path = folder / "compare.html"
    path.write_text(page.text, encoding="utf-8")
    return path


def _grid(tree: Mapping[str, Any]) -> Dict[str, Dict[str, Any]]:
    grid = tree.get("grid") or {}
    lists = [value if isinstance(value, list) else [value] for value in grid.values()]
    found = {}
    for chosen in itertools.product(*lists) if grid else ():
        change = dict(zip(grid, chosen))
        found[" ".join("{}={}".format(*pair) for pair in change.items())] = change
    return found


def _named(tree: Mapping[str, Any]) -> Dict[str, Dict[str, Any]]:
    return {str(name): dict(change or {}) for name, change in (tree.get("variants") or {}).items()}


def _rows(one: Compared, head: str, figure: str) -> Tuple[Sequence[Row], str]:
    """A joint network names its figures by head; a network of its own does not."""
    if head in one.histories:
        return one.histories[head], "val_" + figure
    return one.histories["joint"], "val_{}_{}".format(head, figure)


def _best(one: Compared) -> Row:
    best: Row = {}
    for head, figure in CURVES:
        rows, key = _rows(one, head, figure)
        row = min(rows, key=lambda r: r["val_loss"])
        best["{} {}".format(head, figure)] = row[key]
        best.setdefault("{} epoch".format(head), int(row["epoch"]) + 1)
    return best
