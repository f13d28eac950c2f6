"""What a workstation is given: lists, labels, graphs, weights, readings, and what boxes send."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from support.verdict_json import verdict_json

from campaigns.reader import Reader, nested
from plantd.errors import PlantdError
from plantd_calibration.data import photo_lists, predictions
from plantd_calibration.publishing import test_set_log
from plantd_fleet.collecting import collect
from plantd_fleet.facts import facts_of_bundle
from plantd_fleet.records import Records
from plantd_import.importer import labels, metadata
from plantd_import.tf_graph import loading, source, survey
from plantd_training.trunks import torch_pickle

_LIST = b"file,class,poisonous,split,group\na.jpg,ivy,1,train,g1\nb.jpg,rose,no,test,g2\n"
_LABELS = (b"0:ivy\n1:rose\n", b"ivy\nrose\n", b"index,label\n0,ivy\n1,rose\n", b'["ivy", "rose"]')
_USES = b"date,model,saw\n2026-06-01,tiny 1.0.0,0.9\n"


def _list(data: bytes, folder: Path) -> object:
    photos = folder / "photos"
    photos.mkdir(exist_ok=True)
    (photos / photo_lists.MANIFEST).write_bytes(data)
    (photos / "a.jpg").write_bytes(b"")
    (photos / "b.jpg").write_bytes(b"")
    return photo_lists.read_flagged_photos(photos)


def _labels(data: bytes, folder: Path) -> object:
    seen = 0
    for name in ("labels.txt", "labels.csv"):
        (folder / name).write_bytes(data)
        try:
            seen += len(labels.labels_from_file(str(folder / name)))
        except PlantdError:
            continue
    return seen


def _metadata(data: bytes, folder: Path) -> object:
    (folder / "meta.yaml").write_bytes(data)
    tree = metadata.tree_from_file(str(folder / "meta.yaml"))
    return metadata.metadata_from_tree(tree, "tiny", "1.0.0", "2026-06-01")


def _graph(data: bytes, folder: Path) -> object:
    path = folder / "graph.pb"
    path.write_bytes(data)
    return survey.survey(loading.graph_from_source(source.identify(str(path))))


def _weights(data: bytes, folder: Path) -> object:
    (folder / "weights.pth").write_bytes(data)
    return torch_pickle.read_weights(folder / "weights.pth")


def _predictions(data: bytes, folder: Path) -> object:
    (folder / "readings.npz").write_bytes(data)
    return predictions.read_predictions(folder / "readings.npz")


def _uses(data: bytes, folder: Path) -> object:
    (folder / "uses.csv").write_bytes(data)
    return test_set_log.read_log(folder / "uses.csv")


def _support_bundle(data: bytes, folder: Path) -> object:
    (folder / "box.tar.gz").write_bytes(data)
    return facts_of_bundle(str(folder / "box.tar.gz"))


def _status(data: bytes, folder: Path) -> object:
    """A support bundle that is whole, and whose status is not."""
    return _support_bundle(_packed({"status.json": data, "log.ndjson": data}), folder)


def _export(data: bytes, folder: Path) -> object:
    (folder / "export.jsonl").write_bytes(data)
    records = Records(str(folder / "records"))
    try:
        return collect(records, [str(folder / "export.jsonl")], "box")
    finally:
        records.close()


def _packed(files: Dict[str, bytes], mode: str = "w:gz") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo("plantd-support/" + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def _status_json() -> bytes:
    status: Dict[str, Any] = {
        "box": {"name": "forest", "id": "0123456789ab"},
        "service": {"version": "1.0.0", "state": "HEALTHY", "detail": ""},
        "model": {"name": "tiny", "version": "1.0.0"},
        "verdicts": {"total": 3},
        "disk": [{"free_mb": 100}, {"free_mb": None}],
        "device": {"temperatures_c": {"GPU": 40.5}},
        "type": "verdict",
        "wall": "2026-06-01T10:12:03Z",
        "verdict": "unsure",
    }
    return json.dumps(status).encode()


def _bundles() -> List[bytes]:
    files = {"status.json": _status_json(), "log.ndjson": b'{"type":"verdict"}\n'}
    return [_packed(files, mode) for mode in ("w", "w:gz", "w:xz", "w:bz2")]


def _readings() -> List[bytes]:
    recipe = {"name": "r", "version": "1", "folds": 2, "data_fingerprint": "f"}
    arrays = {
        "file": np.asarray(["a.jpg", "b.jpg"]),
        "fold": np.asarray([0, 1]),
        "poison": np.zeros((2, 2), np.float32),
        "species": np.zeros((2, 3), np.float32),
        "labels": np.asarray(["ivy", "rose", "yew"]),
        "poison_labels": np.asarray(["no", "yes"]),
        "recipe": np.asarray(json.dumps(recipe)),
    }
    return [_npz(arrays, zipfile.ZIP_STORED), _npz(arrays, zipfile.ZIP_DEFLATED)]


def _npz(arrays: Dict[str, np.ndarray], kind: int) -> bytes:
    """Return arrays in one file; numpy's own writer takes none that is called `file`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as archive:
        for name, array in arrays.items():
            with archive.open(name + ".npy", "w") as target:
                np.lib.format.write_array(target, array)
    return made.getvalue()


def _torch_file(size: int, stride: int, offset: int) -> bytes:
    """Return a legacy torch file, opcode by opcode: one tensor on a storage of four numbers."""
    storage = _tuple(
        _text("storage"), b"ctorch\nFloatStorage\n", _text("0"), _text("cpu"), _number(4)
    )
    shape = [_tuple(_number(2), _number(each)) for each in (size, stride)]
    tensor = _tuple(storage + b"Q", _number(offset), *shape)
    state = b"\x80\x02}" + _text("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + tensor + b"Rs."
    head = [pickle.dumps(each, 2) for each in (torch_pickle.MAGIC, torch_pickle.PROTOCOL, {})]
    return b"".join(head) + state + pickle.dumps(["0"], 2) + struct.pack("<q4f", 4, 1, 2, 3, 4)


def _tuple(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def _graphs() -> List[bytes]:
    from tensorflow.core.framework import graph_pb2

    graph = graph_pb2.GraphDef()
    image = graph.node.add(name="image", op="Placeholder")
    image.attr["dtype"].type = 1
    for size in (1, 8, 8, 3):
        image.attr["shape"].shape.dim.add(size=size)
    graph.node.add(name="twice", op="AddV2", input=["image", "image"]).attr["T"].type = 1
    graph.node.add(name="out", op="Softmax", input=["twice"]).attr["T"].type = 1
    return [graph.SerializeToString(), str(graph).encode()]


_METADATA = b"""
input: {width_px: 32, height_px: 24, colour: BGR, rule: stretch, interpolation: bilinear,
  scale: 1.0, mean: [103.9, 116.8, 123.7], std: [1.0, 1.0, 1.0]}
heads:
  poison: {labels: [poisonous, edible]}
  species: {labels: [dock, hemlock], poisonous: [hemlock]}
"""

READERS: Dict[str, Reader] = {
    "list of photographs": Reader(lambda: [_LIST], _list),
    "labels": Reader(lambda: [*_LABELS, nested()], _labels),
    "metadata": Reader(lambda: [_METADATA], _metadata),
    "graph of TensorFlow": Reader(_graphs, _graph),
    "weights of torch": Reader(
        lambda: [_torch_file(2, 1, 0), _torch_file(1000, 9, 3), _torch_file(2, -1, 0)], _weights
    ),
    "out-of-fold readings": Reader(_readings, _predictions),
    "uses of the test set": Reader(lambda: [_USES], _uses),
    "support bundle": Reader(_bundles, _support_bundle),
    "status of a box": Reader(lambda: [_status_json(), nested()], _status),
    "export of a box": Reader(
        lambda: [(json.dumps(verdict_json(1)) + "\n").encode() * 2, nested()], _export
    ),
}
