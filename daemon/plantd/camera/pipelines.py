"""Source and configuration to GStreamer pipelines. Pure.

How this works: what a machine offers (a hardware JPEG decoder, a camera's formats) is not
asked beforehand, for asking takes seconds on the device. Instead each source has candidates in
the order of preference, and the capture process keeps the first that delivers a frame; a
missing element fails while parsing, within milliseconds. Who knows the elements passes them
and gets only candidates that can work.
"""

import os
import re
from typing import FrozenSet, Optional, Tuple

from plantd.config import CameraConfig
from plantd.config.camera_controls import argus_controls, direction, v4l2_controls
from plantd.config.forms.camera_source import (
    CSI,
    FOLDER,
    GST,
    PATTERN,
    PICTURE,
    PLANT,
    V4L2,
    VIDEO,
    Source,
)
from plantd.errors import CameraError
from plantd.picture_names import JPEG_SUFFIXES

# Before it frames are taken as they come; what stands behind it is done with those that are looked
# at. As one text it is a pipeline for gst-launch-1.0 as well.
KEPT = "queue name=kept max-size-buffers=1 leaky=downstream"
APPSINK = "appsink drop=true max-buffers=1 sync=false"
_END = " ! video/x-raw,format=BGR ! " + APPSINK
TAIL = "videoconvert" + _END
# A file has no clock of its own; without this its frames come as fast as they can be read.
PACE = "identity sync=true"
_READ_PACE = "identity sleep-time={}"
# A phone writes its videos as the sensor lies, and into their header how to turn them.
UPRIGHT = "videoconvert ! videoflip video-direction=auto"

# The first format in a pipeline is its source's.
_FORMAT = re.compile(r"format=(?:\(string\))?([A-Z0-9]+)")

# Decoders for MJPEG, the best first. NVIDIA's leave their result in device memory or as BGRx, and
# corrupt the frames of some cameras (jetson-utils issue 66): they are asked for by name.
# Source: NVIDIA Jetson Linux Developer Guide, Accelerated GStreamer, release 32.
_MJPEG_DECODERS = {
    "software": ("jpegdec",),
    "hardware": (
        "nvv4l2decoder mjpeg=1 ! nvvidconv ! video/x-raw,format=BGRx",
        "nvjpegdec ! video/x-raw",
    ),
}


def plant_path(run_dir: str) -> str:
    """Where the capture process writes the drawn plant."""
    return os.path.join(run_dir, "camera", "plant.jpg")


def links_dir(run_dir: str) -> str:
    """Where the capture process links the pictures of a folder under numbered names."""
    return os.path.join(run_dir, "camera", "folder")


def pipelines_for(
    source: Source,
    config: CameraConfig,
    run_dir: str,
    elements: Optional[FrozenSet[str]] = None,
) -> Tuple[str, ...]:
    """Return the candidate pipelines of a source, the best first; never none.

    Args:
        elements: GStreamer elements this machine has; None when that is not known.

    Raises CameraError when an element is missing that every candidate needs.
    """
    if source.kind == CSI:
        found: Tuple[str, ...] = (_csi(source, config),)
    elif source.kind == V4L2:
        found = _v4l2(source, config)
    elif source.kind == PATTERN:
        found = (_pattern(source, config),)
    elif source.kind == GST:
        found = (_gst(source),)
    else:
        found = (_file(source, config, run_dir),)
    found = tuple(_turned(one, config) for one in found)
    return found if elements is None else _possible(found, source, elements)


def parts_of(pipeline: str) -> Tuple[str, str]:
    """Return what delivers frames as they come, and the elements that make BGR of one."""
    before, found, behind = pipeline.partition(" ! {} ! ".format(KEPT))
    if not found:
        # One of somebody's own: what it ends in is ours, with or without its conversion.
        for end in (_END, " ! videoconvert"):
            before = before[: -len(end)] if before.endswith(end) else before
        return before, "videoconvert"
    return before, behind[: -len(_END)]


def elements_of(pipeline: str) -> Tuple[str, ...]:
    """Return the names of the elements in one of our pipelines, in order."""
    parts = [part.strip().split(" ")[0] for part in _split_outside_quotes(pipeline)]
    return tuple(part for part in parts if part and "/" not in part)


def format_of(pipeline: str) -> str:
    """Return what one of our pipelines takes from its source, in a word: MJPEG, NV12, raw, ..."""
    head = pipeline.replace(TAIL, "")
    if "image/jpeg" in head:
        return "MJPEG" if head.startswith("v4l2src") else "JPEG"
    if "image/png" in head:
        return "PNG"
    found = _FORMAT.search(head)
    return found.group(1) if found else "raw"


def quoted(text: str) -> str:
    """Return a value as gst_parse_launch reads it back: spaces, quotes and backslashes kept."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def _raw_caps(config: CameraConfig, extra: str = "") -> str:
    return "video/x-raw{},width={},height={},framerate={}/1".format(
        extra, config.width_px, config.height_px, config.fps
    )


def _csi(source: Source, config: CameraConfig) -> str:
    return (
        "nvarguscamerasrc sensor-id={}{} ! video/x-raw(memory:NVMM),format=NV12,"
        "width={},height={},framerate={}/1 ! {} ! nvvidconv ! video/x-raw,format=BGRx ! {}"
    ).format(
        *(source.target, argus_controls(config)),
        *(config.width_px, config.height_px, config.fps, KEPT, TAIL),
    )


def _v4l2(source: Source, config: CameraConfig) -> Tuple[str, ...]:
    """Raw first: it costs no decoding. A USB 2 camera offers it only at sizes that fit its bus."""
    head = "v4l2src device={}{}".format(quoted(source.target), v4l2_controls(config))
    raw = (
        "{} ! {} ! {} ! {}".format(head, _raw_caps(config, ",format=YUY2"), KEPT, TAIL),
        # Any other raw layout (UYVY, NV12, RGB): videoconvert reads them all.
        "{} ! {} ! {} ! {}".format(head, _raw_caps(config), KEPT, TAIL),
    )
    jpeg_caps = "image/jpeg,width={},height={},framerate={}/1".format(
        config.width_px, config.height_px, config.fps
    )
    mjpeg = tuple(
        "{} ! {} ! {} ! {} ! {}".format(head, jpeg_caps, KEPT, decoder, TAIL)
        for decoder in _MJPEG_DECODERS[config.mjpeg_decoder]
    )
    return {"raw": raw, "mjpeg": mjpeg}.get(config.format, raw + mjpeg)


def _turned(pipeline: str, config: CameraConfig) -> str:
    """Turn what is looked at, behind all else; every pipeline ends alike."""
    turned = direction(config)
    if not turned:
        return pipeline
    turn = "videoflip video-direction={} ! video/x-raw,format=BGR ! {}".format(turned, APPSINK)
    return "{}{}".format(pipeline[: -len(APPSINK)], turn)


def _pattern(source: Source, config: CameraConfig) -> str:
    return "videotestsrc is-live=true pattern={} ! {} ! {} ! {}".format(
        source.target, _raw_caps(config, ",format=BGR"), KEPT, TAIL
    )


def _file(source: Source, config: CameraConfig, run_dir: str) -> str:
    if source.kind == VIDEO:
        head = "filesrc location={} ! decodebin".format(quoted(source.target))
        return "{} ! {} ! {} ! {} ! {}".format(head, UPRIGHT, PACE, KEPT, TAIL)
    location = {
        PICTURE: _no_pattern(source.target),
        PLANT: _no_pattern(plant_path(run_dir)),
        FOLDER: _no_pattern(links_dir(run_dir)) + "/%06d.jpg",
    }[source.kind]
    jpeg = source.kind != PICTURE or source.target.lower().endswith(JPEG_SUFFIXES)
    media, decoder = ("image/jpeg", "jpegdec") if jpeg else ("image/png", "pngdec")
    return "multifilesrc location={} loop=true caps={},framerate={}/1 ! {} ! {} ! {} ! {}".format(
        *(quoted(location), media, config.fps, _READ_PACE.format(1000000 // config.fps)),
        *(KEPT, decoder, TAIL),
    )


def _no_pattern(path: str) -> str:
    """multifilesrc reads its location as a printf pattern."""
    return path.replace("%", "%%")


def _gst(source: Source) -> str:
    if "appsink" not in source.target:
        return "{} ! {} ! {}".format(source.target, KEPT, TAIL)
    if source.target.endswith(_END):
        return source.target
    raise CameraError(
        "the pipeline of {!r} has an appsink of its own; expected none (plantd adds "
        '"{}") or exactly that ending'.format(source.uri, TAIL)
    )


def _possible(
    candidates: Tuple[str, ...], source: Source, elements: FrozenSet[str]
) -> Tuple[str, ...]:
    if source.kind == GST:
        return candidates
    found = tuple(one for one in candidates if elements.issuperset(elements_of(one)))
    if found:
        return found
    missing = [name for name in elements_of(candidates[-1]) if name not in elements]
    raise CameraError(
        "the camera source {!r} needs the GStreamer element {}, which this machine lacks; "
        "`gst-inspect-1.0 {}` shows it once its package is installed".format(
            source.uri, missing[0], missing[0]
        )
    )


def _split_outside_quotes(pipeline: str) -> Tuple[str, ...]:
    parts, part, inside, escaped = [], "", False, False
    for char in pipeline:
        if escaped or char == "\\":
            escaped = not escaped
        elif char == '"':
            inside = not inside
        if char == "!" and not inside:
            parts.append(part)
            part = ""
        else:
            part += char
    return tuple(parts + [part])
