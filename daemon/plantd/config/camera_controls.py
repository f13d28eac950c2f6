"""Turning, exposure, focus and white balance in GStreamer's words. Pure.

How this works: a v4l2 camera is told by `extra-controls`, whose names come from the kernel: those
of 4.9 (JetPack 4) and those since 5.19 are both given, and v4l2src leaves out, with a warning, what
the camera does not have. Automatics are switched off before a value is set.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple

from plantd.config import CameraConfig
from plantd.config.forms.camera_source import CSI, V4L2


class Light(NamedTuple):
    """A light: what nvarguscamerasrc calls it, and its temperature in kelvin for v4l2.

    Source: wbmode of nvarguscamerasrc, L4T release 32; usual temperatures of these lights.
    """

    wbmode: int
    kelvin: Optional[int]


WHITE_BALANCES: Dict[str, Light] = {
    "auto": Light(1, None),
    "incandescent": Light(2, 2850),
    "fluorescent": Light(3, 4000),
    "daylight": Light(5, 5500),
    "cloudy": Light(6, 6500),
    "shade": Light(8, 7500),
}
ROTATIONS = (0, 90, 180, 270)
# Clockwise by so many degrees, then mirrored so -> video-direction of videoflip.
_DIRECTIONS = {
    (90, "none"): "90r",
    (180, "none"): "180",
    (270, "none"): "90l",
    (0, "horizontal"): "horiz",
    (0, "vertical"): "vert",
    (180, "horizontal"): "vert",
    (180, "vertical"): "horiz",
    (90, "horizontal"): "ul-lr",
    (270, "vertical"): "ul-lr",
    (90, "vertical"): "ur-ll",
    (270, "horizontal"): "ur-ll",
}
# Which keys a source can follow; all can be turned.
_TAKES = {V4L2: ("exposure_us", "focus", "white_balance"), CSI: ("exposure_us", "white_balance")}
_MANUAL_EXPOSURE = 1
_STEP_US = 100


def direction(config: CameraConfig) -> str:
    """Return videoflip's word for rotation and flip; empty where pictures stay as they are."""
    return _DIRECTIONS.get((config.rotation, config.flip), "")


def controls_refused(config: CameraConfig, kind: str) -> Tuple[str, ...]:
    """Return the keys that are set and that a source of this kind cannot follow."""
    asked = {
        "exposure_us": config.exposure_us is not None,
        "focus": config.focus is not None,
        "white_balance": config.white_balance != "auto",
    }
    return tuple(key for key, is_set in asked.items() if is_set and key not in _TAKES.get(kind, ()))


def v4l2_controls(config: CameraConfig) -> str:
    """Return v4l2src's properties for what is set, with a space before them; empty for none."""
    found: List[Tuple[str, int]] = []
    if config.exposure_us is not None:
        steps = max(1, round(config.exposure_us / _STEP_US))
        found += [(name, _MANUAL_EXPOSURE) for name in ("exposure_auto", "auto_exposure")]
        found += [(name, steps) for name in ("exposure_absolute", "exposure_time_absolute")]
    kelvin = WHITE_BALANCES[config.white_balance].kelvin
    if kelvin is not None:
        found += [("white_balance_temperature_auto", 0), ("white_balance_automatic", 0)]
        found += [("white_balance_temperature", kelvin)]
    if config.focus is not None:
        found += [("focus_auto", 0), ("focus_automatic_continuous", 0)]
        found += [("focus_absolute", config.focus)]
    if not found:
        return ""
    return ' extra-controls="c,{}"'.format(",".join("{}={}".format(*one) for one in found))


def argus_controls(config: CameraConfig) -> str:
    """Return nvarguscamerasrc's properties for what is set, as `v4l2_controls` does."""
    found = ""
    if config.exposure_us is not None:
        found += ' exposuretimerange="{0} {0}"'.format(config.exposure_us * 1000)
    if config.white_balance != "auto":
        found += " wbmode={}".format(WHITE_BALANCES[config.white_balance].wbmode)
    return found
