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
        shown = StatusDisplay(
            self.states, lambda: "tiny 1.0.0", light, Notifier({}), lambda: self.stick
        )
        self.states.listen(shown.state_changed)
        shown.show_ready()

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
    box.light.show(Pattern.BUSY)
    box.states.set("stick", State.HEALTHY, "withdrawn")
    assert box.light.showing() == Pattern.READY


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
