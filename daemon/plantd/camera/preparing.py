"""What some sources need on disk before their pipeline can play them. In the capture process."""

import importlib
import os
from typing import List

from plantd.camera.job import CaptureJob
from plantd.camera.pipelines import links_dir, plant_path
from plantd.config.forms.camera_source import (
    FOLDER,
    PICTURE,
    PLANT,
    V4L2,
    VIDEO,
    VIDEO_SUFFIXES,
)
from plantd.errors import CameraError, PictureError
from plantd.picture_names import JPEG_SUFFIXES, SUFFIXES, pictures_among

# A link costs memory in the run directory; a folder with more pictures holds each a shorter while.
MAX_LINKS = 10000
# Source: PNG specification, 5.2.
_PNG = b"\x89PNG\r\n\x1a\n"


def preload(job: CaptureJob) -> None:
    """Load OpenCV where `prepare` needs it: before all else, for its libgomp (opencv #14884)."""
    if job.kind in (PLANT, PICTURE):
        importlib.import_module("cv2")


def prepare(job: CaptureJob) -> None:
    """Write what the job's pipeline will read.

    Raises CameraError with one sentence when the source is not there or nothing can be written.
    """
    try:
        if job.kind == PLANT:
            _draw(job)
        elif job.kind == FOLDER:
            _link(job)
        elif job.kind == PICTURE:
            _look_at(job.target)
        elif job.kind in (VIDEO, V4L2):
            _require(job.target)
    except OSError as error:
        raise CameraError(
            "the camera source needs {}: {}".format(error.filename or job.target, error.strerror)
        ) from error


def links_for(names: List[str], hold_s: float, fps: int) -> List[str]:
    """Return the pictures in the order they are shown, each as often as it is held."""
    pictures = pictures_among(names, JPEG_SUFFIXES)
    if not pictures:
        return []
    times = max(1, min(round(hold_s * fps), MAX_LINKS // len(pictures)))
    return [name for name in pictures for _ in range(times)]


def _draw(job: CaptureJob) -> None:
    from plantd.camera.drawing import jpeg_of_plant  # cv2 only where a plant is drawn

    path = plant_path(job.run_dir)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as file:
        file.write(jpeg_of_plant(job.width_px, job.height_px, job.seed))
    os.replace(path + ".new", path)


def _link(job: CaptureJob) -> None:
    if os.path.isfile(job.target):
        raise CameraError(
            "{} is a file, and by its name neither a picture nor a video; expected a folder, or a "
            "name that ends in one of {}".format(job.target, ", ".join(SUFFIXES + VIDEO_SUFFIXES))
        )
    shown = links_for(os.listdir(job.target), job.hold_s, job.fps)
    if not shown:
        raise CameraError(
            "the folder {} holds no JPEG; expected files that end in .jpg or .jpeg".format(
                job.target
            )
        )
    directory = links_dir(job.run_dir)
    os.makedirs(directory, exist_ok=True)
    for name in os.listdir(directory):
        os.unlink(os.path.join(directory, name))
    for number, name in enumerate(shown):
        os.symlink(os.path.join(job.target, name), os.path.join(directory, "%06d.jpg" % number))


def _look_at(path: str) -> None:
    """A damaged picture makes GStreamer wait for ever, or says nothing that helps."""
    _require(path)
    from plantd import picture  # cv2 only where a picture is read

    with open(path, "rb") as file:
        data = file.read()
    suffix = os.path.splitext(path)[1].lower()
    if data and data.startswith(_PNG) != (suffix == ".png"):
        raise CameraError(
            "{} is not a {} as its name says; rename it".format(path, suffix[1:].upper())
        )
    try:
        picture.decode(data)
    except PictureError as error:
        raise CameraError("{}: {}".format(path, error)) from error


def _require(path: str) -> None:
    """GStreamer would say as much, but in many lines."""
    os.stat(path)
    if not os.access(path, os.R_OK):
        raise CameraError(
            "{} may not be read; `ls -l {}` shows the group that may (video for a camera)".format(
                path, path
            )
        )
