"""A press's picture is encoded as soon as it may be the one that is kept."""

import threading
from functools import partial
from pathlib import Path
from typing import Iterator

import numpy as np
import pytest
from support.verdict_json import moment, verdict_json

from plantd import picture
from plantd.config import RecordConfig
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record

LONG_ENOUGH_S = 20.0


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record(str(tmp_path), RecordConfig(reserve_mb=0), moment) as opened:
        yield opened


def grey(level: int) -> np.ndarray:
    return np.full((32, 32, 3), level, np.uint8)


def kept_level(record: Record, pixels: np.ndarray, presses: PressRecord) -> float:
    """Return how bright the picture is that a press with these pixels leaves."""
    staged = presses.stage(pixels, grey(0))
    assert record.commit_staged(verdict_json(staged.seq), staged).wait(LONG_ENOUGH_S)
    return float(picture.decode(record.reader.picture(staged.seq)).mean())


def test_what_is_expected_is_encoded_before_it_is_staged(record: Record) -> None:
    presses, pixels = PressRecord(record, 90), grey(200)
    presses.expect(pixels)
    assert record.flush(LONG_ENOUGH_S)
    pixels[:] = 0
    assert kept_level(record, pixels, presses) == pytest.approx(200, abs=2)


def test_a_press_keeps_its_own_picture_whatever_was_expected(record: Record) -> None:
    presses = PressRecord(record, 90)
    presses.expect(grey(200))
    assert kept_level(record, grey(50), presses) == pytest.approx(50, abs=2)
    assert kept_level(record, grey(90), presses) == pytest.approx(90, abs=2)


def test_what_is_expected_no_more_is_not_encoded(record: Record) -> None:
    presses, busy = PressRecord(record, 90), threading.Event()
    record.ahead(partial(busy.wait, LONG_ENOUGH_S))
    earlier, later = presses.expect(grey(200)), presses.expect(grey(50))
    busy.set()
    assert record.flush(LONG_ENOUGH_S)
    assert (earlier.done, later.done) == (False, True)


def test_a_bug_in_what_is_done_ahead_costs_no_verdict(record: Record) -> None:
    def bug() -> None:
        raise ZeroDivisionError("a bug")

    record.ahead(bug)
    assert kept_level(record, grey(70), PressRecord(record, 90)) == pytest.approx(70, abs=2)
