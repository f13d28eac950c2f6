"""The log of every use of the test photographs: each one makes the next less worth."""

import csv
from pathlib import Path
from typing import List, NamedTuple

from plantd.errors import UsageError

HEADER = ("date", "model", "saw")


class TestSetUse(NamedTuple):
    """One use of the test photographs: when, of which model, and what came out."""

    date: str
    model: str
    result: str


def read_log(path: Path) -> List[TestSetUse]:
    """Return the uses that a CSV file lists, oldest first; none when there is no file yet.

    Raises UsageError for a file that is no such list: nothing is added to it then.
    """
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [TestSetUse(*(row[name] for name in HEADER)) for row in csv.DictReader(lines)]
    except (UnicodeDecodeError, csv.Error, KeyError) as error:
        raise UsageError(
            "{} is not a log of uses of the test photographs ({!r}); expected columns {}".format(
                path, error, ", ".join(HEADER)
            )
        ) from error


def log_use(path: Path, use: TestSetUse) -> List[TestSetUse]:
    """Add a use to the file and return all; a model with the same result again is no new one."""
    uses = read_log(path)
    if any(old[1:] == use[1:] for old in uses):
        return uses
    with path.open("a", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        if not uses:
            writer.writerow(HEADER)
        writer.writerow(use)
    return [*uses, use]
