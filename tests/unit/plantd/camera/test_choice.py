from pathlib import Path

import pytest
from support.cameras import StateLog, config_for

from plantd.camera.choice import camera_from_config, nobody_to_ask
from plantd.camera.gst_camera import GstCamera
from plantd.camera.scripted import ScriptedCamera
from plantd.config import PathsConfig
from plantd.errors import CameraError, ConfigError


@pytest.mark.parametrize(
    "source", ["csi://0", "v4l2:///dev/video0", "file:///a.jpg", "test://plant", "gst:fakesrc"]
)
def test_every_source_but_fake_is_a_real_camera(source: str, tmp_path: Path) -> None:
    camera = camera_from_config(config_for(source), PathsConfig(run=str(tmp_path)), StateLog())
    assert isinstance(camera, GstCamera)
    assert camera.status().source == source


def test_the_fake_is_chosen_by_its_name_alone() -> None:
    assert isinstance(
        camera_from_config(config_for("fake://"), PathsConfig(), StateLog()), ScriptedCamera
    )


def test_a_source_that_cannot_be_read_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        camera_from_config(config_for("floppy://0"), PathsConfig(), StateLog())


def test_a_pipeline_that_cannot_be_built_is_said_when_opening() -> None:
    camera = camera_from_config(config_for("gst:x ! appsink"), PathsConfig(), StateLog())
    with pytest.raises(CameraError, match="appsink of its own"):
        camera.open()


def test_a_request_that_nobody_answers_is_said(caplog: pytest.LogCaptureFixture) -> None:
    nobody_to_ask("restart-nvargus-daemon")
    assert "restart-nvargus-daemon" in caplog.text
