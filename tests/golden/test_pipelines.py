"""The pipelines, word for word. Those for Jetson elements have not been run on a Jetson."""

from typing import Any, Tuple

import pytest

from plantd.camera.gstreamer_facts import ELEMENTS
from plantd.camera.pipelines import APPSINK, elements_of, parts_of, pipelines_for
from plantd.config import CameraConfig
from plantd.config.forms.camera_source import parse_source
from plantd.errors import CameraError

TAIL = "videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
KEPT = "queue name=kept max-size-buffers=1 leaky=downstream ! "
MJPEG = 'v4l2src device="/dev/video0" ! image/jpeg,width=1280,height=720,framerate=30/1 ! ' + KEPT
RAW = (
    'v4l2src device="/dev/video0" ! video/x-raw,format=YUY2,width=1280,height=720,framerate=30/1 ! '
    + KEPT
    + TAIL,
    'v4l2src device="/dev/video0" ! video/x-raw,width=1280,height=720,framerate=30/1 ! '
    + KEPT
    + TAIL,
)
SOFTWARE = (MJPEG + "jpegdec ! " + TAIL,)
HARDWARE = (
    MJPEG + "nvv4l2decoder mjpeg=1 ! nvvidconv ! video/x-raw,format=BGRx ! " + TAIL,
    MJPEG + "nvjpegdec ! video/x-raw ! " + TAIL,
)


def pipelines(uri: str, **changes: Any) -> Tuple[str, ...]:
    return pipelines_for(parse_source(uri), CameraConfig()._replace(**changes), "/run/plantd")


def test_csi_stays_in_device_memory_until_it_is_bgrx() -> None:
    assert pipelines("csi://1", width_px=1920, height_px=1080, fps=60) == (
        "nvarguscamerasrc sensor-id=1 ! "
        "video/x-raw(memory:NVMM),format=NV12,width=1920,height=1080,framerate=60/1 ! "
        + KEPT
        + "nvvidconv ! video/x-raw,format=BGRx ! "
        + TAIL,
    )


@pytest.mark.parametrize(
    ("form", "expected"), [("raw", RAW), ("mjpeg", SOFTWARE), ("auto", RAW + SOFTWARE)]
)
def test_v4l2_tries_its_format_and_decodes_in_software(
    form: str, expected: Tuple[str, ...]
) -> None:
    assert pipelines("v4l2:///dev/video0", format=form) == expected


def test_a_hardware_decoder_is_taken_when_asked_for() -> None:
    uri = "v4l2:///dev/video0"
    assert pipelines(uri, format="mjpeg", mjpeg_decoder="hardware") == HARDWARE
    with pytest.raises(CameraError, match="needs the GStreamer element nvjpegdec"):
        pipelines_for(
            parse_source(uri),
            CameraConfig(format="mjpeg", mjpeg_decoder="hardware"),
            "/run",
            frozenset(ELEMENTS) - {"nvv4l2decoder", "nvjpegdec"},
        )


def test_what_stands_before_the_kept_frames_and_what_makes_bgr_of_one_come_apart() -> None:
    source, elements = parts_of(SOFTWARE[0])
    assert (
        source == 'v4l2src device="/dev/video0" ! image/jpeg,width=1280,height=720,framerate=30/1'
    )
    assert elements == "jpegdec ! videoconvert"


@pytest.mark.parametrize("ending", [TAIL, "video/x-raw,format=BGR ! " + APPSINK])
def test_a_pipeline_of_ones_own_that_ends_as_ours_comes_apart_too(ending: str) -> None:
    assert parts_of("videotestsrc ! " + ending) == ("videotestsrc", "videoconvert")


def test_a_turned_pipeline_of_ones_own_is_turned_before_its_frames_are_kept() -> None:
    source = parse_source("gst:videotestsrc ! " + TAIL)
    (pipeline,) = pipelines_for(source, CameraConfig(rotation=180), "/run")
    before, elements = parts_of(pipeline)
    assert before.startswith("videotestsrc ! videoconvert ! video/x-raw,format=BGR ! videoflip ")
    assert "appsink" not in before
    assert elements == "videoconvert"


def test_known_elements_leave_the_candidates_that_can_work() -> None:
    workstation = frozenset(ELEMENTS) - {"nvv4l2decoder", "nvjpegdec", "nvvidconv"}
    found = pipelines_for(
        parse_source("v4l2:///dev/video0"), CameraConfig(format="auto"), "/run", workstation
    )
    assert found == RAW + SOFTWARE


def test_a_missing_element_that_all_need_is_named() -> None:
    workstation = frozenset(ELEMENTS) - {"nvarguscamerasrc"}
    with pytest.raises(CameraError, match=r"csi://0.*nvarguscamerasrc"):
        pipelines_for(parse_source("csi://0"), CameraConfig(), "/run", workstation)


def test_a_pattern_is_live_and_has_the_configured_size() -> None:
    assert pipelines("test://smpte", width_px=640, height_px=480, fps=10) == (
        "videotestsrc is-live=true pattern=smpte ! "
        "video/x-raw,format=BGR,width=640,height=480,framerate=10/1 ! " + KEPT + TAIL,
    )


def test_the_drawn_plant_lies_in_the_run_directory() -> None:
    assert pipelines("test://plant") == (
        'multifilesrc location="/run/plantd/camera/plant.jpg" loop=true '
        "caps=image/jpeg,framerate=30/1 ! identity sleep-time=33333 ! "
        + KEPT
        + "jpegdec ! "
        + TAIL,
    )


def test_a_picture_keeps_its_own_size() -> None:
    assert pipelines("file:///a/leaf.png", fps=5) == (
        'multifilesrc location="/a/leaf.png" loop=true '
        "caps=image/png,framerate=5/1 ! identity sleep-time=200000 ! " + KEPT + "pngdec ! " + TAIL,
    )


def test_a_folder_is_read_through_numbered_links() -> None:
    assert pipelines("file:///a/plants") == (
        'multifilesrc location="/run/plantd/camera/folder/%06d.jpg" loop=true '
        "caps=image/jpeg,framerate=30/1 ! identity sleep-time=33333 ! "
        + KEPT
        + "jpegdec ! "
        + TAIL,
    )


def test_a_video_is_decoded_by_what_is_installed() -> None:
    assert pipelines("file:///a/walk.mp4") == (
        'filesrc location="/a/walk.mp4" ! decodebin ! videoconvert ! '
        "videoflip video-direction=auto ! identity sync=true ! " + KEPT + TAIL,
    )


def test_a_path_with_spaces_quotes_and_percent_signs_is_escaped() -> None:
    path = '/a/50% "rare" \\ Größe.jpg'
    (found,) = pipelines("file://" + path)
    assert 'location="/a/50%% \\"rare\\" \\\\ Größe.jpg" loop' in found


def test_a_pipeline_of_ones_own_gets_our_ending() -> None:
    own = "rtspsrc location=rtsp://10.0.0.2/a latency=0 ! rtpjpegdepay ! jpegdec"
    assert pipelines("gst:" + own) == (own + " ! " + KEPT + TAIL,)


def test_a_pipeline_that_has_our_ending_is_left_alone() -> None:
    assert pipelines("gst:videotestsrc ! " + TAIL) == ("videotestsrc ! " + TAIL,)


def test_another_appsink_is_refused() -> None:
    with pytest.raises(CameraError, match="appsink of its own"):
        pipelines("gst:videotestsrc ! appsink")


@pytest.mark.parametrize(
    "uri", ["csi://0", "v4l2:///dev/video0", "test://smpte", "test://plant", "file:///a.mp4"]
)
def test_every_element_we_name_is_one_the_doctor_looks_for(uri: str) -> None:
    for one in pipelines(uri):
        assert set(elements_of(one)) <= set(ELEMENTS)


def test_an_exclamation_mark_in_a_path_separates_nothing() -> None:
    (found,) = pipelines("file:///a/! fakesrc !.jpg")
    assert elements_of(found) == (
        *("multifilesrc", "identity", "queue", "jpegdec", "videoconvert", "appsink"),
    )
