"""The pictures that INT8 calibrates with, and those that judge it: whole as listed, or refused.

    FOLDER/calibration.json   schema 1; graph: sha256 of the bundle's model.onnx;
                              calibrate: [{file, sha256}], in the order they are looked at;
                              judge: [{file, sha256, poisonous, poison, species}], poison and
                              species being what that graph's heads give in FP32
    FOLDER/...                the pictures

`plantd-calibrate inputs` writes it on a workstation. A picture that is missing or another one than
listed is an error: no set shrinks.
"""

import hashlib
import os
from typing import Any, List, NamedTuple, Tuple

from plantd.errors import EX_DATAERR, PlantdError
from plantd.system.hashed_file import read_as_named
from plantd.system.json_text import tree_from_json

SCHEMA = 1
LIST = "calibration.json"
MAKE_IT = "make it with plantd-calibrate inputs, and copy the whole folder"


class CalibrationError(PlantdError):
    """A calibration set that is not whole, or that could not be looked at to its end."""

    exit_code = EX_DATAERR


class Listed(NamedTuple):
    """One picture: its path inside the folder, and its sha256."""

    file: str
    sha256: str


class GatePicture(NamedTuple):
    """A picture that is not calibrated with: is it poisonous, and what the heads give in FP32."""

    picture: Listed
    poisonous: bool
    poison: Tuple[float, ...]
    species: Tuple[float, ...]


class CalibrationSet(NamedTuple):
    """A list that was read; the pictures themselves are read one by one.

    Attributes:
        digest: sha256 of the list, and so of every picture in it.
        graph: sha256 of the graph that it was made for.
    """

    folder: str
    digest: str
    graph: str
    calibrate: Tuple[Listed, ...]
    judge: Tuple[GatePicture, ...]


def digest_of(folder: str) -> str:
    """Return the digest of the set in a folder; nothing but its list is read."""
    return hashlib.sha256(_list_in(folder)).hexdigest()


def read(folder: str, graph: str) -> CalibrationSet:
    """Return the set in a folder; its pictures are not looked at yet.

    Args:
        graph: sha256 of the graph that is to be built.

    Raises CalibrationError for a list that is none, or one for another graph.
    """
    data = _list_in(folder)
    try:
        tree = tree_from_json(data)
        if tree["schema"] != SCHEMA:
            raise ValueError("schema {!r}; expected {}".format(tree["schema"], SCHEMA))
        calibrate = tuple(_listed(each) for each in tree["calibrate"])
        judge = tuple(_judged(each) for each in tree["judge"])
        found = CalibrationSet(
            folder, hashlib.sha256(data).hexdigest(), str(tree["graph"]), calibrate, judge
        )
        _check(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(
            "{} is not a list of a calibration set ({}); {}".format(
                os.path.join(folder, LIST), error, MAKE_IT
            )
        ) from error
    if found.graph != graph:
        raise CalibrationError(
            "the calibration set {} was made for the graph {}...; the bundle has {}...; make it "
            "again with plantd-calibrate inputs".format(folder, found.graph[:12], graph[:12])
        )
    return found


def check_pictures(found: CalibrationSet) -> None:
    """Raise CalibrationError unless every picture is there, as it was listed."""
    for each in list(found.calibrate) + [judged.picture for judged in found.judge]:
        picture_bytes(found, each)


def picture_bytes(found: CalibrationSet, picture: Listed) -> bytes:
    """Return one picture's file; raise CalibrationError when it is not the one that was listed."""
    path = os.path.join(found.folder, picture.file)
    listed = "the calibration set lists"
    return read_as_named(path, picture.sha256, listed, MAKE_IT, CalibrationError)


def _list_in(folder: str) -> bytes:
    path = os.path.join(folder, LIST)
    try:
        with open(path, "rb") as source:
            return source.read()
    except OSError as error:
        raise CalibrationError(
            "{} cannot be read ({}); expected the list of a calibration set; {}".format(
                path, error.strerror, MAKE_IT
            )
        ) from error


def _listed(tree: Any) -> Listed:
    file, digest = str(tree["file"]), str(tree["sha256"])
    if os.path.isabs(file) or os.path.normpath(file).startswith(os.pardir):
        raise ValueError("the picture {!r} lies outside the folder".format(file))
    return Listed(file, digest)


def _judged(tree: Any) -> GatePicture:
    poison, species = (tuple(float(v) for v in tree[name]) for name in ("poison", "species"))
    return GatePicture(_listed(tree), bool(tree["poisonous"]), poison, species)


def _check(found: CalibrationSet) -> None:
    judges = [each.picture for each in found.judge]
    for name, listed in (("calibrate", list(found.calibrate)), ("judge", judges)):
        if not listed:
            raise ValueError("{} lists no picture".format(name))
        _check_once(name, [each.sha256 for each in listed])
    both = {each.sha256 for each in found.calibrate} & {each.sha256 for each in judges}
    if both:
        raise ValueError("{} pictures judge what they calibrated".format(len(both)))


def _check_once(name: str, digests: List[str]) -> None:
    if len(set(digests)) != len(digests):
        raise ValueError("{} lists a picture twice".format(name))
