"""Cameras for tests: real ones on pictures that are drawn, with small frames and quick back-off."""

import time
from pathlib import Path
from typing import Any, Callable, List, Tuple

import cv2
import numpy as np

from plantd.camera.gst_camera import GstCamera, GstOptions
from plantd.camera.interface import CameraStatus
from plantd.camera.recovery import Tiers
from plantd.config import CameraConfig, PathsConfig
from plantd.config.forms.camera_source import parse_source

# Long enough for a loaded machine; a test that passes never waits so long.
PATIENCE_S = 30.0
OWN = ("ask_root", "idle_after_s", "pipelines", "python", "tiers")
QUICK = Tiers(first_s=0.05, max_s=0.2, steady_s=0.2, failed_after=3)


def config_for(source: str, **changes: Any) -> CameraConfig:
    """Return a configuration for small, quick frames."""
    return CameraConfig(source=source, width_px=320, height_px=240)._replace(**changes)


class StateLog:
    """Collects a camera's states and waits for one."""

    def __init__(self) -> None:
        self.seen: List[CameraStatus] = []

    def __call__(self, status: CameraStatus) -> None:
        self.seen.append(status)

    def first(self, state: str) -> CameraStatus:
        """Return the first status of that state."""
        return next(status for status in self.seen if status.state == state)

    @property
    def states(self) -> Tuple[str, ...]:
        """The states in order, each change once."""
        found: List[str] = []
        for status in self.seen:
            if not found or found[-1] != status.state:
                found.append(status.state)
        return tuple(found)


def gst_camera(
    source: str, run_dir: Path, log: Callable[[CameraStatus], None], **changes: Any
) -> GstCamera:
    """Return a real camera; keywords of GstOptions and of CameraConfig may be mixed."""
    own = {name: changes.pop(name) for name in OWN if name in changes}
    ask_root = own.pop("ask_root", no_root)
    options = GstOptions(**dict({"tiers": QUICK}, **own))
    paths = PathsConfig(run=str(run_dir))
    return GstCamera(
        parse_source(source), config_for(source, **changes), paths, log, ask_root, options
    )


def no_root(request: str) -> None:
    raise AssertionError("root was asked to {}".format(request))


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds that nothing announces, for at most PATIENCE_S."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited {:g} s for {}".format(PATIENCE_S, what)
        time.sleep(0.005)


def write_colour(
    path: Path, bgr: Tuple[int, int, int], width_px: int = 160, height_px: int = 120
) -> Path:
    """Write a picture of one colour, replacing an older one at one stroke."""
    pixels = np.full((height_px, width_px, 3), bgr, np.uint8)
    new = path.with_name("new-" + path.name)
    assert cv2.imwrite(str(new), pixels)
    new.replace(path)
    return path
