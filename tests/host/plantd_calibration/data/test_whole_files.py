"""Whoever writes a file, and however often it is tried: what has the name is whole."""

import pytest

from plantd_calibration.data.whole_files import remove_parts, replacing


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "weights.npz"
    with replacing(path) as first:
        first.write_bytes(b"one tr")
        with replacing(path) as second:
            second.write_bytes(b"another try")
        assert path.read_bytes() == b"another try"
        first.write_bytes(b"one try")
    assert path.read_bytes() == b"one try"
    assert [one.name for one in tmp_path.iterdir()] == ["weights.npz"]


def test_what_fails_leaves_the_file_of_before_and_nothing_else(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(b"before")
    with pytest.raises(FileNotFoundError), replacing(path) as unfinished:
        unfinished.write_bytes((tmp_path / "nothing").read_bytes())
    assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_killed_writers_left_goes_when_the_work_is_done(tmp_path):
    kept = tmp_path / "weights.npz"
    kept.write_bytes(b"whole")
    with replacing(tmp_path / "state.npz") as left:
        left.write_bytes(b"half")
        remove_parts(tmp_path)
        assert not left.exists()
        left.write_bytes(b"half again")
    assert kept.read_bytes() == b"whole"
