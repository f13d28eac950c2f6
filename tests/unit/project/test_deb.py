"""The changelog of the Debian package, made from CHANGELOG.md."""

import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
from deb import changelog

AT = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
TEXT = """# Changelog

## [Unreleased]

### Changed
- One thing, said over
  two lines, with `code`.
- Another.

## [0.2.0] - 2026-05-01

### Fixed
- A third.
"""


def test_a_release_is_packaged_under_its_own_version() -> None:
    assert changelog.packaged(TEXT, "0.2.0", AT, "") == "0.2.0"


def test_what_comes_after_a_release_sorts_after_it() -> None:
    assert changelog.packaged(TEXT, "0.2.0", AT, "abc1234") == "0.2.0+git20260601T1200.abc1234"


def test_what_comes_before_the_first_release_sorts_before_it() -> None:
    assert changelog.packaged(TEXT, "0.3.0", AT, "abc1234") == "0.3.0~git20260601T1200.abc1234"


def test_each_section_is_an_entry_and_each_item_a_change() -> None:
    first, second = changelog.entries(TEXT, "0.2.0", AT, "abc1234")
    assert first.changes == [
        "Changed: One thing, said over two lines, with `code`.",
        "Changed: Another.",
    ]
    assert (second.version, second.changes) == ("0.2.0", ["Fixed: A third."])


def test_a_release_has_no_entry_of_what_is_unreleased() -> None:
    assert [entry.version for entry in changelog.entries(TEXT, "0.2.0", AT, "")] == ["0.2.0"]


def test_nothing_unreleased_is_said_to_be_nothing() -> None:
    empty = "## [Unreleased]\n"
    (entry,) = changelog.entries(empty, "0.1.0", AT, "abc1234")
    assert entry.changes == ["Nothing that a user would notice."]


def test_dpkg_reads_it(tmp_path: Path) -> None:
    if shutil.which("dpkg-parsechangelog") is None:
        pytest.skip("dpkg-parsechangelog is not here: it comes with dpkg-dev")
    written = tmp_path / "changelog"
    entries = changelog.entries(TEXT, "0.2.0", AT, "abc1234")
    written.write_text("\n".join(changelog.written(entry) for entry in entries))
    command = ["dpkg-parsechangelog", "--file", str(written), "--all", "--format", "rfc822"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stderr == b""
    versions = [line for line in done.stdout.decode().splitlines() if line.startswith("Version:")]
    assert versions == ["Version: 0.2.0+git20260601T1200.abc1234", "Version: 0.2.0"]
