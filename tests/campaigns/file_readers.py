"""Files that people and machines bring: graphs, calibration sets, sticks, records of boards."""

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List

from support import calibration_sets, half_graphs, tiny_bundle
from support.picture_bytes import exif
from support.tegrastats_samples import SAMPLES

from campaigns.reader import Reader, nested
from plantd.errors import PlantdError
from plantd.formats.orientation import orientation_from_exif
from plantd.models.store import ModelStore
from plantd.stick.contents import contents_of_stick
from plantd.stick.vouching import vouched
from plantd.support import board_schema
from plantd_engines.calibration import calibration_set
from plantd_engines.graph.dequantised_weights import with_weights_widened
from plantd_engines.graph.fp16 import in_half
from plantd_engines.network import is_quantised

GRAPH = "0" * 64


def _graph(data: bytes, _folder: Path) -> object:
    """A bundle's network, before a builder sees it."""
    seen = 0
    for read in (is_quantised, with_weights_widened, in_half):
        try:
            seen += bool(read(data))
        except PlantdError:
            continue
    return seen


def _calibration(data: bytes, folder: Path) -> object:
    (folder / calibration_set.LIST).write_bytes(data)
    found = calibration_set.read(str(folder), GRAPH)
    return calibration_set.check_pictures(found)


def _board(data: bytes, folder: Path) -> object:
    (folder / "board.json").write_bytes(data)
    return board_schema.load(str(folder / "board.json"))


def _stick(data: bytes, folder: Path) -> object:
    """The manifest of a model on a stick, as if its signature were good."""
    model = folder / "stick" / "plantd" / "tiny"
    if not model.exists():
        model.parent.mkdir(parents=True)
        tiny_bundle.make(str(model))
    (model / "manifest.yaml").write_bytes(data)
    store = ModelStore(str(folder / "state"))
    return [
        vouched(path, store, lambda _copied: "Ann")
        for path in contents_of_stick(str(folder / "stick")).models
    ]


def _board_seeds() -> List[bytes]:
    record: Dict[str, Any] = {
        "schema": 1,
        "plantd": "1.0.0",
        "recorded": {"date": "2026-06-01", "dated_by": "hand"},
        "board": {"is_jetson": True, "model": "Jetson TX2", "compatible": [board_schema.TX2_SOC]},
        "doctor": {"checks": [{"id": "python", "state": "ok", "detail": "", "remedy": ""}]},
        "tegrastats": {"lines": list(SAMPLES.values())[:2]},
        "gpiochips": {"chips": [{"path": "/dev/gpiochip0", "label": "tegra-gpio", "lines": 192}]},
        "engine_log": {"build": ["a line"]},
    }
    return [json.dumps(record).encode(), b"null", b"[]", nested()]


def _calibration_seeds() -> List[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(calibration_sets.make(folder + "/set", GRAPH, judging=2))
        return [(made / calibration_set.LIST).read_bytes(), nested()]


def _manifest() -> List[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(tiny_bundle.make(folder + "/tiny"))
        return [(made / "manifest.yaml").read_bytes()]


READERS: Dict[str, Reader] = {
    "graph": Reader(
        lambda: [half_graphs.convolution(), half_graphs.convolution("Softmax")], _graph
    ),
    "calibration set": Reader(_calibration_seeds, _calibration),
    "record of a board": Reader(_board_seeds, _board),
    "model on a stick": Reader(_manifest, _stick),
    "orientation": Reader(lambda: [exif(6)], lambda data, folder: orientation_from_exif(data), ()),
}
