"""Each campaign a few times, with every run of the tests; `make campaigns` runs them for long."""

from pathlib import Path
from typing import Dict

import pytest

from campaigns.campaign import Budget, run
from campaigns.harm import ALL

ROUNDS = {"kills": 2, "taken_away": 5, "pictures": 20, "bundles": 20, "archives": 40, "clocks": 2}


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
    assert summary.findings == ["seed 7: ValueError('lost')", "seed 8: ValueError('lost')"]
    summary.write(tmp_path / "out")
    assert "seed 7" in (tmp_path / "out/bad.json").read_text()
