"""Which frame answers a press, on frames that are written one by one."""

from pathlib import Path
from typing import Iterator, Optional

import numpy as np
import pytest
from support.pictures_in_memory import ArrayPicture

from plantd.camera.frame_choice import FrameRequest
from plantd.camera.shared_frames import SharedFrames
from plantd.frame import Frame


class Kept:
    """What a supervisor knows of its capture process."""

    def __init__(self, frames: SharedFrames) -> None:
        self.frames = frames
        self.runs = True
        self.heard_id = 0

    def arrive(
        self, frame_id: int, arrived_at: float, changed_at: float = -1.0, heard: bool = True
    ) -> None:
        changed_at = arrived_at if changed_at < 0.0 else changed_at
        pixels = np.full((4, 4, 3), frame_id, np.uint8)
        self.frames.write(ArrayPicture(pixels), frame_id, arrived_at, changed_at)
        if heard:
            self.heard_id = frame_id


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with SharedFrames.create(16, str(tmp_path)) as frames:
        yield Kept(frames)


class Press:
    """A request for a frame, and where it is looked for."""

    def __init__(self, kept: Kept, request: FrameRequest) -> None:
        self.kept = kept
        self.request = request

    def look(self) -> Optional[Frame]:
        return self.request.look(self.kept.frames if self.kept.runs else None, self.kept.heard_id)


def wanted(kept: Kept, mono_s: float, settle_frames: int = 2, repeats: bool = True) -> Press:
    return Press(kept, FrameRequest(mono_s, settle_frames, repeats))


def test_two_arrivals_after_the_press_are_dropped(kept: Kept) -> None:
    kept.arrive(10, 99.0)
    press = wanted(kept, 100.0)
    for frame_id, arrived_at in ((11, 101.0), (12, 102.0)):
        assert press.look() is None
        kept.arrive(frame_id, arrived_at)
    assert press.look() is None
    kept.arrive(13, 103.0)
    frame = press.look()
    assert frame is not None
    assert (frame.id, frame.captured_at) == (13, 103.0)


def test_arrivals_between_press_and_first_look_count(kept: Kept) -> None:
    for frame_id in (10, 11, 12):
        kept.arrive(frame_id, 90.0 + frame_id)
    press = wanted(kept, 100.5)
    assert press.look() is None
    kept.arrive(13, 103.0)
    frame = press.look()
    assert frame is not None
    assert frame.id == 13


def test_a_frame_that_arrived_before_the_press_and_shows_late_does_not_count(kept: Kept) -> None:
    kept.arrive(10, 99.0)
    press = wanted(kept, 100.0, settle_frames=1)
    assert press.look() is None
    kept.arrive(11, 99.9)
    assert press.look() is None
    kept.arrive(12, 100.1)
    assert press.look() is None
    kept.arrive(13, 100.2)
    frame = press.look()
    assert frame is not None
    assert frame.id == 13


def test_without_settling_the_first_arrival_is_taken(kept: Kept) -> None:
    kept.arrive(10, 99.0)
    press = wanted(kept, 100.0, settle_frames=0)
    assert press.look() is None
    kept.arrive(11, 100.1)
    frame = press.look()
    assert frame is not None
    assert frame.id == 11


def test_a_repeated_frame_of_a_sensor_is_never_taken(kept: Kept) -> None:
    press = wanted(kept, 100.0, repeats=False)
    for frame_id in range(1, 20):
        kept.arrive(frame_id, 100.0 + frame_id, changed_at=99.0)
        assert press.look() is None
    kept.arrive(20, 120.0)
    assert press.look() is not None


def test_numbering_goes_on_while_the_process_is_started_again(kept: Kept) -> None:
    kept.arrive(10, 99.0)
    press = wanted(kept, 100.0)
    kept.runs = False
    assert press.look() is None
    kept.runs = True
    kept.arrive(13, 103.0)
    assert press.look() is not None


def test_a_frame_the_supervisor_has_not_heard_of_waits_for_its_wake_up(kept: Kept) -> None:
    kept.arrive(10, 99.0)
    press = wanted(kept, 100.0, settle_frames=0)
    kept.arrive(11, 101.0, heard=False)
    assert press.look() is None
    kept.heard_id = 11
    assert press.look() is not None
