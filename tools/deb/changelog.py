"""Writes debian/changelog from CHANGELOG.md, and says which version is packaged.

usage: changelog.py CHANGELOG.md VERSION DATE_S REVISION > debian/changelog
       changelog.py --version CHANGELOG.md VERSION DATE_S REVISION     prints the version alone

VERSION is the source's, DATE_S the time of the packaged commit (seconds since 1970), REVISION its
short hash, or empty where the commit is the release. What is packaged between releases sorts after
the last one: 0.2.0+git20260601T1200.abc1234; before the first one, below it: 0.1.0~git...
"""

import re
import sys
import textwrap
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Iterator, List, NamedTuple, Tuple

MAINTAINER = "plantd maintainers <plantd@localhost>"
SECTION = re.compile(r"^## \[([^\]]+)\](?: - (\S+))?$", re.MULTILINE)
WIDTH = 78


class Entry(NamedTuple):
    """One version: its changes in sentences, and when it was."""

    version: str
    changes: List[str]
    at: datetime


def sections(changelog: str) -> Iterator[Tuple[str, str, str]]:
    """Yield (name, date, text) of each section; the date of [Unreleased] is empty."""
    marks = list(SECTION.finditer(changelog))
    ends = [mark.start() for mark in marks[1:]] + [len(changelog)]
    for mark, end in zip(marks, ends):
        yield mark.group(1), mark.group(2) or "", changelog[mark.end() : end]


def changes_in(text: str) -> List[str]:
    """Return the list items of a section, each on one line, below their heading's name."""
    found: List[str] = []
    kind = ""
    for line in text.splitlines():
        if line.startswith("### "):
            kind = line[4:].strip()
        elif line.startswith("- "):
            found.append("{}: {}".format(kind, line[2:].strip()) if kind else line[2:].strip())
        elif line.strip() and found:
            found[-1] += " " + line.strip()
    return found


def packaged(changelog: str, version: str, at: datetime, revision: str) -> str:
    """Return the version of the package."""
    if not revision:
        return version
    is_released = any(name == version for name, _, _ in sections(changelog))
    sign = "+" if is_released else "~"
    return "{}{}git{:%Y%m%dT%H%M}.{}".format(version, sign, at, revision)


def entries(changelog: str, version: str, at: datetime, revision: str) -> Iterator[Entry]:
    """Yield the versions, newest first; the packaged one is there even without a change."""
    for name, date, text in sections(changelog):
        if date:
            day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc)
            yield Entry(name, changes_in(text), day)
        elif revision:
            changes = changes_in(text) or ["Nothing that a user would notice."]
            yield Entry(packaged(changelog, version, at, revision), changes, at)


def written(entry: Entry) -> str:
    """Return an entry as dpkg reads it."""
    lines = [
        textwrap.fill(
            change.replace("`", ""),
            WIDTH,
            initial_indent="  * ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for change in entry.changes
    ]
    head = "plantd ({}) unstable; urgency=medium".format(entry.version)
    foot = " -- {}  {}".format(MAINTAINER, format_datetime(entry.at))
    return "{}\n\n{}\n\n{}\n".format(head, "\n".join(lines), foot)


def main(argv: List[str]) -> int:
    """Write to standard output; return the exit code."""
    only_version = argv[0] == "--version"
    path, version, date_s, revision = argv[only_version:]
    with open(path, encoding="utf-8") as source:
        text = source.read()
    at = datetime.fromtimestamp(int(date_s), timezone.utc)
    if only_version:
        print(packaged(text, version, at, revision))
    else:
        print("\n".join(written(entry) for entry in entries(text, version, at, revision)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
