"""The configured hardware, made in one place: camera, button, light and the reader of telemetry."""

from typing import Callable, NamedTuple

from plantd.button.choice import button_from_config
from plantd.button.interface import Button
from plantd.camera.choice import camera_from_config
from plantd.camera.interface import Camera, CameraStatus
from plantd.config import Config
from plantd.light.choice import light_from_config
from plantd.light.interface import Light
from plantd.telemetry.interface import TelemetrySource
from plantd.telemetry.registry import telemetry_from_config


class Devices(NamedTuple):
    """What the service drives; nothing is opened yet."""

    camera: Camera
    button: Button
    light: Light
    telemetry: TelemetrySource


def devices_from_config(
    config: Config,
    camera_changed: Callable[[CameraStatus], None],
    ask_root: Callable[[str], None],
) -> Devices:
    """Return the devices that the configuration names.

    Args:
        camera_changed: called, in the camera's thread, when its state changes.
        ask_root: called there for what only root can do: restart nvargus-daemon.

    Raises ConfigError for an unknown driver or pin, CameraError for an impossible source.
    """
    return Devices(
        camera=camera_from_config(config.camera, config.paths, camera_changed, ask_root),
        button=button_from_config(config.button, config.paths),
        light=light_from_config(config.light, config.paths),
        telemetry=telemetry_from_config(config.telemetry),
    )
