"""Tables that fit 80 columns. Pure."""

from typing import List, Sequence

from plantd.system.terminal import WIDTH

GAP = "  "
DOTS = "~"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), give: int = 0
) -> List[str]:
    """Return a table's lines, none longer than 80 columns.

    Args:
        right: columns that are aligned to the right.
        give: the column that is cut where the table would be too wide.
    """
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    too_wide = sum(widths) + len(GAP) * (len(widths) - 1) - WIDTH
    if too_wide > 0:
        widths[give] = max(len(DOTS), widths[give] - too_wide)
    return [_row(row, widths, right) for row in [head, *rows]]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    fitted = []
    for column, (cell, width) in enumerate(zip(cells, widths)):
        text = cut(cell, width)
        fitted.append(text.rjust(width) if column in right else text.ljust(width))
    return GAP.join(fitted).rstrip()


def cut(text: str, width: int) -> str:
    """Return the text in at most `width` columns, marked with `~` where something is missing."""
    return text if len(text) <= width else text[: width - len(DOTS)] + DOTS
