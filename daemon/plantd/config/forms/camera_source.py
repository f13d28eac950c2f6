"""Where frames come from: a URI and what it means. Pure: no file or device is touched."""

import os
import re
from typing import Dict, NamedTuple, Tuple
from urllib.parse import quote, unquote

from plantd import picture_names
from plantd.errors import ConfigError

CSI = "csi"
V4L2 = "v4l2"
PICTURE = "picture"
FOLDER = "folder"
VIDEO = "video"
PATTERN = "pattern"
PLANT = "plant"
GST = "gst"
FAKE = "fake"

EXPECTED = (
    "expected csi://N, v4l2:///dev/v4l/by-id/NAME, file:///PICTURE_FOLDER_OR_VIDEO, "
    "test://plant, test://PATTERN, gst:PIPELINE or fake://"
)

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".ogv")

# The patterns of videotestsrc that GStreamer 1.14 (JetPack 4.6) and later know.
# Source: GstVideoTestSrcPattern in gst-plugins-base.
PATTERNS = (
    "smpte snow black white red green blue checkers-1 checkers-2 checkers-4 checkers-8 circular "
    "blink smpte75 zone-plate gamut chroma-zone-plate solid-color ball smpte100 bar pinwheel "
    "spokes gradient colors"
).split()

_OPTIONS: Dict[str, Tuple[str, ...]] = {
    FOLDER: ("hold_s",),
    PLANT: ("seed",),
    CSI: ("frozen",),
    V4L2: ("frozen",),
}
# Only what looks like our options is one: a question mark may stand in a file's name.
_QUERY = re.compile(r"\?((?:hold_s|seed|frozen)=[^?&/]*(?:&(?:hold_s|seed|frozen)=[^?&/]*)*)$")


class Source(NamedTuple):
    """A camera's source, read from its URI.

    Attributes:
        uri: as it was configured.
        kind: CSI, V4L2, PICTURE, FOLDER, VIDEO, PATTERN, PLANT, GST or FAKE.
        target: the sensor id, device, path, pattern or pipeline.
        hold_s: how long each picture of a FOLDER stays.
        seed: which PLANT is drawn.
        frozen_allowed: identical frames of a live source are no fault (a looped still).
    """

    uri: str
    kind: str
    target: str
    hold_s: float = 2.0
    seed: int = 1
    frozen_allowed: bool = False

    @property
    def live(self) -> bool:
        """A sensor, whose noise makes two identical frames in a row a fault."""
        return self.kind in (CSI, V4L2)

    @property
    def ends(self) -> bool:
        """A source with an end of its own, after which it is started again."""
        return self.kind == VIDEO


def parse_source(uri: str) -> Source:
    """Given a camera source URI, return its parts.

    Raises ConfigError with one sentence saying what is wrong and what is expected.
    """
    if "\0" in uri or "\n" in uri:
        raise _problem(uri, "holds a line break or a NUL byte")
    if uri.startswith("gst:"):
        return _gst(uri)
    scheme, colon, rest = uri.partition("://")
    if not colon or scheme not in _READERS:
        raise _problem(uri, "has no scheme plantd knows; {}".format(EXPECTED))
    match = _QUERY.search(rest)
    body = rest[: match.start()] if match else rest
    source = _READERS[scheme](uri, body)
    return _with_options(source, match.group(1) if match else "")


def uri_from_path(path: str) -> str:
    """Return the file:// URI of a picture, folder or video."""
    absolute = os.path.abspath(path)
    return "file://" + quote(absolute) + ("/" if path.endswith("/") and absolute != "/" else "")


def _csi(uri: str, body: str) -> Source:
    if not re.match(r"[0-9]{1,2}$", body):
        raise _problem(uri, "names no sensor; expected csi://N with N the sensor id, as csi://0")
    return Source(uri, CSI, str(int(body)))


def _v4l2(uri: str, body: str) -> Source:
    device = unquote(body)
    if not device.startswith("/dev/"):
        raise _problem(
            uri,
            "names no device; expected v4l2:///dev/v4l/by-id/NAME "
            "(`ls /dev/v4l/by-id` lists them) or v4l2:///dev/video0",
        )
    return Source(uri, V4L2, device)


def _file(uri: str, body: str) -> Source:
    path = unquote(body)
    if not path.startswith("/") or path == "/":
        raise _problem(uri, "has no absolute path; expected file:///PATH with three slashes")
    suffix = os.path.splitext(path)[1].lower()
    if suffix in picture_names.SUFFIXES:
        return Source(uri, PICTURE, path)
    if suffix in VIDEO_SUFFIXES:
        return Source(uri, VIDEO, path)
    return Source(uri, FOLDER, path)


def _test(uri: str, body: str) -> Source:
    if body == "plant":
        return Source(uri, PLANT, body)
    if body not in PATTERNS:
        raise _problem(
            uri,
            "names no test picture; expected test://plant or test:// and one of {}".format(
                ", ".join(PATTERNS)
            ),
        )
    return Source(uri, PATTERN, body)


def _gst(uri: str) -> Source:
    pipeline = uri[len("gst:") :].strip()
    if not pipeline or pipeline.startswith("//"):
        raise _problem(uri, "has no pipeline; expected gst: and a pipeline as for gst-launch-1.0")
    return Source(uri, GST, pipeline)


def _fake(uri: str, body: str) -> Source:
    return Source(uri, FAKE, body)


_READERS = {"csi": _csi, "v4l2": _v4l2, "file": _file, "test": _test, "fake": _fake}


def _with_options(source: Source, query: str) -> Source:
    for item in query.split("&") if query else ():
        name, _, value = item.partition("=")
        if name not in _OPTIONS.get(source.kind, ()):
            raise _problem(source.uri, "has the option {}, which it does not take".format(name))
        source = _with_option(source, name, value)
    return source


def _with_option(source: Source, name: str, value: str) -> Source:
    if name == "hold_s" and re.match(r"[0-9]+(\.[0-9]+)?$", value) and float(value) > 0:
        return source._replace(hold_s=float(value))
    if name == "seed" and re.match(r"[0-9]{1,9}$", value):
        return source._replace(seed=int(value))
    if name == "frozen" and value in ("allowed", "fault"):
        return source._replace(frozen_allowed=value == "allowed")
    expected = {
        "hold_s": "seconds above 0, as hold_s=2",
        "seed": "a whole number, as seed=7",
        "frozen": "frozen=allowed or frozen=fault",
    }[name]
    raise _problem(source.uri, "has {}={}; expected {}".format(name, value, expected))


def _problem(uri: str, what: str) -> ConfigError:
    return ConfigError(["the camera source {!r} {}".format(uri, what)])
