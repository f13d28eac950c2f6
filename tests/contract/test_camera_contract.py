"""What every camera promises, asked of the real one on two sources and of the fake."""

import threading
import time
from pathlib import Path
from typing import Iterator, List

import numpy as np
import pytest
from support.cameras import PATIENCE_S, StateLog, config_for, gst_camera, write_colour

from plantd.camera.interface import Camera
from plantd.camera.scripted import ScriptedCamera
from plantd.errors import CameraError
from plantd.frame import Frame
from plantd.health.states import State

SETTLE = 2


def plant(tmp_path: Path) -> Camera:
    return gst_camera("test://plant", tmp_path / "run", StateLog(), settle_frames=SETTLE)


def picture(tmp_path: Path) -> Camera:
    path = write_colour(tmp_path / "a picture.png", (10, 200, 30))
    return gst_camera("file://{}".format(path), tmp_path / "run", StateLog(), settle_frames=SETTLE)


def scripted(tmp_path: Path) -> Camera:
    return ScriptedCamera(config_for("fake://", settle_frames=SETTLE))


CAMERAS = [
    pytest.param(plant, marks=pytest.mark.gstreamer),
    pytest.param(picture, marks=pytest.mark.gstreamer),
    scripted,
]


@pytest.fixture(params=CAMERAS)
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Camera]:
    """A camera that the test opens and closes as it likes."""
    yield from _made(request, tmp_path)


@pytest.fixture(params=CAMERAS, scope="module")
def camera(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Camera]:
    """An open camera, the same for all tests that leave it open."""
    for found in _made(request, tmp_path_factory.mktemp("camera")):
        found.open()
        yield found


def _made(request: pytest.FixtureRequest, directory: Path) -> Iterator[Camera]:
    (directory / "run").mkdir()
    found: Camera = request.param(directory)
    yield found
    found.close()


def test_a_frame_is_newer_than_the_moment(camera: Camera) -> None:
    asked_at = time.monotonic()
    frame = camera.frame_after(asked_at, PATIENCE_S)
    assert asked_at < frame.captured_at <= time.monotonic()


def test_settle_frames_arrive_unseen(camera: Camera) -> None:
    first = camera.frame_after(time.monotonic(), PATIENCE_S)
    second = camera.frame_after(time.monotonic(), PATIENCE_S)
    assert second.id >= first.id + SETTLE + 1


def test_the_next_frame_of_a_burst_is_the_next_arrival_that_can_be_had(camera: Camera) -> None:
    first = camera.frame_after(time.monotonic(), PATIENCE_S)
    second = camera.next_frame(first, PATIENCE_S)
    third = camera.next_frame(second, PATIENCE_S)
    assert first.id < second.id < third.id
    assert first.captured_at < second.captured_at < third.captured_at


def test_a_next_frame_that_does_not_come_is_a_camera_error(camera: Camera) -> None:
    frame = camera.frame_after(time.monotonic(), PATIENCE_S)
    later = frame._replace(captured_at=time.monotonic() + 3600.0)
    with pytest.raises(CameraError):
        camera.next_frame(later, 0.05)


def test_pixels_are_bgr_bytes_and_the_callers_own(camera: Camera) -> None:
    first = camera.frame_after(time.monotonic(), PATIENCE_S)
    assert first.pixels.dtype == np.uint8
    assert first.pixels.shape == (first.height_px, first.width_px, 3)
    first.pixels[:] = 0
    second = camera.frame_after(time.monotonic(), PATIENCE_S)
    assert second.pixels.any()
    assert not first.pixels.any()


def test_a_frame_that_does_not_come_is_a_camera_error(camera: Camera) -> None:
    camera.frame_after(time.monotonic(), PATIENCE_S)
    with pytest.raises(CameraError) as caught:
        camera.frame_after(time.monotonic() + 3600.0, 0.05)
    assert camera.status().source in str(caught.value)
    assert State.HEALTHY.value in str(caught.value)


def test_a_timeout_of_nothing_is_a_camera_error(camera: Camera) -> None:
    with pytest.raises(CameraError):
        camera.frame_after(time.monotonic(), 0.0)


def test_a_healthy_camera_has_nothing_to_say_but_its_size(camera: Camera) -> None:
    frame = camera.frame_after(time.monotonic(), PATIENCE_S)
    status = camera.status()
    assert (status.state, status.detail) == (State.HEALTHY, "")
    assert (status.width_px, status.height_px) == (frame.width_px, frame.height_px)
    assert status.frames >= frame.id


def test_several_threads_may_ask_at_once(camera: Camera) -> None:
    ids: List[int] = []
    askers = [
        threading.Thread(
            target=lambda: ids.append(camera.frame_after(time.monotonic(), PATIENCE_S).id)
        )
        for _ in range(4)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(PATIENCE_S)
    assert len(ids) == 4


def test_status_never_raises(closed: Camera) -> None:
    before = closed.status()
    closed.open()
    during = closed.status()
    closed.close()
    after = closed.status()
    assert {before.state, during.state, after.state} <= set(State)
    assert State.HEALTHY not in (before.state, after.state)


def test_a_camera_that_delivered_is_not_healthy_once_closed(closed: Camera) -> None:
    closed.open()
    closed.frame_after(time.monotonic(), PATIENCE_S)
    closed.close()
    assert closed.status().state != State.HEALTHY


def test_a_closed_camera_gives_no_frame(closed: Camera) -> None:
    with pytest.raises(CameraError, match="not open"):
        closed.frame_after(time.monotonic(), 0.1)
    with pytest.raises(CameraError, match="not open"):
        closed.next_frame(Frame(1, np.zeros((3, 3, 3), np.uint8), time.monotonic()), 0.1)
    closed.open()
    closed.close()
    with pytest.raises(CameraError, match="not open"):
        closed.frame_after(time.monotonic(), 0.1)


def test_opening_an_open_camera_changes_nothing(camera: Camera) -> None:
    first = camera.frame_after(time.monotonic(), PATIENCE_S)
    camera.open()
    assert camera.frame_after(time.monotonic(), PATIENCE_S).id > first.id


def test_close_may_come_twice(closed: Camera) -> None:
    closed.open()
    closed.close()
    closed.close()


def test_close_ends_a_wait(closed: Camera) -> None:
    closed.open()
    closed.frame_after(time.monotonic(), PATIENCE_S)
    problems: List[str] = []

    def ask() -> None:
        try:
            closed.frame_after(time.monotonic() + 3600.0, 10 * PATIENCE_S)
        except CameraError as error:
            problems.append(str(error))

    asker = threading.Thread(target=ask)
    asker.start()
    closed.close()
    asker.join(PATIENCE_S)
    assert not asker.is_alive()
    assert len(problems) == 1


def test_it_can_be_opened_again(closed: Camera) -> None:
    closed.open()
    closed.close()
    closed.open()
    assert closed.frame_after(time.monotonic(), PATIENCE_S).pixels.any()
