from typing import List, Tuple

import numpy as np
import pytest
from support.cameras import StateLog, config_for

from plantd.camera.scripted import ScriptedCamera
from plantd.errors import CameraError
from plantd.health.states import State


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> StateLog:
    return StateLog()


@pytest.fixture
def camera(clock: Clock, log: StateLog) -> ScriptedCamera:
    found = ScriptedCamera(
        config_for("fake://", fps=10, settle_frames=1),
        log,
        tuple(np.full((2, 3, 3), value, np.uint8) for value in (10, 20, 30)),
        clock.monotonic,
        clock.sleep,
    )
    found.open()
    return found


def test_the_given_pictures_come_in_turn_after_the_settled_ones(
    camera: ScriptedCamera, clock: Clock
) -> None:
    seen: List[Tuple[int, int, float]] = []
    for _ in range(3):
        frame = camera.frame_after(clock.now_s, 5.0)
        seen.append((frame.id, int(frame.pixels[0, 0, 0]), round(frame.captured_at, 3)))
    assert seen == [(2, 20, 100.2), (4, 10, 100.4), (6, 30, 100.6)]


@pytest.mark.parametrize(
    ("fault", "mend", "state"),
    [
        ("unplug", "replug", State.FAILED),
        ("hang", "resume", State.RECOVERING),
        ("go_stale", "resume", State.DEGRADED),
    ],
)
def test_a_fault_gives_no_frame_until_it_is_mended(
    camera: ScriptedCamera, clock: Clock, log: StateLog, fault: str, mend: str, state: State
) -> None:
    getattr(camera, fault)()
    assert camera.status().state == state
    with pytest.raises(CameraError, match="{}.*{}".format(state.value, mend)):
        camera.frame_after(clock.now_s, 2.0)
    assert clock.now_s >= 102.0
    getattr(camera, mend)()
    camera.frame_after(clock.now_s, 2.0)
    assert log.states == (State.HEALTHY, state, State.HEALTHY)


def test_a_replug_counts_as_a_restart(camera: ScriptedCamera) -> None:
    camera.unplug()
    camera.replug()
    assert camera.status().restarts == 1


def test_frames_that_are_too_slow_are_told_apart_from_a_fault(
    camera: ScriptedCamera, clock: Clock
) -> None:
    with pytest.raises(CameraError, match="HEALTHY: too slow"):
        camera.frame_after(clock.now_s, 0.15)
