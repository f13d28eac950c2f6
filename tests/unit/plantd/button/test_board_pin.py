"""The wrapper of Jetson.GPIO, over a stand-in for the library: no board was there."""

import pytest
from support.hands import JetsonHand

from plantd.button.board_pin import JetsonLine
from plantd.button.debounce import DebounceSettings
from plantd.errors import ButtonError


def test_a_pin_that_cannot_be_set_up_is_one_sentence() -> None:
    hand = JetsonHand()
    hand.gpio.fails = "channel is invalid"
    with pytest.raises(ButtonError, match=r"BOARD pin 18 cannot be read.*channel is invalid"):
        hand.line().open()


def test_a_pin_that_fails_later_is_a_fault_and_works_again() -> None:
    hand = JetsonHand()
    with hand.button(DebounceSettings(stable_s=0.01)) as button:
        assert button.wait(0.05) is None
        hand.gpio.fails = "the chip is gone"
        assert button.wait(0.05) is None
        assert "the chip is gone" in button.status().detail
        hand.gpio.fails = ""
        assert button.wait(1.3) is None
        assert button.status().ok
        hand.press()
        assert button.wait(10.0) is not None


def test_the_pin_is_given_back() -> None:
    hand = JetsonHand()
    line = hand.line()
    line.open()
    assert hand.gpio.set_up
    line.close()
    assert not hand.gpio.set_up


def test_without_the_library_or_a_board_it_is_one_sentence() -> None:
    with pytest.raises(ButtonError, match=r"Jetson\.GPIO (is not installed|refuses this machine)"):
        JetsonLine(18, active_low=True).open()
