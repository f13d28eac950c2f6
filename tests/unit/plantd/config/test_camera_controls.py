"""What the camera's own keys become in GStreamer's words, and who refuses them."""

from typing import Any, Dict

import pytest

from plantd.config import CameraConfig, Config
from plantd.config.camera_controls import argus_controls, direction, v4l2_controls
from plantd.config.rules import problems_between


def test_nothing_is_said_where_nothing_is_set() -> None:
    assert v4l2_controls(CameraConfig()) == argus_controls(CameraConfig()) == ""
    assert direction(CameraConfig()) == ""


def test_a_v4l2_camera_is_told_by_the_names_of_old_and_new_kernels_automatics_first() -> None:
    config = CameraConfig(exposure_us=10000, focus=30, white_balance="daylight")
    assert v4l2_controls(config) == (
        ' extra-controls="c,exposure_auto=1,auto_exposure=1,exposure_absolute=100,'
        "exposure_time_absolute=100,white_balance_temperature_auto=0,white_balance_automatic=0,"
        "white_balance_temperature=5500,focus_auto=0,focus_automatic_continuous=0,"
        'focus_absolute=30"'
    )


def test_a_csi_camera_is_told_in_nanoseconds_and_modes() -> None:
    config = CameraConfig(exposure_us=10000, white_balance="daylight")
    assert argus_controls(config) == ' exposuretimerange="10000000 10000000" wbmode=5'


@pytest.mark.parametrize(
    ("source", "set_keys", "refused"),
    [
        ("v4l2:///dev/video0", {"exposure_us": 5, "focus": 1, "white_balance": "shade"}, ""),
        ("csi://0", {"exposure_us": 5, "white_balance": "shade"}, ""),
        ("csi://0", {"focus": 1}, "csi://0, which cannot follow camera.focus; leave it out"),
        (
            "test://plant",
            {"exposure_us": 5, "white_balance": "cloudy"},
            "cannot follow camera.exposure_us and camera.white_balance; leave them out",
        ),
        ("gst:videotestsrc", {"rotation": 90, "flip": "vertical"}, ""),
        ("csi://0", {"rotation": 45}, "is 45; expected 0, 90, 180 or 270"),
    ],
)
def test_a_source_refuses_in_one_sentence_what_it_cannot_follow(
    source: str, set_keys: Dict[str, Any], refused: str
) -> None:
    config = Config(camera=CameraConfig(source=source, **set_keys))
    problems = [problem for key, problem in problems_between(config, set()) if "camera" in key]
    assert len(problems) == bool(refused)
    assert all(refused in problem for problem in problems)
