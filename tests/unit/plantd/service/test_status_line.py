"""What the light comes back to, whatever changed while a press had it."""

import threading
from pathlib import Path
from typing import Callable, Iterator, Optional

import pytest

from plantd.config import LightConfig, PathsConfig
from plantd.health.states import ComponentStates, State
from plantd.light import Light, Pattern, light_from_config
from plantd.service.notify import Notifier
from plantd.service.status_line import StatusDisplay

# How long one thread waits for another that may not pass it.
PASSES_S = 0.2


class Box:
    """A light, the parts' states, and a stick's pattern that a test sets."""

    def __init__(self, light: Light) -> None:
        self.light = light
        self.states = ComponentStates()
        self.stick: Optional[Pattern] = None
        self.asked: Callable[[], None] = lambda: None
        self.display = StatusDisplay(
            self.states, lambda: "tiny 1.0.0", light, Notifier({}), self.stick_now
        )
        self.states.listen(self.display.state_changed)
        self.display.show_ready()

    def stick_now(self) -> Optional[Pattern]:
        self.asked()
        return self.stick

    def stick_shows(self, pattern: Optional[Pattern]) -> None:
        self.stick = pattern
        self.states.set("stick", State.HEALTHY, str(pattern))


def opened(folder: Path, answer_s: float) -> Light:
    config = LightConfig(driver="none", answer_s=answer_s)
    return light_from_config(config, PathsConfig(run=str(folder)))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with opened(tmp_path, 3600.0) as light:
        yield Box(light)


@pytest.mark.parametrize("pattern", [Pattern.OFFER, Pattern.STARTING])
def test_what_a_stick_showed_ends_with_the_press_that_it_ended_in(
    tmp_path: Path, pattern: Pattern
) -> None:
    with opened(tmp_path, 0.0) as light:
        made = Box(light)
        made.stick_shows(None)
        made.stick_shows(pattern)
        assert light.showing() == pattern
        light.show(Pattern.ACKNOWLEDGED)
        made.stick_shows(None)
        assert light.showing() == Pattern.ACKNOWLEDGED
        light.show(Pattern.PRESS_FAULT)
        assert light.showing() == Pattern.READY


def test_a_press_that_is_not_taken_stays_told_of_whatever_is_well(box: Box) -> None:
    box.light.show(Pattern.BUSY)
    box.states.set("record", State.DEGRADED, "the disk is slow")
    assert box.light.showing() == Pattern.BUSY


def test_a_press_that_was_not_taken_is_told_of_for_as_long_as_an_answer(tmp_path: Path) -> None:
    with opened(tmp_path, 0.0) as light:
        Box(light)
        light.show(Pattern.BUSY)
        assert light.showing() == Pattern.READY


@pytest.mark.parametrize("pattern", [Pattern.PRESS_NO_CAMERA, Pattern.PRESS_FAULT])
def test_why_a_press_has_no_answer_ends_as_an_answer_does(tmp_path: Path, pattern: Pattern) -> None:
    with opened(tmp_path, 0.0) as light:
        Box(light)
        light.show(Pattern.ACKNOWLEDGED)
        light.show(pattern)
        assert light.showing() == Pattern.READY


@pytest.mark.parametrize("pattern", [Pattern.PRESS_NO_CAMERA, Pattern.PRESS_FAULT])
def test_why_a_press_has_no_answer_stays_told_whatever_is_well(box: Box, pattern: Pattern) -> None:
    box.light.show(Pattern.ACKNOWLEDGED)
    box.light.show(pattern)
    box.states.set("record", State.DEGRADED, "the disk is slow")
    assert box.light.showing() == pattern


def test_what_is_wrong_with_the_box_stays_after_a_press_that_it_failed(tmp_path: Path) -> None:
    with opened(tmp_path, 0.0) as light:
        made = Box(light)
        made.states.set("camera", State.FAILED, "no frame for 5 s")
        light.show(Pattern.ACKNOWLEDGED)
        light.show(Pattern.PRESS_NO_CAMERA)
        assert light.showing() == Pattern.NO_CAMERA
        made.states.set("camera", State.HEALTHY)
        assert light.showing() == Pattern.READY


def test_of_two_parts_that_change_at_once_neither_hides_what_is_wrong(box: Box) -> None:
    other = threading.Thread(target=box.states.set, args=("camera", State.FAILED, "no frame"))

    def stick() -> None:
        """The light is asked what a stick shows once nothing is wrong: then something is."""
        if other.ident is None:
            other.start()
            other.join(PASSES_S)

    box.asked = stick
    box.states.set("record", State.DEGRADED, "the disk is full")
    other.join()
    assert box.light.showing() == Pattern.NO_CAMERA


def test_a_camera_that_is_lost_during_a_press_is_shown(box: Box) -> None:
    box.light.show(Pattern.ACKNOWLEDGED)
    box.states.set("camera", State.FAILED, "no frame for 5 s")
    assert box.light.showing() == Pattern.NO_CAMERA


def test_a_camera_that_comes_back_during_a_press_is_what_the_light_comes_back_to(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, 0.0) as light:
        box = Box(light)
        box.states.set("camera", State.FAILED, "no frame for 5 s")
        light.show(Pattern.ACKNOWLEDGED)
        box.states.set("camera", State.HEALTHY)
        light.show(Pattern.UNSURE)
        assert light.showing() == Pattern.READY
