"""The list of a calibration set: what is wrong with it is said before anything is built."""

import pytest
from support import calibration_sets

from plantd.errors import EX_DATAERR
from plantd_engines.calibration import calibration_set
from plantd_engines.calibration.calibration_set import CalibrationError

GRAPH = "a" * 64


@pytest.fixture
def folder(tmp_path):
    return calibration_sets.make(str(tmp_path / "set"), GRAPH, judging=3)


def test_a_set_is_read_in_its_order(folder):
    found = calibration_set.read(folder, GRAPH)
    assert [each.file for each in found.calibrate] == [
        "c0.png",
        "c1.png",
        "c2.png",
        "c3.png",
        "c4.png",
    ]
    assert [each.picture.file for each in found.judge] == ["j0.png", "j1.png", "j2.png"]
    assert found.digest == calibration_set.digest_of(folder)
    calibration_set.check_pictures(found)


def test_every_picture_counts_in_the_digest(folder):
    before = calibration_set.digest_of(folder)
    calibration_sets.replace_picture(folder, 4, b"another")
    assert calibration_set.digest_of(folder) != before


@pytest.mark.parametrize("name", ["c0.png", "j2.png"])
def test_a_picture_that_is_missing_is_an_error(name, folder, tmp_path):
    (tmp_path / "set" / name).unlink()
    with pytest.raises(CalibrationError, match=name + r" cannot be read \(No such file"):
        calibration_set.check_pictures(calibration_set.read(folder, GRAPH))


def test_another_picture_than_listed_is_an_error(folder, tmp_path):
    (tmp_path / "set" / "j1.png").write_bytes(b"another")
    with pytest.raises(CalibrationError, match=r"j1\.png has sha256 .*lists"):
        calibration_set.check_pictures(calibration_set.read(folder, GRAPH))


def test_without_a_list_there_is_no_set(tmp_path):
    with pytest.raises(CalibrationError, match=r"calibration\.json cannot be read") as caught:
        calibration_set.read(str(tmp_path), GRAPH)
    assert caught.value.exit_code == EX_DATAERR
    with pytest.raises(CalibrationError):
        calibration_set.digest_of(str(tmp_path))


def changed(tree, **changes):
    return dict(tree, **changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tree: changed(tree, schema=2), "schema 2; expected 1"),
        (lambda tree: changed(tree, calibrate=[]), "calibrate lists no picture"),
        (lambda tree: changed(tree, judge=[]), "judge lists no picture"),
        (lambda tree: changed(tree, calibrate=tree["calibrate"][:1] * 2), "lists a picture twice"),
        (
            lambda tree: changed(tree, calibrate=tree["calibrate"] + tree["judge"][:2]),
            "2 pictures judge what they calibrated",
        ),
        (
            lambda tree: changed(tree, calibrate=[{"file": "../leaf.png", "sha256": "0"}]),
            "lies outside",
        ),
        (
            lambda tree: changed(tree, calibrate=[{"file": "/leaf.png", "sha256": "0"}]),
            "lies outside",
        ),
        (lambda tree: changed(tree, judge=[{"file": "j0.png"}]), "'poison'"),
        (lambda tree: [tree], "list indices"),
        (lambda tree: {}, "'schema'"),
    ],
)
def test_a_list_that_is_none_is_refused_with_what_makes_one(change, told, folder):
    calibration_sets.write_list(folder, change(calibration_sets.tree_in(folder)))
    with pytest.raises(CalibrationError, match=told) as caught:
        calibration_set.read(folder, GRAPH)
    assert "plantd-calibrate inputs" in str(caught.value)


@pytest.mark.parametrize("said", [b"\xff{", b"[" * 100000])
def test_a_list_that_is_no_json_is_refused(folder, tmp_path, said):
    (tmp_path / "set" / "calibration.json").write_bytes(said)
    with pytest.raises(CalibrationError, match="is not a list of a calibration set"):
        calibration_set.read(folder, GRAPH)


def test_a_set_of_another_graph_is_refused(folder):
    with pytest.raises(CalibrationError, match="the bundle has bbbbbbbbbbbb"):
        calibration_set.read(folder, "b" * 64)
