"""What a workstation is given is read, or refused in a sentence."""

from pathlib import Path

from campaigns.campaign import Budget, run
from campaigns.readers import workstation


def test_spoilt_files_for_a_workstation_are_read_or_refused(tmp_path: Path) -> None:
    summary = run("workstation", workstation, Budget(2), tmp_path)
    assert summary.findings == []
    assert summary.counts["labels read"] > 0
