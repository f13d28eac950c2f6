"""A training goes on from what its checkpoint says, whoever else is writing it."""

import json

import numpy as np
import pytest

from plantd_training.runtime import checkpoint


def state(value):
    return {"learner": [np.full(3, value, np.float32)], "mean": [np.full(2, -value)]}


def rows(count):
    return [{"epoch": epoch, "loss": 1.0 / (epoch + 1)} for epoch in range(count)]


def resumed(folder):
    groups = state(0.0)
    found = checkpoint.resume(folder, groups)
    return len(found.history), float(groups["learner"][0][0]), float(groups["mean"][0][0])


def test_nothing_is_begun_in_an_empty_folder(tmp_path):
    assert not checkpoint.begun(tmp_path)
    assert resumed(tmp_path) == (0, 0.0, 0.0)


def test_it_goes_on_after_the_last_epoch_with_its_figures_and_notes(tmp_path):
    checkpoint.keep(tmp_path, state(1.0), rows(1))
    checkpoint.keep(tmp_path, state(2.0), rows(2), {"best": 1})
    assert resumed(tmp_path) == (2, 2.0, -2.0)
    assert checkpoint.resume(tmp_path, state(0.0)).notes == {"best": 1}
    assert (tmp_path / "history.csv").read_text() == "epoch,loss\n0,1.0\n1,0.5\n"
    assert {one.name for one in tmp_path.iterdir()} == {"state.npz", "history.csv"}


def test_a_try_that_lags_behind_another_one_never_leaves_a_checkpoint_without_its_state(tmp_path):
    """Whichever of two overlapping tries writes last, what it wrote can be resumed."""
    for epochs in (5, 3, 6, 4):
        checkpoint.keep(tmp_path, state(float(epochs)), rows(epochs))
        assert resumed(tmp_path) == (epochs, float(epochs), -float(epochs))


def test_a_kill_while_a_state_is_written_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoint.keep(tmp_path, state(1.0), rows(1))

    def killed(path, **arrays):
        path.write_bytes(b"PK half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.keep(tmp_path, state(2.0), rows(2))
    assert resumed(tmp_path) == (1, 1.0, -1.0)


def test_a_training_that_an_older_version_began_goes_on(tmp_path):
    arrays = {"learner/0": np.full(3, 7.0, np.float32), "mean/0": np.full(2, 8.0)}
    np.savez(tmp_path / "state_0002.npz", **arrays)
    told = {"state": "state_0002.npz", "history": rows(2), "notes": {}}
    (tmp_path / "progress.json").write_text(json.dumps(told))
    assert checkpoint.begun(tmp_path)
    assert resumed(tmp_path) == (2, 7.0, 8.0)
    checkpoint.keep(tmp_path, state(3.0), rows(3))
    assert resumed(tmp_path) == (3, 3.0, -3.0)
    assert {one.name for one in tmp_path.iterdir()} == {"state.npz", "history.csv"}
