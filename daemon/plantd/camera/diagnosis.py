"""Why a capture process ended, in one sentence, from what it said. Pure."""

import re
from typing import Optional, Sequence

from plantd.config import CameraConfig
from plantd.config.forms.camera_source import CSI, V4L2, Source

INSTALL = (
    "install GStreamer: `apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good` (on "
    "a Jetson it comes with JetPack)"
)

_NO_ELEMENT = re.compile(r'no element "([A-Za-z0-9_-]+)"')
_REPORTED = re.compile(r"module (\S+) reported: (.+)$")
_NOT_NEGOTIATED = re.compile(r"not-negotiated|Internal data stream error")
_BUSY = re.compile(r"busy", re.IGNORECASE)


def without_gstreamer(detail: str) -> str:
    """Return the sentence for a machine on which GStreamer cannot be loaded."""
    return "{}; {}".format(detail, INSTALL)


def without_start(complaints: Sequence[str]) -> str:
    """Return the sentence for a capture process that could not even start."""
    last = complaints[-1] if complaints else "it said nothing"
    return "the capture process cannot start ({}); 'plantd doctor' tells more".format(last)


def missing_element(complaints: Sequence[str]) -> Optional[str]:
    """Return the GStreamer element that is not installed, None if none was missed."""
    for line in complaints:
        match = _NO_ELEMENT.search(line)
        if match:
            return match.group(1)
    return None


def why_it_failed(source: Source, config: CameraConfig, why: str, complaints: Sequence[str]) -> str:
    """Return one sentence: what the source did, what GStreamer said about it, what helps.

    Args:
        why: "open" (no candidate delivered a frame) or "ended" (it had delivered some).
        complaints: the capture process's lines on stderr, the oldest first.
    """
    element = missing_element(complaints)
    if why == "open" and element is not None:
        return (
            "the camera source {!r} needs the GStreamer element {}, which is not installed; "
            "`gst-inspect-1.0 {}` shows it once it is"
        ).format(source.uri, element, element)
    happened = "stopped delivering frames" if why == "ended" else "does not open"
    said = _reported(complaints)
    return "the camera source {!r} {}{}; {}".format(
        source.uri,
        happened,
        " (GStreamer says: {})".format(said) if said else "",
        _remedy(source, config, why, complaints),
    )


def died(source: Source, code: Optional[int]) -> str:
    """Return the sentence for a capture process that ended without a word."""
    how = "hung" if code is None else "ended with code {}".format(code)
    if code is not None and code < 0:
        how = "was killed by signal {}".format(-code)
    return "the capture process of {!r} {}; it is started again".format(source.uri, how)


def overdue(source: Source, missed: str, hung: str) -> str:
    """Return the sentence for a missed deadline; `hung` is the pipeline that did not open."""
    quote = " by the pipeline `{}`".format(hung) if hung else ""
    return "the camera source {!r} {}{}; it is opened again".format(source.uri, missed, quote)


def late(source: Source, silent_s: float) -> str:
    """Return the sentence for a stream that pauses."""
    return "the camera source {!r} is late: no frame for {:.1f} s".format(source.uri, silent_s)


def frozen(source: Source, repeats_s: float) -> str:
    """Return the sentence for a sensor that repeats one frame."""
    return (
        "the camera source {!r} repeats one frame since {:.0f} s: its lens is covered, or it "
        "hangs: unplug it and plug it in again (a still looped on purpose: ?frozen=allowed)"
    ).format(source.uri, repeats_s)


def _remedy(source: Source, config: CameraConfig, why: str, complaints: Sequence[str]) -> str:
    text = "\n".join(complaints)
    if source.kind == V4L2 and _BUSY.search(text):
        return "another program holds the camera: `fuser -v {}` names it".format(source.target)
    if source.kind == V4L2 and why == "open" and _NOT_NEGOTIATED.search(text):
        return (
            "{} x {} at {} frames a second may be no format of this camera: "
            "`v4l2-ctl --list-formats-ext -d {}` lists them; set camera.width_px, "
            "camera.height_px, camera.fps and camera.format"
        ).format(config.width_px, config.height_px, config.fps, source.target)
    if source.kind == V4L2:
        return "is it plugged in? `ls /dev/v4l/by-id` lists the cameras"
    if source.kind == CSI:
        return "is the ribbon cable seated? `journalctl -u nvargus-daemon` tells more"
    return "`plantd doctor` checks the source and its pipeline"


def _reported(complaints: Sequence[str]) -> str:
    """Return the last thing an element reported."""
    for line in reversed(complaints):
        match = _REPORTED.search(line)
        if match:
            return "{}: {}".format(match.group(1), match.group(2).strip().rstrip("."))
    return ""
