"""A disk whose writes fail for a while below the record and the log, on this machine's kernel."""

from pathlib import Path

import machine
import pytest
from campaigns.campaign import Budget, run
from campaigns.failing_disks import failing_disks

ROUNDS = 6


def test_a_disk_that_fails_for_a_while_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    try:
        seen = run("failing_disks", failing_disks, Budget(ROUNDS), tmp_path)
    except pytest.skip.Exception as why:
        pytest.fail("not tried: {}".format(why))
    machine.say(seen.line())
    assert seen.findings == []
    assert seen.counts["failed and told"]
    assert seen.counts["well again by itself"]
    assert seen.counts["read-only until mounted again"]
