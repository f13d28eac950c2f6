"""Each campaign a few times, with every run of the tests; `make campaigns` runs them for long."""

from pathlib import Path
from typing import Dict, List

import pytest

from campaigns.campaign import Budget, run
from campaigns.harm import ALL

ROUNDS = {
    "kills": 2,
    "taken_away": 5,
    "pictures": 20,
    "bundles": 20,
    "archives": 40,
    "clocks": 2,
    "write_points": 4,
    "disks": 2,
    "failing_disks": 2,
    "devices": 3,
    "hung_engine": 2,
    "decoder": 1,
    "readers": 2,
    "workstation": 2,
    "clients": 1,
    "memory": 1,
    "presses": 1,
}


@pytest.mark.parametrize("name", ALL)
def test_a_campaign_finds_nothing(name: str, tmp_path: Path) -> None:
    summary = run(name, ALL[name], Budget(ROUNDS[name]), tmp_path)
    assert summary.findings == []
    assert summary.rounds == ROUNDS[name]
    assert sum(summary.counts.values()) > 0


def test_what_goes_wrong_is_a_finding_with_its_seed(tmp_path: Path) -> None:
    def harm(_chance: object, _folder: Path) -> Dict[str, int]:
        raise ValueError("lost")

    summary = run("bad", harm, Budget(2), tmp_path, seed=7)
    lost = repr(ValueError("lost"))  # Python 3.6 writes a comma into it.
    assert summary.findings == ["seed 7: " + lost, "seed 8: " + lost]
    summary.write(tmp_path / "out")
    assert "seed 7" in (tmp_path / "out/bad.json").read_text()


def test_a_long_run_tells_what_it_saw_before_it_ends(tmp_path: Path) -> None:
    told: List[int] = []
    run(
        "good",
        lambda chance, folder: {"n": 1},
        Budget(3),
        tmp_path,
        told=lambda summary: told.append(summary.rounds),
        told_every_s=0.0,
    )
    assert told == [1, 2, 3]
