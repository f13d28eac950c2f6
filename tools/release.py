"""Makes a release of this checkout: version, changelog, measurements, commit and tag.

usage: release.py VERSION [--date YYYY-MM-DD]

How this works: everything is checked before anything is written. Then what [Unreleased] of
CHANGELOG.md holds becomes the version's section, daemon/plantd/__init__.py says the version,
docs/measurements.csv gets a line, and all of it is one commit with the tag vVERSION. Nothing is
pushed. The figures come from `make bench-press`, if it measured exactly the commit that is
released; they are left empty otherwise, and that is said.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

EX_OK, EX_USAGE, EX_DATAERR = 0, 64, 65
UNRELEASED = "## [Unreleased]\n"
VERSION = re.compile(r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")
SOURCE = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
COLUMNS = (
    "version date commit machine presses total_median_ms total_p95_ms overhead_median_ms rss_mb"
).split()


class Refused(Exception):
    """The release cannot be made; the message says why and what helps."""


class Checkout(NamedTuple):
    """The files of a checkout that a release touches."""

    top: Path

    @property
    def changelog(self) -> Path:
        """What changed, newest first."""
        return self.top / "CHANGELOG.md"

    @property
    def source(self) -> Path:
        """The module that says the version."""
        return self.top / "daemon" / "plantd" / "__init__.py"

    @property
    def measurements(self) -> Path:
        """One line a release."""
        return self.top / "docs" / "measurements.csv"

    @property
    def bench(self) -> Path:
        """What `make bench-press` measured last."""
        return self.top / "build" / "bench" / "press.json"

    def git(self, *arguments: str) -> str:
        """Return what git prints. Raises Refused with git's own words."""
        done = subprocess.run(
            ["git", "-C", str(self.top)] + list(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        text = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode != 0:
            raise Refused("git %s: %s" % (" ".join(arguments), text))
        return text


def numbers_of(version: str) -> Tuple[int, ...]:
    """Return (1, 2, 3) of "1.2.3". Raises Refused for anything else."""
    found = VERSION.match(version)
    if found is None:
        raise Refused("the version is %r; expected three numbers such as 1.2.3" % version)
    return tuple(int(number) for number in found.groups())


def check(checkout: Checkout, version: str) -> None:
    """Raise Refused unless this version can be released from this checkout as it is."""
    changes = checkout.git("status", "--porcelain")
    if changes:
        raise Refused("the tree is not clean; commit or remove first:\n%s" % changes)
    now = version_of(checkout)
    if numbers_of(version) < numbers_of(now):
        raise Refused("the version is %s; expected one not below %s" % (version, now))
    if checkout.git("tag", "--list", "v" + version):
        raise Refused("the tag v%s is there already; take a higher version" % version)
    released(checkout.changelog.read_text(encoding="utf-8"), version, "")


def version_of(checkout: Checkout) -> str:
    """Return the version that the source says now."""
    found = SOURCE.search(checkout.source.read_text(encoding="utf-8"))
    if found is None:
        raise Refused("%s: no line __version__ = ..." % checkout.source)
    return found.group(1)


def released(changelog: str, version: str, date: str) -> str:
    """Return the changelog with what was unreleased as a version's section, and a new empty one."""
    before, heading, after = changelog.partition(UNRELEASED)
    body, mark, older = after.partition("\n## [")
    if not heading or not body.strip():
        raise Refused("CHANGELOG.md: nothing stands below %s" % UNRELEASED.strip())
    if "\n## [%s]" % version in changelog:
        raise Refused("CHANGELOG.md: there is a section %s already" % version)
    section = "\n## [%s] - %s\n\n%s\n" % (version, date, body.strip())
    return before + heading + section + mark + older


def measured(bench: Path, commit: str) -> Dict[str, str]:
    """Return the figures of what was measured at this commit; nothing when none were."""
    try:
        report = json.loads(bench.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if report.get("commit") != commit:
        return {}
    total, overhead = report["latency_ms"]["total"], report["latency_ms"]["overhead"]
    return {
        "commit": commit,
        "machine": report["machine"],
        "presses": str(report["presses"]),
        "total_median_ms": "%.1f" % total["median"],
        "total_p95_ms": "%.1f" % total["p95"],
        "overhead_median_ms": "%.1f" % overhead["median"],
        "rss_mb": "%.0f" % sum(process["rss_mb"] for process in report["with_model"]),
    }


def append_line(path: Path, line: Dict[str, str]) -> None:
    """Append a release's line; a new file gets the columns first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, restval="", lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(line)


def release(checkout: Checkout, version: str, date: str) -> Dict[str, str]:
    """Write, commit and tag; return the line of measurements. Raises Refused before writing."""
    check(checkout, version)
    figures = measured(checkout.bench, checkout.git("rev-parse", "HEAD"))
    changelog = released(checkout.changelog.read_text(encoding="utf-8"), version, date)
    source = checkout.source.read_text(encoding="utf-8")
    checkout.changelog.write_text(changelog, encoding="utf-8")
    checkout.source.write_text(SOURCE.sub('__version__ = "%s"' % version, source), encoding="utf-8")
    line = dict(figures, version=version, date=date)
    append_line(checkout.measurements, line)
    written = [checkout.changelog, checkout.source, checkout.measurements]
    checkout.git("add", "--", *[str(path) for path in written])
    checkout.git("commit", "--quiet", "-m", "Release %s" % version)
    checkout.git("tag", "--annotate", "v" + version, "-m", "plantd " + version)
    return line


def main(arguments: List[str], top: Path) -> int:
    """Make the release; return the exit code, after sysexits.h."""
    parser = argparse.ArgumentParser(prog="make release", usage="make release VERSION=X.Y.Z")
    parser.add_argument("version")
    parser.add_argument("--date", default=datetime.now(timezone.utc).strftime("%Y-%m-%d"))
    options = parser.parse_args(arguments)
    try:
        line = release(Checkout(top), options.version, options.date)
    except Refused as error:
        sys.stderr.write("make release: %s\n" % error)
        return EX_DATAERR
    if "commit" not in line:
        print("no figures: make bench-press did not measure this commit; the line is left empty")
    print("v%s is committed and tagged here; git push --follow-tags publishes it" % options.version)
    return EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[1]))
