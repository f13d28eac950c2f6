"""`plantd-calibrate near`: pictures beside the thresholds; the rest of the bundle stays."""

from pathlib import Path

import numpy as np
from support import tiny_bundle

from plantd import bundle
from plantd_calibration.cli import main


def test_near_draws_pictures_and_changes_nothing_else(tmp_path: Path, capsys) -> None:
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    before = bundle.load(path)
    assert before.near is None
    assert main(["near", "--bundle", path]) == 0
    after = bundle.load(path)
    assert after.near is not None
    assert len(after.near.pictures) >= 2
    assert "{} pictures beside".format(len(after.near.pictures)) in capsys.readouterr().out
    for name, values in before.golden._asdict().items():
        assert np.array_equal(values, getattr(after.golden, name))
    kept = before.manifest._replace(files=after.manifest.files)
    assert repr(kept) == repr(after.manifest)
    assert (Path(path) / "card.md").read_text() == "# A tiny model for tests\n"


def test_drawn_twice_they_are_the_same(tmp_path: Path) -> None:
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    main(["near", "--bundle", path])
    first = bundle.load(path).near
    main(["near", "--bundle", path])
    second = bundle.load(path).near
    assert first is not None
    assert second is not None
    assert np.array_equal(first.pictures, second.pictures)
