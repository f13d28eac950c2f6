"""Input event records, and a device that comes and goes."""

import os
import time
from pathlib import Path
from typing import Iterator

import pytest
from support.hands import KEY_ENTER, PipeHand, UinputHand

from plantd.button.debounce import DebounceSettings
from plantd.button.debounced import DebouncedButton
from plantd.button.input_device import AUTOREPEAT, EV_KEY, EVENT, PRESS, RELEASE, EvdevLine
from plantd.button.line import LineReading
from plantd.errors import ButtonError

EV_MSC, EV_SYN, SYN_DROPPED = 4, 0, 3


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[PipeHand]:
    found = PipeHand(tmp_path)
    yield found
    found.close()


def opened(path: Path, key: "int | None" = None) -> EvdevLine:
    line = EvdevLine(str(path), key)
    assert line.open() is False
    return line


def test_a_key_goes_down_and_up(hand: PipeHand, tmp_path: Path) -> None:
    line = opened(tmp_path / "event0")
    hand.press()
    hand.release()
    assert line.look() == LineReading(
        [True, False], ages_s=[0.0, 0.0]
    )  # a pipe's stamps are anybody's
    assert line.look() == LineReading([], ages_s=[])
    line.close()


@pytest.mark.skipif(not os.access("/dev/uinput", os.W_OK), reason="no /dev/uinput: see make vm")
def test_a_real_device_tells_how_long_ago_a_key_went_down_and_up() -> None:
    hand = UinputHand()
    line = hand.line()
    try:
        assert line.open() is False
        began = time.monotonic()
        hand.press()
        hand.release()
        seen = line.look()
        assert seen.levels == [True, False]
        assert all(0.0 <= age_s <= time.monotonic() - began + 0.01 for age_s in seen.ages_s)
    finally:
        line.close()
        hand.close()


def test_autorepeat_and_other_events_are_nothing(hand: PipeHand, tmp_path: Path) -> None:
    line = opened(tmp_path / "event0")
    hand.press()
    for _ in range(3):
        hand.send(EV_KEY, KEY_ENTER, AUTOREPEAT)
        hand.send(EV_MSC, 4, 28)
    assert line.look().levels == [True]
    line.close()


def test_any_key_counts_until_the_last_is_released(hand: PipeHand, tmp_path: Path) -> None:
    line = opened(tmp_path / "event0")
    for code, value in [(30, PRESS), (31, PRESS), (30, RELEASE), (31, RELEASE)]:
        hand.send(EV_KEY, code, value)
    assert line.look().levels == [True, True, True, False]
    line.close()


def test_only_the_configured_key_counts(hand: PipeHand, tmp_path: Path) -> None:
    line = opened(tmp_path / "event0", key=28)
    hand.send(EV_KEY, 30, PRESS)
    hand.send(EV_KEY, 28, PRESS)
    assert line.look().levels == [True]
    line.close()


def test_records_cut_in_two_are_joined(hand: PipeHand, tmp_path: Path) -> None:
    line = opened(tmp_path / "event0")
    record = EVENT.pack(0, 0, EV_KEY, KEY_ENTER, PRESS)
    with open(str(tmp_path / "event0"), "wb", buffering=0) as pipe:
        pipe.write(record[:7])
        assert line.look().levels == []
        pipe.write(record[7:])
        assert line.look().levels == [True]
    line.close()


def test_what_was_down_is_asked_again_when_the_kernel_dropped_events(
    hand: PipeHand, tmp_path: Path
) -> None:
    line = opened(tmp_path / "event0")
    hand.press()
    hand.send(EV_SYN, SYN_DROPPED, 0)
    assert line.look().levels == [True, False]  # a pipe says: nothing is down
    line.close()


def test_a_button_unplugged_is_a_fault_and_is_found_again(tmp_path: Path) -> None:
    hand = PipeHand(tmp_path)
    with DebouncedButton(hand.line(), DebounceSettings(stable_s=0.01)) as button:
        assert button.wait(0.05) is None
        hand.close()
        os.unlink(str(tmp_path / "event0"))
        assert button.wait(0.05) is None
        assert "is gone" in button.status().detail
        assert button.wait(1.2) is None
        assert "No such file or directory" in button.status().detail

        hand = PipeHand(tmp_path)
        until = time.monotonic() + 10.0
        while not button.status().ok and time.monotonic() < until:
            assert button.wait(0.1) is None
        assert button.status().ok
        assert button.wait(0.05) is None
        hand.press()
        assert button.wait(10.0) is not None
    hand.close()


def test_a_device_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ButtonError, match=r"event9 cannot be opened: No such file.*by-id"):
        EvdevLine(str(tmp_path / "event9")).open()


def test_a_file_that_is_no_input_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ButtonError, match="not an input device"):
        EvdevLine(str(tmp_path / "file")).open()
