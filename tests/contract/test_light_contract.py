"""What every light keeps, over every driver that this machine can run."""

import threading
import time
from pathlib import Path
from typing import Callable, Iterator, List, Tuple

import pytest
from support.gpio_sim import sim_line

from plantd.config import LightConfig, PathsConfig
from plantd.light import Light, Pattern, light_from_config
from plantd.light.heard import HeardLight
from plantd.light.interface import ANSWERS
from plantd.light.precedence import PASSING

ANSWER_S = 0.3
LONG_ENOUGH_S = 10.0


@pytest.fixture(params=["fake", "none", "gpiochip", "heard"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Light]:
    driver = "fake" if request.param == "heard" else request.param
    config = LightConfig(driver=driver, answer_s=ANSWER_S)
    if request.param == "gpiochip":
        sim_line(109)  # skips where there is no chip
        config = config._replace(red_pin=19, green_pin=21, blue_pin=23)
    paths = PathsConfig(run=str(tmp_path))
    if request.param == "heard":
        return lambda: HeardLight(light_from_config(config, paths), [].append)
    return lambda: light_from_config(config, paths)


@pytest.fixture
def light(make: Callable[[], Light]) -> Iterator[Light]:
    with make() as opened:
        yield opened


def test_it_begins_dark(light: Light) -> None:
    assert light.showing() == Pattern.OFF


@pytest.mark.parametrize("pattern", [pattern for pattern in Pattern if pattern not in PASSING])
def test_it_shows_what_it_is_told_until_the_next(light: Light, pattern: Pattern) -> None:
    light.show(Pattern.STARTING)
    light.show(pattern)
    assert light.showing() == pattern


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_ends_by_itself_and_goes_back(light: Light, answer: Pattern) -> None:
    light.show(Pattern.READY)
    light.show(Pattern.ACKNOWLEDGED)
    light.show(answer)
    assert light.showing() == answer
    assert shows(light, Pattern.READY)


def test_a_refusal_ends_by_itself_and_goes_back(light: Light) -> None:
    light.show(Pattern.READY)
    light.show(Pattern.REFUSED)
    assert light.showing() == Pattern.REFUSED
    assert shows(light, Pattern.READY)


def test_what_changes_while_a_press_waits_is_what_the_light_goes_back_to(light: Light) -> None:
    for pattern in (Pattern.OFFER, Pattern.ACKNOWLEDGED, Pattern.READY, Pattern.REFUSED):
        light.show(pattern)
    assert light.showing() == Pattern.ACKNOWLEDGED
    light.show(Pattern.UNSURE)
    assert shows(light, Pattern.READY)


def test_after_a_press_during_an_answer_it_still_goes_back_to_rest(light: Light) -> None:
    for pattern in (
        Pattern.NO_CAMERA,
        Pattern.ACKNOWLEDGED,
        Pattern.POISONOUS,
        Pattern.ACKNOWLEDGED,
        Pattern.BUSY,
        Pattern.UNSURE,
    ):
        light.show(pattern)
    assert shows(light, Pattern.NO_CAMERA)


def test_a_later_press_ends_an_answer(light: Light) -> None:
    light.show(Pattern.EDIBLE)
    light.show(Pattern.ACKNOWLEDGED)
    assert light.showing() == Pattern.ACKNOWLEDGED


def test_a_part_that_fails_does_not(light: Light) -> None:
    light.show(Pattern.POISONOUS)
    light.show(Pattern.FAULT)
    assert light.showing() == Pattern.POISONOUS


def test_who_listens_hears_each_pattern_once_it_is_shown(tmp_path: Path) -> None:
    heard: List[Tuple[Pattern, Pattern]] = []
    config, paths = LightConfig(driver="fake"), PathsConfig(run=str(tmp_path))
    inner = light_from_config(config, paths)
    with HeardLight(inner, lambda pattern: heard.append((pattern, inner.showing()))) as light:
        light.show(Pattern.STARTING)
        light.show(Pattern.UNSURE)
    assert heard == [(pattern, pattern) for pattern in (Pattern.STARTING, Pattern.UNSURE)]


def test_show_is_safe_from_many_threads(light: Light) -> None:
    def show_all() -> None:
        for pattern in Pattern:
            light.show(pattern)

    threads = [threading.Thread(target=show_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    light.show(Pattern.ACKNOWLEDGED)
    assert light.showing() == Pattern.ACKNOWLEDGED


def test_closing_twice_and_showing_afterwards_do_nothing(make: Callable[[], Light]) -> None:
    light = make()
    light.open()
    light.close()
    light.close()
    light.show(Pattern.READY)


def test_it_can_be_opened_again_and_begins_dark(make: Callable[[], Light]) -> None:
    light = make()
    with light:
        light.show(Pattern.FAULT)
    with light:
        assert light.showing() == Pattern.OFF


def shows(light: Light, pattern: Pattern) -> bool:
    """Whether the light comes to show `pattern`."""
    ticks, until = threading.Event(), time.monotonic() + LONG_ENOUGH_S
    while light.showing() != pattern and time.monotonic() < until:
        ticks.wait(0.01)
    return light.showing() == pattern
