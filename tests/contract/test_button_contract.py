"""What every button keeps, over every driver that this machine can run."""

import os
import threading
import time
from pathlib import Path
from typing import Iterator, List, Optional

import pytest
from support.gpio_sim import sim_line
from support.hands import FakeHand, GpioSimHand, Hand, JetsonHand, PipeHand, UinputHand

from plantd.button import Press
from plantd.button.debounce import DebounceSettings
from plantd.button.interface import LONG, SHORT

BUTTON_LINE = 161  # BOARD pin 18 of a TX2
LONG_ENOUGH_S = 10.0  # for what must come
NOTHING_S = 0.15  # for what must not come; several times the debounce
SETTINGS = DebounceSettings(stable_s=0.02)


@pytest.fixture(params=["fake", "evdev-pipe", "evdev-uinput", "gpiochip-1", "gpiochip-2", "jetson"])
def hand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hand]:
    found = _hand(request.param, tmp_path)
    yield found
    found.close()


def _hand(name: str, tmp_path: Path) -> Hand:
    if name == "fake":
        return FakeHand(tmp_path)
    if name == "evdev-pipe":
        return PipeHand(tmp_path)
    if name == "jetson":
        return JetsonHand()
    if name == "evdev-uinput":
        if not os.access("/dev/uinput", os.W_OK):
            pytest.skip("no /dev/uinput on this machine; `make vm` runs this on a kernel with it")
        return UinputHand()
    sim = sim_line(BUTTON_LINE)
    return GpioSimHand(sim.pull, sim.place, abi=int(name[-1]))


def test_a_press_is_reported(hand: Hand) -> None:
    with hand.button(SETTINGS) as button:
        assert button.wait(NOTHING_S) is None
        before = time.monotonic()
        hand.press()
        press = button.wait(LONG_ENOUGH_S)
        assert press is not None
        assert press.kind == SHORT
        assert before <= press.pressed_at <= time.monotonic()


def test_a_held_button_is_one_press(hand: Hand) -> None:
    with hand.button(SETTINGS) as button:
        button.wait(NOTHING_S)
        hand.press()
        assert button.wait(LONG_ENOUGH_S) is not None
        assert button.wait(NOTHING_S) is None
        assert button.status().presses == 1


def test_a_release_arms_it_again(hand: Hand) -> None:
    with hand.button(SETTINGS) as button:
        for _ in range(3):
            hand.release()
            assert button.wait(NOTHING_S) is None
            hand.press()
            assert button.wait(LONG_ENOUGH_S) is not None
        assert button.status().presses == 3


def test_bouncing_is_no_press(hand: Hand) -> None:
    settings = SETTINGS._replace(stable_s=NOTHING_S / 2)
    with hand.button(settings) as button:
        button.wait(NOTHING_S)
        for _ in range(20):
            began = time.monotonic()
            hand.bounce()
            bounced_s = time.monotonic() - began
            press = button.wait(NOTHING_S)
            if bounced_s < settings.stable_s:
                break
            # The hand itself was held up: a level that held so long is a press to anybody.
            while press is not None:
                press = button.wait(NOTHING_S)
        else:
            pytest.fail("this machine is too busy to bounce a button")
        assert press is None
        assert button.status().ok


def test_pressed_when_opened_must_be_released_first(hand: Hand) -> None:
    button = hand.button(SETTINGS)
    with button:
        button.wait(NOTHING_S)
        hand.press()
        assert button.wait(LONG_ENOUGH_S) is not None
    with button:
        assert button.wait(NOTHING_S) is None
        hand.release()
        assert button.wait(NOTHING_S) is None
        hand.press()
        assert button.wait(LONG_ENOUGH_S) is not None


def test_a_long_press_is_reported_while_it_is_held(hand: Hand) -> None:
    with hand.button(SETTINGS._replace(long_press_s=0.2)) as button:
        button.wait(NOTHING_S)
        hand.press()
        press = button.wait(LONG_ENOUGH_S)
        assert press is not None
        assert press.kind == LONG
        hand.release()
        assert button.wait(NOTHING_S) is None


def test_where_long_presses_are_known_a_short_one_is_reported_on_release(hand: Hand) -> None:
    with hand.button(SETTINGS._replace(long_press_s=LONG_ENOUGH_S)) as button:
        button.wait(NOTHING_S)
        hand.press()
        assert button.wait(NOTHING_S) is None
        hand.release()
        press = button.wait(LONG_ENOUGH_S)
        assert press is not None
        assert press.kind == SHORT


def test_a_stuck_button_is_a_fault_until_it_is_released(hand: Hand) -> None:
    with hand.button(SETTINGS._replace(stuck_s=0.1)) as button:
        button.wait(NOTHING_S)
        hand.press()
        assert button.wait(LONG_ENOUGH_S) is not None
        assert button.wait(2 * NOTHING_S) is None
        assert not button.status().ok
        assert "jammed" in button.status().detail
        hand.release()
        assert button.wait(NOTHING_S) is None
        assert button.status().ok


def test_a_floating_line_is_a_fault_and_no_press(hand: Hand) -> None:
    stop = threading.Event()
    # Longer than a busy machine holds up the shaking hand: a level that rests is a press.
    with hand.button(SETTINGS._replace(stable_s=2.0)) as button:
        button.wait(NOTHING_S)
        shaking = threading.Thread(target=hand.shake, args=(stop,))
        shaking.start()
        try:
            until = time.monotonic() + LONG_ENOUGH_S
            while button.status().ok and time.monotonic() < until:
                assert button.wait(0.05) is None
            assert "floats" in button.status().detail
        finally:
            stop.set()
            shaking.join()
        hand.release()
        while not button.status().ok and time.monotonic() < until:
            assert button.wait(0.05) is None
        assert button.status().ok


def test_waiting_ends_with_the_time(hand: Hand) -> None:
    with hand.button(SETTINGS) as button:
        assert button.wait(0.0) is None
        assert button.wait(0.01) is None


def test_wake_ends_a_wait_in_another_thread(hand: Hand) -> None:
    answers: List[Optional[Press]] = []
    with hand.button(SETTINGS) as button:
        waiting = threading.Thread(target=lambda: answers.append(button.wait(600.0)))
        waiting.start()
        button.wake()
        waiting.join(LONG_ENOUGH_S)
        assert answers == [None]


def test_status_names_the_driver_and_the_line(hand: Hand) -> None:
    button = hand.button(SETTINGS)
    assert not button.status().ok
    with button:
        status = button.status()
        assert status.ok
        assert status.driver in ("fake", "evdev", "gpiochip", "jetson")
        assert status.line


def test_closing_twice_and_waking_afterwards_do_nothing(hand: Hand) -> None:
    button = hand.button(SETTINGS)
    button.open()
    button.close()
    button.close()
    button.wake()
    assert not button.status().ok
