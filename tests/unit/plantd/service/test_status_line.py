"""What the light comes back to, whatever changed while a press had it."""

from pathlib import Path
from typing import Iterator, Optional

import pytest

from plantd.config import LightConfig, PathsConfig
from plantd.health.states import ComponentStates, State
from plantd.light import Light, Pattern, light_from_config
from plantd.service.notify import Notifier
from plantd.service.status_line import StatusDisplay


class Box:
    """A fake light, the parts' states, and a stick's pattern that a test sets."""

    def __init__(self, light: Light) -> None:
        self.light = light
        self.states = ComponentStates()
        self.stick: Optional[Pattern] = None
        self.display = StatusDisplay(
            self.states, lambda: "tiny 1.0.0", light, Notifier({}), lambda: self.stick
        )
        self.states.listen(self.display.state_changed)
        self.display.show_ready()

    def stick_shows(self, pattern: Optional[Pattern]) -> None:
        self.stick = pattern
        self.states.set("stick", State.HEALTHY, str(pattern))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    config = LightConfig(driver="fake", answer_s=3600.0)
    with light_from_config(config, PathsConfig(run=str(tmp_path))) as light:
        yield Box(light)


@pytest.mark.parametrize("pattern", [Pattern.OFFER, Pattern.STARTING])
def test_what_a_stick_showed_ends_with_the_press_that_it_ended_in(
    box: Box, pattern: Pattern
) -> None:
    box.stick_shows(None)
    box.stick_shows(pattern)
    assert box.light.showing() == pattern
    box.light.show(Pattern.ACKNOWLEDGED)
    box.stick_shows(None)
    assert box.light.showing() == Pattern.ACKNOWLEDGED
    box.light.show(Pattern.FAULT)
    box.states.set("stick", State.HEALTHY, "withdrawn")
    assert box.light.showing() == Pattern.READY


def test_a_press_that_is_not_taken_stays_told_of_whatever_is_well(box: Box) -> None:
    box.light.show(Pattern.BUSY)
    box.states.set("record", State.HEALTHY)
    assert box.light.showing() == Pattern.BUSY


def test_a_press_that_was_not_taken_is_told_of_for_as_long_as_an_answer(tmp_path: Path) -> None:
    config = LightConfig(driver="fake", answer_s=0.0)
    with light_from_config(config, PathsConfig(run=str(tmp_path))) as light:
        Box(light)
        light.show(Pattern.BUSY)
        assert light.showing() == Pattern.READY


@pytest.mark.parametrize("pattern", [Pattern.NO_CAMERA, Pattern.FAULT])
def test_what_a_failed_press_left_ends_with_the_second_look(box: Box, pattern: Pattern) -> None:
    box.light.show(Pattern.ACKNOWLEDGED)
    box.light.show(pattern)
    box.display.look()
    assert box.light.showing() == pattern
    box.display.look()
    assert box.light.showing() == Pattern.READY


def test_what_is_wrong_still_stays(box: Box) -> None:
    box.states.set("camera", State.FAILED, "no frame for 5 s")
    for _ in range(3):
        box.display.look()
    assert box.light.showing() == Pattern.NO_CAMERA


def test_a_look_takes_no_answer_away(box: Box) -> None:
    for pattern in (Pattern.ACKNOWLEDGED, Pattern.POISONOUS):
        box.light.show(pattern)
        for _ in range(3):
            box.display.look()
        assert box.light.showing() == pattern


def test_a_camera_that_is_lost_during_a_press_is_shown(box: Box) -> None:
    box.light.show(Pattern.ACKNOWLEDGED)
    box.states.set("camera", State.FAILED, "no frame for 5 s")
    assert box.light.showing() == Pattern.NO_CAMERA


def test_a_camera_that_comes_back_during_a_press_is_what_the_light_comes_back_to(
    tmp_path: Path,
) -> None:
    config = LightConfig(driver="fake", answer_s=0.0)
    with light_from_config(config, PathsConfig(run=str(tmp_path))) as light:
        box = Box(light)
        box.states.set("camera", State.FAILED, "no frame for 5 s")
        light.show(Pattern.ACKNOWLEDGED)
        box.states.set("camera", State.HEALTHY)
        light.show(Pattern.UNSURE)
        assert light.showing() == Pattern.READY
