"""Which photographs a model learned from and was tuned on, so that figures on them can be marked.

A photograph is known again by its mark, the beginning of its file's sha256.
"""

import re
from typing import Any, List, NamedTuple, Tuple

from plantd.tree_reader import Tree, TreeReader

LEARNED, TUNED = "learned", "tuned"
USES = (LEARNED, TUNED)
# Hexadecimal digits of a mark: among ten thousand photographs two share one once in 80 lists.
MARK_DIGITS = 8
MARKS_A_LINE = 10
WHERE = "photographs"
MANY = 10**9


class PhotographSet(NamedTuple):
    """Photographs that a model learned from, or whose readings its thresholds were chosen on.

    Attributes:
        name: such as train.
        use: learned or tuned.
        n: how many.
        fingerprint: sha256 over the list of them.
        marks: of each, one after another; empty where learned sets have them all.
    """

    name: str
    use: str
    n: int
    fingerprint: str
    marks: str


def marks_of(sets: Tuple[PhotographSet, ...], use: str) -> Tuple[str, ...]:
    """Return the marks of every photograph with this use."""
    return tuple(
        each.marks[place : place + MARK_DIGITS]
        for each in sets
        if each.use == use
        for place in range(0, len(each.marks), MARK_DIGITS)
    )


def photographs_from_tree(reader: TreeReader, tree: Any) -> Tuple[PhotographSet, ...]:
    """Return the sets; their problems are the reader's."""
    if not isinstance(tree, list):
        reader.say(WHERE, tree, "a list of sets of photographs")
        return ()
    return tuple(_set(reader, each, index) for index, each in enumerate(tree))


def tree_from_photographs(sets: Tuple[PhotographSet, ...]) -> Any:
    """Return the sets as plain dictionaries."""
    return [dict(each._asdict(), marks=_lines(each.marks)) for each in sets]


def _lines(marks: str) -> List[str]:
    """A manifest has no words of thousands of letters."""
    size = MARK_DIGITS * MARKS_A_LINE
    return [marks[place : place + size] for place in range(0, len(marks), size)]


def _set(reader: TreeReader, tree: Any, index: int) -> PhotographSet:
    name = "{}[{}]".format(WHERE, index)
    section, where = reader.section(tree, name), name + "."
    reader.known(section, PhotographSet._fields, where)
    found = PhotographSet(
        name=reader.text(section, "name", where),
        use=reader.choice(section, "use", USES, where),
        n=reader.number(section, "n", 0, MANY, where, kind=int),
        fingerprint=reader.text(section, "fingerprint", where),
        marks=_marks(section),
    )
    sizes = (MARK_DIGITS * found.n,) if found.use == LEARNED else (0, MARK_DIGITS * found.n)
    if len(found.marks) not in sizes or re.search("[^0-9a-f]", found.marks):
        told = "{} marks of {} hexadecimal digits".format(found.n, MARK_DIGITS)
        reader.say(where + "marks", found.marks[:20], told)
    return found


def _marks(section: Tree) -> str:
    lines = section.get("marks")
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
