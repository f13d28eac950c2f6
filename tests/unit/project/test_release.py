"""`make release` on a throw-away repository: what it writes, and what it refuses untouched."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Tuple

import pytest
import release
from support.checkout import TOP

CHANGELOG = """# Changelog

## [Unreleased]

### Added
- A light.

## [0.1.0] - 2026-01-01

### Added
- A button.
"""


def git(top: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    return subprocess.check_output(["git", "-C", str(top)] + settings + list(arguments)).decode()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with the files of a release, committed."""
    folder = tmp_path / "clone"
    for name in ("tools/release.py", "daemon/plantd/__init__.py", ".gitignore"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(TOP / name), str(folder / name))
    (folder / "daemon/plantd/__init__.py").write_text('"""plantd."""\n\n__version__ = "0.1.0"\n')
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet", str(folder))
    for key in ("name", "email"):
        git(folder, "config", "user." + key, "nobody")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "Begin")
    return folder


def run(top: Path, version: str) -> Tuple[int, str]:
    """Exit code and output of the tool, run as make runs it."""
    done = subprocess.run(
        [sys.executable, str(top / "tools" / "release.py"), version, "--date", "2026-06-01"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return done.returncode, done.stdout.decode()


def lines_of(top: Path) -> List[Dict[str, str]]:
    text = (top / "docs" / "measurements.csv").read_text(encoding="utf-8")
    return [dict(line) for line in csv.DictReader(text.splitlines())]


def measure(top: Path, commit: str) -> None:
    """Write what make bench-press writes."""
    figures = {"median": 31.25, "p95": 40.0, "p99": 50.0, "max": 60.0}
    report = {
        "commit": commit,
        "machine": "x86_64, 2 cores",
        "presses": 200,
        "latency_ms": {"total": figures, "overhead": dict(figures, median=9.96)},
        "with_model": [{"name": "service", "rss_mb": 100.4}, {"name": "camera", "rss_mb": 50.0}],
    }
    (top / "build" / "bench").mkdir(parents=True)
    (top / "build" / "bench" / "press.json").write_text(json.dumps(report))


def test_a_release_is_one_commit_with_a_tag(top: Path) -> None:
    code, text = run(top, "0.2.0")
    assert (code, "v0.2.0 is committed and tagged" in text) == (0, True)
    assert git(top, "log", "--format=%s").splitlines() == ["Release 0.2.0", "Begin"]
    assert git(top, "rev-parse", "v0.2.0^{commit}") == git(top, "rev-parse", "HEAD")
    assert git(top, "status", "--porcelain") == ""


def test_the_source_says_the_version(top: Path) -> None:
    run(top, "0.2.0")
    assert (top / "daemon/plantd/__init__.py").read_text().endswith('__version__ = "0.2.0"\n')


def test_what_was_unreleased_is_the_version_s(top: Path) -> None:
    run(top, "0.2.0")
    assert (top / "CHANGELOG.md").read_text() == CHANGELOG.replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-06-01\n"
    )


def test_what_was_measured_at_this_commit_is_the_line(top: Path) -> None:
    commit = git(top, "rev-parse", "HEAD").strip()
    measure(top, commit)
    run(top, "0.2.0")
    (line,) = lines_of(top)
    assert line == {
        "version": "0.2.0",
        "date": "2026-06-01",
        "commit": commit,
        "machine": "x86_64, 2 cores",
        "presses": "200",
        "total_median_ms": "31.2",
        "total_p95_ms": "40.0",
        "overhead_median_ms": "10.0",
        "rss_mb": "150",
    }


def test_what_was_measured_elsewhere_is_left_out_and_said(top: Path) -> None:
    measure(top, "0" * 40)
    code, text = run(top, "0.2.0")
    assert (code, "no figures" in text) == (0, True)
    (line,) = lines_of(top)
    assert {key: value for key, value in line.items() if value} == {
        "version": "0.2.0",
        "date": "2026-06-01",
    }


def test_each_release_has_its_line(top: Path) -> None:
    run(top, "0.2.0")
    log = top / "CHANGELOG.md"
    log.write_text(log.read_text().replace("[Unreleased]\n", "[Unreleased]\n\n- A lamp.\n"))
    git(top, "commit", "--quiet", "-am", "A lamp")
    run(top, "0.3.0")
    assert [line["version"] for line in lines_of(top)] == ["0.2.0", "0.3.0"]


@pytest.mark.parametrize(
    ("version", "said"),
    [("0.0.9", "not below 0.1.0"), ("two", "three numbers"), ("0.1.0", "a section 0.1.0 already")],
)
def test_a_version_that_cannot_be_is_refused(top: Path, version: str, said: str) -> None:
    refused(top, version, said)


def test_a_tree_that_is_not_clean_is_refused(top: Path) -> None:
    (top / "stray").write_text("")
    assert run(top, "0.2.0")[0] == 65
    assert "stray" in run(top, "0.2.0")[1]


def test_a_tag_that_is_there_is_refused(top: Path) -> None:
    git(top, "tag", "v0.2.0")
    refused(top, "0.2.0", "tag v0.2.0 is there already")


def test_nothing_to_release_is_refused(top: Path) -> None:
    (top / "CHANGELOG.md").write_text(CHANGELOG.replace("\n### Added\n- A light.\n", ""))
    git(top, "commit", "--quiet", "-am", "Nothing")
    refused(top, "0.2.0", "nothing stands below ## [Unreleased]")


def refused(top: Path, version: str, said: str) -> None:
    """Refused with these words, and nothing changed."""
    before = git(top, "rev-parse", "HEAD")
    code, text = run(top, version)
    assert (code, said in text) == (65, True), text
    assert git(top, "rev-parse", "HEAD") == before
    assert git(top, "status", "--porcelain") == ""


def test_this_checkout_s_own_changelog_can_be_released() -> None:
    text = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    # Right after a release nothing stands there yet: the next change does.
    text = text.replace(release.UNRELEASED, release.UNRELEASED + "\n- The next change.\n", 1)
    assert "\n## [999.0.0] - 2026-06-01\n" in release.released(text, "999.0.0", "2026-06-01")
