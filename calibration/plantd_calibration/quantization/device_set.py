"""The folder that a device calibrates with: photographs, their list, and what FP32 says of them.

TensorRT 8 quantises on the device, where no gate with photographs is; so the photographs that judge
go with those that calibrate, each with what the bundle's own graph answers. Both are chosen as
`plantd-calibrate int8` chooses them.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

from plantd.bundle import MODEL, Bundle
from plantd.errors import UsageError
from plantd_calibration.data.inference import CachedInference
from plantd_calibration.data.photos import Photo, digests, in_split
from plantd_calibration.quantization.quantized_bundle import calibration_set, judged_photos
from plantd_calibration.subsets.subset import truth
from plantd_engines.calibration import calibration_set as device
from plantd_engines.network import is_quantised


class Written(NamedTuple):
    """How many photographs of the set calibrate, how many judge, and the digest of its list."""

    calibrate: int
    judge: int
    digest: str


def write(
    source: Bundle, photos: Sequence[Photo], per_class: int, out: Path, cache: Path
) -> Written:
    """Write the set into `out`: whole, as a device reads it, or not at all.

    Raises UsageError when `out` is there already, or the graph needs no calibration.
    """
    if out.exists():
        raise UsageError("{} is there already; name a new folder".format(out))
    if is_quantised(Path(source.model_path).read_bytes()):
        raise UsageError(
            "the graph of {} holds its own quantisation: nothing is left to calibrate; give the "
            "bundle that it was made of".format(source.manifest.title)
        )
    chosen = calibration_set(in_split(photos, "train"), per_class)
    judging = judged_photos(source, photos, chosen)
    graph = source.manifest.files[MODEL]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".inputs-", dir=str(out.parent)) as scratch:
        place = Path(scratch) / "set"
        place.mkdir()
        calibrate, seen = _copy(chosen, place, set())
        judge = _judging(source, judging, place, seen, cache)
        tree = {"schema": device.SCHEMA, "graph": graph, "calibrate": calibrate, "judge": judge}
        text = json.dumps(tree, indent=1, allow_nan=False) + "\n"
        (place / device.LIST).write_text(text, encoding="utf-8")
        found = device.read(str(place), graph)
        device.check_pictures(found)
        place.rename(out)
    return Written(len(found.calibrate), len(found.judge), found.digest)


def _judging(
    source: Bundle, photos: Sequence[Photo], place: Path, seen: Set[str], cache: Path
) -> List[Dict[str, Any]]:
    """Copy the photographs that judge; the same picture judges once, and not what it calibrated."""
    once: List[Photo] = []
    known = set(seen)
    for photo, digest in zip(photos, digests(photos)):
        if digest not in known:
            known.add(digest)
            once.append(photo)
    listed, _ = _copy(once, place, seen)
    observed = CachedInference(source, cache).observe(once)
    poisonous = truth(source, once)[1]
    return [
        dict(entry, poisonous=bool(bad), poison=poison.tolist(), species=species.tolist())
        for entry, bad, poison, species in zip(listed, poisonous, observed.poison, observed.species)
    ]


def _copy(
    photos: Sequence[Photo], place: Path, seen: Set[str]
) -> Tuple[List[Dict[str, Any]], Set[str]]:
    """Copy photographs as SPLIT/LABEL/NAME; return their entries, and all digests so far."""
    entries = []
    for photo in photos:
        file = "/".join((photo.split, photo.label, photo.path.name))
        target = place / file
        if target.exists():
            raise UsageError("two photographs are {}; give one of them another name".format(file))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(photo.path), str(target))
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        entries.append({"file": file, "sha256": digest})
    return entries, seen | {str(entry["sha256"]) for entry in entries}
