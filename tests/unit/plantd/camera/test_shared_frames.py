import mmap
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import numpy as np
import pytest
from support.cameras import PATIENCE_S
from support.pictures_in_memory import ArrayPicture

from plantd.camera import shared_frames
from plantd.camera.capture_process import environment
from plantd.camera.shared_frames import SharedFrames
from plantd.errors import CameraError

MANY_TRIES_S = 90.0

WIDTH_PX, HEIGHT_PX = 320, 240

# Writes frames of one value each, as fast as it can, and a tick for each to be waited on.
WRITER = """
import sys, time, os
import numpy as np
from support.pictures_in_memory import ArrayPicture
from plantd.camera.shared_frames import SharedFrames
frames = SharedFrames(int(sys.argv[1]), int(sys.argv[2]))
frame_id = 0
os.write(1, b"!")
while True:
    frame_id += 1
    pixels = np.full(({h}, {w}, 3), frame_id % 251, np.uint8)
    frames.write(ArrayPicture(pixels), frame_id, float(frame_id), float(frame_id))
""".format(h=HEIGHT_PX, w=WIDTH_PX)


@pytest.fixture
def frames(tmp_path: Path) -> Iterator[SharedFrames]:
    with SharedFrames.create(WIDTH_PX * HEIGHT_PX, str(tmp_path)) as found:
        yield found


def array(value: int, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> ArrayPicture:
    return ArrayPicture(np.full((height_px, width_px, 3), value, np.uint8))


def test_nothing_is_there_before_the_first_frame(frames: SharedFrames) -> None:
    assert frames.newest() is None
    assert frames.arrivals() == ()


def test_the_newest_frame_and_the_one_before_are_there(frames: SharedFrames) -> None:
    for frame_id in (1, 2, 3):
        frames.write(array(frame_id), frame_id, frame_id + 0.5, frame_id + 0.25)
    found = frames.newest()
    assert found is not None
    arrival, pixels = found
    assert arrival == (3, 3.5, 3.25, WIDTH_PX, HEIGHT_PX)
    assert (pixels == 3).all()
    assert [one.id for one in frames.arrivals()] == [2, 3]
    assert frames.read(1) is None


def test_frames_may_differ_in_size(frames: SharedFrames) -> None:
    frames.write(array(9, 10, 20), 1, 1.0, 1.0)
    found = frames.newest()
    assert found is not None
    assert found[1].shape == (20, 10, 3)


def test_the_copy_is_the_readers_own(frames: SharedFrames) -> None:
    frames.write(array(7), 2, 1.0, 1.0)
    first = frames.newest()
    assert first is not None
    first[1][:] = 0
    second = frames.newest()
    assert second is not None
    assert (second[1] == 7).all()


def test_a_frame_that_is_too_large_is_refused(frames: SharedFrames) -> None:
    with pytest.raises(CameraError, match=r"a frame of 640 x 480 arrived"):
        frames.write(array(1, 640, 480), 1, 1.0, 1.0)
    assert frames.newest() is None


def test_memory_is_used_by_what_was_written_only(tmp_path: Path) -> None:
    with SharedFrames.create(64 * 1000 * 1000, str(tmp_path)) as frames:
        frames.write(array(1), 1, 1.0, 1.0)
        used_bytes = os.fstat(frames.fd).st_blocks * 512
        assert used_bytes <= WIDTH_PX * HEIGHT_PX * 3 + 4 * mmap.PAGESIZE


def test_full_memory_is_an_error_and_not_a_signal(tmp_path: Path) -> None:
    # A terabyte that lies nowhere: every byte of it is the same one.
    huge = np.broadcast_to(np.uint8(1), (1000000, 400000, 3))
    with SharedFrames.create(huge.size // 3, str(tmp_path)) as frames:
        with pytest.raises(CameraError, match=r"no memory for a frame of 1200000000000 bytes"):
            frames.write(ArrayPicture(huge), 1, 1.0, 1.0)
        assert frames.newest() is None


def test_close_may_come_twice(frames: SharedFrames) -> None:
    frames.close()
    frames.close()


def test_without_shared_memory_the_run_directory_is_used_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_frames, "SHM_DIR", str(tmp_path / "none"))
    with SharedFrames.create(100, str(tmp_path)) as frames:
        frames.write(array(1, 5, 5), 1, 1.0, 1.0)
        assert frames.newest() is not None
    assert "wears out a flash disk" in caplog.text
    with pytest.raises(CameraError, match="takes a file for frames"):
        SharedFrames.create(100, str(tmp_path / "none either"))


def test_a_reader_never_sees_a_torn_frame(frames: SharedFrames) -> None:
    """A writer without any pause overtakes this reader often; each copy must be of one frame."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(frames.fd), str(frames.slot_bytes)],
        pass_fds=[frames.fd],
        stdout=subprocess.PIPE,
        env=dict(environment(), PYTHONPATH=os.pathsep.join(sys.path)),
    )
    assert writer.stdout is not None
    try:
        assert writer.stdout.read(1) == b"!"
        whole = torn = 0
        # How many tries that takes is the scheduler's affair.
        give_up_at = time.monotonic() + MANY_TRIES_S
        while (whole < 2000 or torn < 20) and time.monotonic() < give_up_at:
            # The older slot too: it is the one the writer overwrites next.
            for expected in frames.arrivals():
                found = frames.read(expected.id)
                if found is None:
                    torn += 1
                    continue
                arrival, pixels = found
                assert (pixels == arrival.id % 251).all(), arrival
                assert arrival.arrived_at == arrival.changed_at == float(arrival.id)
                whole += 1
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait(PATIENCE_S)
        writer.stdout.close()
    # Both happened, so the sequence number was needed and did its work.
    assert whole >= 2000
    assert torn >= 20
