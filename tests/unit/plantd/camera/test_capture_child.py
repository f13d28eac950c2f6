"""What the capture process makes of each frame, run here on streams that end."""

import os
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest
from unit.plantd.camera.test_job import JOB

from plantd.camera.capture_child import Capture, Changes
from plantd.camera.gst.calls import Gst
from plantd.camera.job import CaptureJob, Lines, Reporter, event_from_line
from plantd.camera.pipelines import KEPT, TAIL
from plantd.camera.shared_frames import SharedFrames
from plantd.errors import EX_IOERR

FOREVER_S = 1e9
FRAMES = "videotestsrc num-buffers={} ! video/x-raw,format=YUY2,width=64,height=48 ! identity "


def job(count: int, look_every_s: float) -> CaptureJob:
    """A stream of so many frames; a machine that is busy for longer than one lasts drops it."""
    stream = FRAMES.format(count) + "sleep-time=100000 ! {} ! {}".format(KEPT, TAIL)
    return JOB._replace(pipelines=(stream,), look_every_s=look_every_s, first_id=1)


class Captured:
    """Shared memory, and what was said into a pipe."""

    def __init__(self, frames: SharedFrames) -> None:
        self.frames = frames
        self._reading, self._writing = os.pipe()

    def run(self, job: CaptureJob) -> List[str]:
        """Return the names of the events, in order."""
        assert Capture(Gst(), job, self.frames, Reporter(self._writing)).run() == EX_IOERR
        said = Lines().feed(os.read(self._reading, 65536))
        return [str(event_from_line(line)["event"]) for line in said]

    def last_two(self) -> List[Tuple[int, int]]:
        """Return each one's distance from the last and its width, in px."""
        arrived = self.frames.arrivals()
        return [(one.id - arrived[-1].id, one.width_px) for one in arrived]

    def last_id(self) -> int:
        return self.frames.arrivals()[-1].id

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


@pytest.fixture
def captured(tmp_path: Path) -> Iterator[Captured]:
    with SharedFrames.create(64 * 48, str(tmp_path)) as frames:
        found = Captured(frames)
        yield found
        found.close()


@pytest.mark.gstreamer
def test_frames_that_nobody_wants_are_noted_and_stay_as_they_came(captured: Captured) -> None:
    said = captured.run(job(6, look_every_s=FOREVER_S))
    assert said == ["opening", "frame", "streaming", "failed"]
    assert captured.last_two() == [(-1, 0), (0, 0)]
    assert captured.frames.newest() is None


@pytest.mark.gstreamer
def test_frames_that_are_wanted_have_their_pixels(captured: Captured) -> None:
    captured.frames.want(3, FOREVER_S, 0.0)
    said = captured.run(job(6, look_every_s=FOREVER_S))
    assert said.count("frame") == captured.last_id() - 1 > 2
    assert captured.last_two() == [(-1, 64), (0, 64)]
    newest = captured.frames.newest()
    assert newest is not None
    assert newest[1].std() > 10.0


@pytest.mark.gstreamer
def test_between_presses_a_sign_of_life_is_given_at_the_idle_rate(captured: Captured) -> None:
    assert captured.run(job(6, look_every_s=0.0)).count("frame") == captured.last_id() > 2


def test_what_is_wanted_earlier_stays_wanted(tmp_path: Path) -> None:
    with SharedFrames.create(1, str(tmp_path)) as frames:
        frames.want(7, until_s=20.0, now_s=10.0)
        frames.want(9, until_s=30.0, now_s=11.0)
        assert [frames.is_wanted(number, 29.0) for number in (6, 7, 9)] == [False, True, True]
        assert not frames.is_wanted(9, 30.0)
        frames.want(9, until_s=50.0, now_s=40.0)
        assert not frames.is_wanted(7, 45.0)


def test_frames_that_nobody_looks_at_go_on_as_those_before_did() -> None:
    changes = Changes()
    assert changes.changed_at(1, 10.0) == 10.0
    assert changes.unseen(10.5) == 10.5
    assert changes.changed_at(1, 11.0) == 10.0
    assert changes.unseen(11.5) == 10.0
    assert changes.changed_at(2, 12.0) == 12.0
