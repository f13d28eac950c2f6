"""A press's picture is encoded as soon as it may be the one that is kept."""

from pathlib import Path
from typing import Iterator

import numpy as np
import pytest
from support.dead_disk import stuck
from support.verdict_json import moment, verdict_json

from plantd import picture
from plantd.config import RecordConfig
from plantd.sinks.press_record import PressPictures, PressRecord
from plantd.sinks.record import Record
from plantd.sinks.recording.commit import Staged

LONG_ENOUGH_S = 20.0


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), moment) as opened:
        yield opened


def grey(level: int) -> np.ndarray:
    return np.full((32, 32, 3), level, np.uint8)


def staged_of(presses: PressRecord, pictures: PressPictures, pixels: np.ndarray) -> Staged:
    pictures.add(grey(0))
    return presses.stage(pictures, lambda: pixels)


def kept_level(record: Record, staged: Staged) -> float:
    """Return how bright the picture is that a press leaves."""
    assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
    return float(picture.decode(record.reader.picture(staged.seq)).mean())


def test_what_is_expected_is_encoded_before_it_is_staged(record: Record) -> None:
    presses, pixels = PressRecord(record, 90), grey(200)
    pictures = presses.begin()
    presses.expect(pictures, pixels)
    assert record.flush(LONG_ENOUGH_S)
    pixels[:] = 0
    kept = kept_level(record, staged_of(presses, pictures, pixels))
    assert kept == pytest.approx(200, abs=2)


def test_a_press_keeps_its_own_picture_whatever_was_expected(record: Record) -> None:
    presses = PressRecord(record, 90)
    pictures = presses.begin()
    presses.expect(pictures, grey(200))
    staged = staged_of(presses, pictures, grey(50))
    assert kept_level(record, staged) == pytest.approx(50, abs=2)
    staged = staged_of(presses, presses.begin(), grey(90))
    assert kept_level(record, staged) == pytest.approx(90, abs=2)


def test_what_is_expected_no_more_is_not_encoded(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded, encode_jpeg = [], picture.encode_jpeg
    monkeypatch.setattr(
        picture, "encode_jpeg", lambda *asked: encoded.append(asked[0]) or encode_jpeg(*asked)
    )
    presses, busy = PressRecord(record, 90), stuck(record)
    pictures, earlier, later = presses.begin(), grey(200), grey(50)
    for pixels in (earlier, later):
        presses.expect(pictures, pixels)
    busy.set()
    assert record.flush(LONG_ENOUGH_S)
    assert [pixels is later for pixels in encoded] == [True]
    assert kept_level(record, staged_of(presses, pictures, later)) == pytest.approx(50, abs=2)
    assert len(encoded) == 1


def test_the_inputs_of_a_burst_are_encoded_as_they_come(record: Record) -> None:
    presses = PressRecord(record, 90)
    pictures, inputs = presses.begin(), [grey(level) for level in (10, 20, 30)]
    for resized in inputs[:2]:
        pictures.add(resized)
        presses.expect(pictures, grey(200))
        assert record.flush(LONG_ENOUGH_S)
        resized[:] = 0
    pictures.add(inputs[2])
    staged = presses.stage(pictures, lambda: grey(200))
    assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
    kept = picture.decode(record.reader.tensor_picture(staged.seq))
    expected = np.concatenate([grey(level) for level in (10, 20, 30)])
    np.testing.assert_array_equal(kept, expected)


def test_a_bug_in_what_is_done_ahead_costs_no_verdict(record: Record) -> None:
    def bug() -> None:
        raise ZeroDivisionError("a bug")

    record.ahead(bug)
    presses = PressRecord(record, 90)
    staged = staged_of(presses, presses.begin(), grey(70))
    assert kept_level(record, staged) == pytest.approx(70, abs=2)
