"""What of GStreamer this machine has, asked in processes of their own. For `plantd doctor`."""

import json
import shutil
import subprocess
import sys
from typing import FrozenSet, List, NamedTuple, Optional, Sequence

from plantd.camera.capture_process import environment

# Every element that one of our pipelines may name.
ELEMENTS = (
    "appsink capsfilter decodebin filesrc identity jpegdec multifilesrc nvarguscamerasrc "
    "nvjpegdec nvv4l2decoder nvvidconv pngdec queue v4l2src videoconvert videoflip videotestsrc"
).split()

_TIMEOUT_S = 60.0  # The first call after an installation scans every plugin.


class GstreamerFacts(NamedTuple):
    """What was found.

    Attributes:
        opencv_version, opencv_path: empty when OpenCV cannot be imported.
        gstreamer: its version, as "GStreamer 1.22.0"; empty where it cannot be loaded.
        elements: those of ELEMENTS that exist; None when gst-inspect-1.0 is not installed.
        problem: why something could not be asked, one sentence; empty when all could.
    """

    opencv_version: str
    opencv_path: str
    gstreamer: str
    elements: Optional[FrozenSet[str]]
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether a pipeline can be opened."""
        return bool(self.gstreamer)


def gstreamer_facts(
    names: Sequence[str] = tuple(ELEMENTS),
    python: str = sys.executable,
    inspect: str = "gst-inspect-1.0",
) -> GstreamerFacts:
    """Return what this machine has; takes seconds, raises nothing.

    Args:
        names: elements to look for.
        python: the interpreter that the capture process would run in.
        inspect: GStreamer's tool.
    """
    elements = _elements(names, inspect)
    done = _run([python, "-m", "plantd.camera.opencv_facts"])
    if done is None or done.returncode != 0:
        lines = [] if done is None else done.stderr.decode("utf-8", "replace").strip().splitlines()
        problem = "OpenCV cannot be imported: {}".format(lines[-1] if lines else "no answer")
        return GstreamerFacts("", "", "", elements, problem)
    found = json.loads(done.stdout.decode("utf-8"))
    problem = "" if elements is not None else "{} is not installed".format(inspect)
    return GstreamerFacts(found["version"], found["path"], found["gstreamer"], elements, problem)


def _elements(names: Sequence[str], inspect: str) -> Optional[FrozenSet[str]]:
    if shutil.which(inspect) is None:
        return None
    found = [name for name in names if _exists(name, inspect)]
    return frozenset(found)


def _exists(name: str, inspect: str) -> bool:
    done = _run([inspect, "--exists", name])
    return done is not None and done.returncode == 0


def _run(command: List[str]) -> "Optional[subprocess.CompletedProcess[bytes]]":
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
            env=environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
