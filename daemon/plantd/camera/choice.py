"""The configured camera, chosen by the scheme of its source."""

import logging
from typing import Callable

from plantd.camera.gst_camera import GstCamera
from plantd.camera.interface import Camera, CameraStatus
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, PathsConfig
from plantd.config.forms.camera_source import FAKE, parse_source

logger = logging.getLogger(__name__)


def nobody_to_ask(request: str) -> None:
    """Say that root's part of a recovery is not set up; the camera is still reopened for ever."""
    logger.warning("nobody was configured to answer the request %s", request)


def camera_from_config(
    config: CameraConfig,
    paths: PathsConfig,
    on_state: Callable[[CameraStatus], None],
    ask_root: Callable[[str], None] = nobody_to_ask,
) -> Camera:
    """Return the camera that `config.source` names; nothing is opened yet.

    Args:
        on_state: called, in the camera's thread, when state or detail change; must not raise.
        ask_root: called there with the name of a request that only root can fulfil
            (`root_requests.RESTART_NVARGUS`); must not raise.

    Raises ConfigError for a source that cannot be read.
    """
    source = parse_source(config.source)
    if source.kind == FAKE:
        return ScriptedCamera(config, on_state)
    return GstCamera(source, config, paths, on_state, ask_root)
