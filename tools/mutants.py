"""Sums a mutation run and holds survivors against those that are explained: MODULE CACHE DIFFS.

A survivor is a change of the code that no unit test notices. tests/mutants.txt explains those that
change nothing that matters: one line each, `MODULE: the changed line -- why`.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import List

EXPLAINED = Path("tests/mutants.txt")


def survivors(diffs: str) -> List[str]:
    """Return the new line of each change in a file of diffs."""
    return [
        line[1:].strip()
        for line in diffs.splitlines()
        if line.startswith("+") and not line.startswith("+++")
    ]


def explained(module: str) -> List[str]:
    """Return the changed lines that are explained."""
    found = []
    for line in EXPLAINED.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition(": ")
        if name == module:
            found.append(rest.partition(" -- ")[0].strip())
    return found


def main() -> int:
    """Print the sum; 1 for a survivor that nobody explained."""
    module, cache, diffs = sys.argv[1:]
    with closing(sqlite3.connect(cache)) as db:
        counts = dict(db.execute("SELECT status, count(*) FROM Mutant GROUP BY status").fetchall())
    left = survivors(Path(diffs).read_text(encoding="utf-8"))
    known = explained(module)
    strangers = [line for line in left if line not in known]
    untested = counts.get("untested", 0)
    sys.stdout.write(
        "{}: {} mutants, {} survived, {} of them explained, {} not tried\n".format(
            module, sum(counts.values()), len(left), len(left) - len(strangers), untested
        )
    )
    for line in strangers:
        sys.stdout.write("  {}: {}\n".format(module, line))
    return 1 if strangers or untested else 0


if __name__ == "__main__":
    sys.exit(main())
