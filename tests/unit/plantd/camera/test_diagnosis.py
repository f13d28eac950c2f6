import pytest

from plantd.camera import diagnosis
from plantd.config import CameraConfig
from plantd.config.forms.camera_source import parse_source

CONFIG = CameraConfig()
USB = parse_source("v4l2:///dev/video0")
CSI = parse_source("csi://0")

# Written by OpenCV 4.6 with GStreamer 1.22.
NO_ELEMENT = (
    "[ WARN:0@0.017] global ./modules/videoio/src/cap_gstreamer.cpp (1127) open OpenCV | GStreamer "
    'warning: Error opening bin: no element "nvarguscamerasrc"'
)
REPORTED = (
    "[ WARN:0@0.063] global ./modules/videoio/src/cap_gstreamer.cpp (2075) handleMessage OpenCV | "
    "GStreamer warning: Embedded video playback halted; module v4l2src0 reported: {}"
)
BEHIND = (
    "[ WARN:0@0.063] global ./modules/videoio/src/cap_gstreamer.cpp (1053) open OpenCV | GStreamer "
    "warning: unable to start pipeline"
)


def test_a_missing_element_is_named() -> None:
    sentence = diagnosis.why_it_failed(CSI, CONFIG, "open", (NO_ELEMENT, BEHIND))
    assert "needs the GStreamer element nvarguscamerasrc" in sentence
    assert diagnosis.missing_element((NO_ELEMENT,)) == "nvarguscamerasrc"


def test_what_an_element_reported_beats_what_opencv_adds() -> None:
    lines = (REPORTED.format("Cannot identify device '/dev/video0'."), BEHIND)
    sentence = diagnosis.why_it_failed(USB, CONFIG, "open", lines)
    assert "v4l2src0: Cannot identify device '/dev/video0')" in sentence
    assert "ls /dev/v4l/by-id" in sentence


def test_without_any_words_nothing_is_quoted() -> None:
    sentence = diagnosis.why_it_failed(CSI, CONFIG, "ended", ())
    assert "'csi://0' stopped delivering frames; is the ribbon cable seated?" in sentence


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("Device '/dev/video0' is busy", "fuser -v /dev/video0"),
        ("Internal data stream error.", "v4l2-ctl --list-formats-ext -d /dev/video0"),
        ("Could not read from resource.", "is it plugged in?"),
    ],
)
def test_the_remedy_fits_what_was_said(said: str, remedy: str) -> None:
    assert remedy in diagnosis.why_it_failed(USB, CONFIG, "open", (REPORTED.format(said),))


def test_a_machine_without_gstreamer_is_told_what_to_install() -> None:
    sentence = diagnosis.without_gstreamer("GStreamer cannot be loaded (no such file)")
    assert sentence.startswith("GStreamer cannot be loaded (no such file); install GStreamer")
    assert "apt-get install gstreamer1.0-plugins-base" in sentence


def test_a_process_that_does_not_start_is_quoted() -> None:
    sentence = diagnosis.without_start(("Traceback", "ImportError: libgomp.so.1: static TLS"))
    assert "(ImportError: libgomp.so.1: static TLS)" in sentence
    assert "(it said nothing)" in diagnosis.without_start(())


@pytest.mark.parametrize(
    ("code", "words"), [(-9, "was killed by signal 9"), (3, "ended with code 3"), (None, "hung")]
)
def test_a_silent_death_is_told(code: int, words: str) -> None:
    assert words in diagnosis.died(USB, code)


def test_a_pipeline_that_hung_is_quoted() -> None:
    assert diagnosis.overdue(USB, "did not open within 10 s", "v4l2src ! appsink") == (
        "the camera source 'v4l2:///dev/video0' did not open within 10 s by the pipeline "
        "`v4l2src ! appsink`; it is opened again"
    )
    assert "pipeline" not in diagnosis.overdue(USB, "delivered no frame for 3 s", "")
