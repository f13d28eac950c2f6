"""The real camera against real faults: every process, pipeline and file here is a real one."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Sequence, Tuple

import cv2
import numpy as np
import pytest
from support.cameras import (
    PATIENCE_S,
    QUICK,
    StateLog,
    gst_camera,
    until,
    write_colour,
)

from plantd.camera.gst import calls
from plantd.camera.gst_camera import GstCamera
from plantd.camera.pipelines import APPSINK, TAIL
from plantd.errors import CameraError
from plantd.frame import Frame
from plantd.health.states import State
from plantd.system.root_requests import RESTART_NVARGUS

pytestmark = pytest.mark.gstreamer

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)
Make = Callable[..., GstCamera]


@pytest.fixture
def log() -> StateLog:
    return StateLog()


@pytest.fixture
def make(tmp_path: Path, log: StateLog) -> Iterator[Make]:
    """Make cameras, and close them."""
    made: List[GstCamera] = []
    (tmp_path / "run").mkdir()

    def _make(source: str, **changes: Any) -> GstCamera:
        made.append(gst_camera(source, tmp_path / "run", log, **changes))
        return made[-1]

    yield _make
    for camera in made:
        camera.close()


def frame(camera: GstCamera) -> Frame:
    return camera.frame_after(time.monotonic(), PATIENCE_S)


def close_to(pixels: np.ndarray, bgr: Tuple[int, int, int]) -> bool:
    """JPEG moves a level or two."""
    return bool(np.abs(pixels.astype(int) - bgr).max() <= 4)


def always(*pipelines: str) -> Callable[..., Tuple[str, ...]]:
    """Play these pipelines whatever the source: a sensor's faults without the sensor."""
    return lambda source, config, run_dir: pipelines


# ---- sources -------------------------------------------------------------------------------------


def test_the_drawn_plant_travels_as_jpeg(make: Make, tmp_path: Path) -> None:
    camera = make("test://plant?seed=3")
    camera.open()
    pixels = frame(camera).pixels
    drawn = cv2.imread(str(tmp_path / "run" / "camera" / "plant.jpg"))
    assert pixels.shape == (240, 320, 3)
    # Two JPEG decoders differ in how they enlarge the colours.
    assert np.abs(pixels.astype(int) - drawn).mean() < 3.0


def test_a_pattern_has_the_configured_size(make: Make) -> None:
    camera = make("test://smpte", width_px=64, height_px=48)
    camera.open()
    assert frame(camera).pixels.shape == (48, 64, 3)


def test_a_picture_that_is_replaced_is_seen(make: Make, tmp_path: Path) -> None:
    path = write_colour(tmp_path / "one.png", RED)
    camera = make("file://{}".format(path))
    camera.open()
    assert close_to(frame(camera).pixels, RED)
    write_colour(path, GREEN, 200, 100)
    replaced = frame(camera)
    assert replaced.pixels.shape == (100, 200, 3)
    assert close_to(replaced.pixels, GREEN)
    assert camera.status().restarts == 0


def test_a_path_may_hold_anything(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / 'my "50%" plants ! \\ ü'
    folder.mkdir()
    path = write_colour(folder / "Größe 100%d.jpg", BLUE)
    camera = make("file://{}".format(path).replace("%", "%25"))
    camera.open()
    assert close_to(frame(camera).pixels, BLUE)


def test_a_folder_shows_its_jpegs_in_order_whatever_their_size(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "plants"
    folder.mkdir()
    write_colour(folder / "b.jpeg", GREEN, 200, 100)
    write_colour(folder / "a.jpg", RED, 64, 64)
    write_colour(folder / "c.JPG", BLUE, 33, 77)
    (folder / "notes.txt").write_text("not a picture")
    # Held for longer than a busy machine keeps this test from looking.
    camera = make("file://{}?hold_s=1".format(folder), fps=20, settle_frames=0)
    camera.open()
    seen: List[Tuple[int, ...]] = []
    while len(seen) < 5:
        shape = frame(camera).pixels.shape
        if not seen or seen[-1] != shape:
            seen.append(shape)
    assert seen == [(64, 64, 3), (100, 200, 3), (77, 33, 3), (64, 64, 3), (100, 200, 3)]
    assert camera.status().restarts == 0


def test_a_video_starts_again_at_its_end(make: Make, tmp_path: Path, log: StateLog) -> None:
    path = tmp_path / "walk.avi"
    subprocess.run(
        "gst-launch-1.0 -q videotestsrc num-buffers=6 ! video/x-raw,width=64,height=48,"
        'framerate=20/1 ! jpegenc ! avimux ! filesink location="{}"'.format(path),
        shell=True,
        check=True,
    )
    camera = make("file://{}".format(path))
    camera.open()
    first = frame(camera)
    until(lambda: camera.status().frames > first.id + 12, "the video to come round twice")
    assert frame(camera).pixels.shape == (48, 64, 3)
    assert log.states == (State.HEALTHY,)
    assert camera.status().restarts == 0


def test_a_video_is_turned_as_its_header_says(make: Make, tmp_path: Path) -> None:
    """A phone held upright: the sensor's rows are the picture's columns."""
    path = tmp_path / "walk.mov"
    subprocess.run(
        "gst-launch-1.0 -q videotestsrc num-buffers=20 ! video/x-raw,width=64,height=48,"
        'framerate=20/1 ! jpegenc ! qtmux ! filesink location="{}"'.format(path),
        shell=True,
        check=True,
    )
    # Source: QuickTime File Format, track header atom: the matrix lies behind 40 bytes.
    data = path.read_bytes()
    start = data.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data[:start] + matrix + data[start + len(matrix) :])
    camera = make("file://{}".format(path))
    camera.open()
    until(lambda: camera.status().frames > 5, "the video to play")
    assert frame(camera).pixels.shape == (64, 48, 3)


def cut_and_whole(folder: Path, whole_ones: Sequence[int]) -> str:
    """Return a pipeline that plays four MJPEG frames of noise, cut in the middle but for some."""
    noise = np.random.RandomState(3).randint(0, 256, (96, 128, 3)).astype(np.uint8)
    whole = bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    cut = whole[: len(whole) // 2] + whole[-2:]
    for number in range(4):
        (folder / "{}.jpg".format(number)).write_bytes(whole if number in whole_ones else cut)
    return (
        'multifilesrc location="{}/%d.jpg" loop=true caps=image/jpeg,framerate=20/1 ! '
        "jpegdec ! identity sync=true"
    ).format(folder)


@pytest.mark.parametrize("whole_one", [0, 3])
def test_a_frame_that_the_decoder_filled_with_grey_answers_no_press(
    make: Make, tmp_path: Path, whole_one: int
) -> None:
    camera = make("gst:" + cut_and_whole(tmp_path, [whole_one]))
    camera.open()
    seen = [frame(camera) for _ in range(6)]
    assert all(np.std(one.pixels[-16:]) > 20 for one in seen)


def test_a_camera_whose_every_frame_is_cut_gives_none(make: Make, tmp_path: Path) -> None:
    camera = make("gst:" + cut_and_whole(tmp_path, []))
    camera.open()
    with pytest.raises(CameraError):
        camera.frame_after(time.monotonic(), 3.0)


def test_a_pipeline_of_ones_own_may_end_as_ours_do(make: Make) -> None:
    camera = make("gst:videotestsrc is-live=true ! video/x-raw,format=BGR ! " + APPSINK)
    camera.open()
    assert frame(camera).pixels.shape == (240, 320, 3)


def test_a_pipeline_of_ones_own(make: Make) -> None:
    camera = make("gst:videotestsrc is-live=true pattern=blue ! video/x-raw,width=48,height=32")
    camera.open()
    assert frame(camera).pixels.shape == (32, 48, 3)


def test_the_second_candidate_is_taken_when_the_first_lacks_an_element(make: Make) -> None:
    works = "videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! " + TAIL
    camera = make("test://smpte", pipelines=always("nosuchelement ! " + TAIL, works))
    camera.open()
    frame(camera)
    assert camera.status().pipeline == works


def test_the_second_candidate_is_taken_when_the_first_hangs(make: Make, log: StateLog) -> None:
    hangs = "udpsrc address=127.0.0.1 port=0 caps=image/jpeg,framerate=30/1 ! jpegdec ! " + TAIL
    works = "videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! " + TAIL
    camera = make("test://smpte", pipelines=always(hangs, works), open_timeout_s=0.7)
    camera.open()
    frame(camera)
    assert camera.status().pipeline == works
    assert camera.status().restarts == 1
    assert hangs in log.seen[0].detail


# ---- sources that are not there ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("file:///nowhere/leaf.jpg", "/nowhere/leaf.jpg: No such file or directory"),
        ("file:///nowhere/plants", "/nowhere/plants: No such file or directory"),
        ("file:///nowhere/walk.mp4", "/nowhere/walk.mp4: No such file or directory"),
        ("v4l2:///dev/v4l/by-id/none", "/dev/v4l/by-id/none: No such file or directory"),
        ("gst:nosuchelement", "needs the GStreamer element nosuchelement"),
        ("csi://0", "needs the GStreamer element nvarguscamerasrc"),
    ],
)
def test_a_source_that_is_not_there_fails_with_one_sentence(
    make: Make, log: StateLog, source: str, words: str
) -> None:
    camera = make(source)
    camera.open()
    with pytest.raises(CameraError) as caught:
        camera.frame_after(time.monotonic(), 0.2)
    assert source in str(caught.value)
    until(lambda: camera.status().state == State.FAILED, "the camera to give up")
    assert words in camera.status().detail
    assert "\n" not in camera.status().detail


def test_a_folder_without_pictures_says_what_it_wants(make: Make, tmp_path: Path) -> None:
    camera = make("file://{}".format(tmp_path / "run"))
    camera.open()
    until(lambda: camera.status().state == State.FAILED, "the camera to give up")
    assert "holds no JPEG" in camera.status().detail


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("leaf.jpg", b"this is not a JPEG" * 100, "leaf.jpg: the file is text"),
        ("leaf.jpg", b"", "leaf.jpg: the picture is 0 bytes long"),
        ("leaf.jpg", b"\x89PNG\r\n\x1a\n", "leaf.jpg is not a JPG as its name says"),
        ("leaf.png", b"\xff\xd8\xff", "leaf.png is not a PNG as its name says"),
    ],
)
def test_a_file_that_is_no_picture_fails_with_one_sentence(
    make: Make, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    camera = make("file://{}".format(path))
    camera.open()
    until(lambda: camera.status().state == State.FAILED, "the camera to give up")
    assert words in camera.status().detail


def test_a_picture_that_goes_and_comes_is_found_again(
    make: Make, tmp_path: Path, log: StateLog
) -> None:
    path = write_colour(tmp_path / "leaf.png", RED)
    camera = make("file://{}".format(path))
    camera.open()
    before = frame(camera)
    path.unlink()
    until(lambda: State.FAILED in log.states, "the camera to notice")
    write_colour(path, GREEN)
    after = frame(camera)
    assert close_to(after.pixels, GREEN)
    assert after.id > before.id
    assert log.states[-1] == State.HEALTHY
    assert "No such file" in log.first(State.FAILED).detail


def test_somebody_who_asks_is_given_a_try_at_once(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    hourly = QUICK._replace(factor=1e9, max_s=3600.0, failed_after=2)
    camera = make("file://{}".format(path), tiers=hourly)
    camera.open()
    until(lambda: camera.status().state == State.FAILED, "the camera to give up for an hour")
    write_colour(path, GREEN)
    assert close_to(frame(camera).pixels, GREEN)


def test_a_frame_larger_than_configured_is_refused(make: Make) -> None:
    large = "videotestsrc is-live=true ! video/x-raw,width=640,height=480 ! " + TAIL
    camera = make("csi://0", pipelines=always(large), ask_root=lambda request: None)
    camera.open()
    until(lambda: camera.status().state == State.FAILED, "the camera to give up")
    assert "a frame of 640 x 480 arrived" in camera.status().detail
    assert "camera.width_px" in camera.status().detail


# ---- a capture process in trouble ----------------------------------------------------------------


def test_a_killed_process_is_started_again(make: Make, log: StateLog) -> None:
    camera = make("test://smpte")
    camera.open()
    before = frame(camera)
    first_pid = camera.status().pid
    assert first_pid is not None
    os.kill(first_pid, signal.SIGKILL)
    until(lambda: camera.status().pid not in (None, first_pid), "another process")
    after = frame(camera)
    assert after.id > before.id
    assert log.states[:3] == (State.HEALTHY, State.RECOVERING, State.HEALTHY)
    assert "was killed by signal 9" in log.seen[1].detail
    assert camera.status().restarts == 1


def test_a_kill_in_the_middle_of_a_wait_is_survived(make: Make) -> None:
    camera = make("test://smpte", settle_frames=20)
    camera.open()
    frame(camera)
    found: List[Frame] = []
    asker = threading.Thread(target=lambda: found.append(frame(camera)))
    asker.start()
    pid = camera.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    asker.join(PATIENCE_S)
    assert len(found) == 1


def test_a_process_that_stands_still_is_late_and_then_killed(make: Make, log: StateLog) -> None:
    camera = make("test://smpte", read_timeout_s=0.6)
    camera.open()
    frame(camera)
    pid = camera.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    asked_at = time.monotonic()
    with pytest.raises(CameraError):
        camera.frame_after(asked_at, 0.1)
    until(
        lambda: camera.status().state == State.HEALTHY and camera.status().restarts > 0, "recovery"
    )
    assert log.states[:4] == (State.HEALTHY, State.DEGRADED, State.RECOVERING, State.HEALTHY)
    assert "delivered no frame for 0.6 s" in log.first(State.RECOVERING).detail
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_source_that_never_opens_is_killed_at_its_deadline(make: Make, log: StateLog) -> None:
    camera = make(
        "gst:udpsrc address=127.0.0.1 port=0 caps=application/x-rtp,media=video,"
        "encoding-name=JPEG,payload=26 ! rtpjpegdepay ! jpegdec",
        open_timeout_s=0.5,
    )
    camera.open()
    # Whoever listens is told a moment after the status says so.
    until(lambda: State.FAILED in log.states, "the camera to give up")
    assert "did not open within 0.5 s" in camera.status().detail
    assert log.states == (State.RECOVERING, State.FAILED)


def test_frames_through_shared_memory_end_with_their_writer(
    make: Make, tmp_path: Path, log: StateLog
) -> None:
    socket = tmp_path / "shm"
    command = (
        "gst-launch-1.0 -q videotestsrc is-live=true ! video/x-raw,format=BGR,width=64,height=48,"
        "framerate=20/1 ! shmsink socket-path={} wait-for-connection=false shm-size=2000000"
    ).format(socket)
    camera = make(
        "gst:shmsrc socket-path={} is-live=true do-timestamp=true ! video/x-raw,format=BGR,"
        "width=64,height=48,framerate=20/1".format(socket)
    )
    writer = subprocess.Popen(command.split())
    try:
        until(socket.exists, "the writer's socket")
        camera.open()
        frame(camera)
    finally:
        writer.kill()
        writer.wait(PATIENCE_S)
    until(lambda: camera.status().state == State.FAILED, "the camera to notice")
    socket.unlink()
    writer = subprocess.Popen(command.split())
    try:
        until(lambda: camera.status().state == State.HEALTHY, "the camera to find it again")
        frame(camera)
    finally:
        writer.kill()
        writer.wait(PATIENCE_S)


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_the_process_dies_with_the_service(tmp_path: Path, state: str) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", ORPHAN_MAKER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
    )
    assert service.stdout is not None
    with service.stdout:
        said = service.stdout.readline()
    child_pid = int(said)
    if state == "stopped":
        os.kill(child_pid, signal.SIGSTOP)
    service.kill()
    service.wait(PATIENCE_S)
    until(lambda: not _runs(child_pid), "the orphan to end")


ORPHAN_MAKER = """
import sys, time
from pathlib import Path
from support.cameras import StateLog, gst_camera
camera = gst_camera("test://smpte", Path(sys.argv[1]), StateLog())
camera.open()
camera.frame_after(time.monotonic(), 30.0)
print(camera.status().pid, flush=True)
time.sleep(60)
"""


def _runs(pid: int) -> bool:
    """A zombie that nobody waits for in a container does not run any more."""
    try:
        with open("/proc/{}/stat".format(pid), encoding="ascii") as file:
            return file.read().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False


# ---- a sensor that hangs -------------------------------------------------------------------------


STILL = "videotestsrc is-live=true pattern=red ! video/x-raw,width=64,height=48,framerate=30/1 ! "


def test_a_sensor_that_repeats_one_frame_answers_no_press(make: Make, log: StateLog) -> None:
    camera = make("csi://0", pipelines=always(STILL + TAIL), read_timeout_s=20.0)
    camera.open()
    until(lambda: camera.status().state == State.DEGRADED, "the repetition to be noticed")
    assert "repeats one frame" in camera.status().detail
    with pytest.raises(CameraError, match="repeats one frame"):
        camera.frame_after(time.monotonic(), 0.3)


def test_a_sensor_that_goes_on_repeating_is_reopened_without_root(
    make: Make, log: StateLog
) -> None:
    camera = make("csi://0", pipelines=always(STILL + TAIL), read_timeout_s=0.5)
    camera.open()
    until(lambda: camera.status().restarts >= 1, "the process to be started again")
    assert log.states[:3] == (State.HEALTHY, State.DEGRADED, State.RECOVERING)


def test_a_still_that_is_looped_on_purpose_is_no_fault(make: Make, log: StateLog) -> None:
    camera = make("csi://0?frozen=allowed", pipelines=always(STILL + TAIL))
    camera.open()
    first = frame(camera)
    until(lambda: camera.status().frames > first.id + 40, "more than a second of frames")
    frame(camera)
    assert log.states == (State.HEALTHY,)


def test_root_is_asked_when_reopening_a_sensor_does_not_help(make: Make, log: StateLog) -> None:
    requests: List[str] = []
    broken = "filesrc location=/nowhere ! jpegdec ! " + TAIL
    tiers = QUICK._replace(ask_after=2, ask_pause_s=0.05)
    camera = make("csi://0", pipelines=always(broken), tiers=tiers, ask_root=requests.append)
    camera.open()
    until(lambda: camera.status().restarts >= 4, "several tries")
    assert requests == [RESTART_NVARGUS]
    assert "does not open (GStreamer says: filesrc" in log.seen[-1].detail
    assert "ribbon cable" in log.seen[-1].detail


# ---- idle ----------------------------------------------------------------------------------------


def test_an_idle_camera_stops_and_starts_on_demand(make: Make, log: StateLog) -> None:
    camera = make("test://smpte", idle="stop", idle_after_s=0.2)
    camera.open()
    before = frame(camera)
    until(lambda: camera.status().pid is None, "the camera to stop")
    assert camera.status().state == State.HEALTHY
    after = frame(camera)
    assert after.id > before.id
    assert log.states == (State.HEALTHY,)
    assert camera.status().restarts == 0


def test_a_streaming_camera_never_stops(make: Make) -> None:
    camera = make("test://smpte", idle="stream", idle_after_s=0.05)
    camera.open()
    first = frame(camera)
    until(lambda: camera.status().frames > first.id + 10, "more frames")
    assert camera.status().pid is not None


# ---- a process that cannot -----------------------------------------------------------------------


def test_a_machine_without_gstreamer_is_one_sentence(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its library is no library: what the loader says of one that is not there differs little."""
    (tmp_path / calls.CORE).write_bytes(b"no library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    camera = make("test://smpte")
    with pytest.raises(
        CameraError, match="GStreamer cannot be loaded .*no camera can be read"
    ) as caught:
        camera.open()
    assert caught.value.exit_code == 69
    assert "apt-get install gstreamer1.0-plugins-base" in str(caught.value)
    with pytest.raises(CameraError, match="not open"):
        frame(camera)


def test_a_process_that_cannot_be_started_is_tried_again(make: Make) -> None:
    camera = make("test://smpte", python="/nowhere/python3", open_timeout_s=0.1)
    camera.open()
    until(lambda: camera.status().state == State.FAILED, "the camera to give up")
    assert "cannot be started" in camera.status().detail
    assert "/nowhere/python3" in camera.status().detail


def test_an_opencv_that_cannot_be_imported_is_no_fault_of_a_camera(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libgomp.so.1: static TLS block')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    camera = make("test://smpte")
    camera.open()
    frame(camera)
    with pytest.raises(CameraError, match=r"cannot start \(ImportError: libgomp"):
        make("test://plant").open()
