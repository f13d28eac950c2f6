"""Foreign bytes for every reader there is: each answers, or refuses in a sentence of plantd's."""

import io
import json
import random
import socket
import tempfile
from pathlib import Path
from typing import Dict, List

import cv2
import pytest
import yaml
from support import plans, tegrastats_samples, tiny_bundle
from support.picture_bytes import drawn, exif, jpeg, with_exif

from campaigns import file_readers, machine_readers, program_readers
from campaigns.reader import Reader, nested, read_anyhow
from plantd import bundle
from plantd.api import query
from plantd.api.stick_news import stick_from_json
from plantd.bundle.species import species_from_tree
from plantd.config import file
from plantd.config.text import documented
from plantd.engine.plan import PlanKey, json_from_plan, plans_in
from plantd.errors import PlantdError
from plantd.formats import jpeg_segments, png_chunks
from plantd.models import trial
from plantd.models.signature import verdict_of
from plantd.notifiers.mqtt import outbox
from plantd.place.position_reader import report_of_line, spot_of_report
from plantd.sinks.recording import rows as record_rows
from plantd.sinks.recording.recovery.number_file import NumberFile
from plantd.support.redaction import redacted
from plantd.system.control_socket import ControlSocket
from plantd.telemetry.tegrastats_line import readings_from_line
from plantd.tree_reader import tree_from_yaml

TPV = b'{"class":"TPV","mode":3,"lat":47.5,"lon":8.5,"time":"2026-06-01T10:12:03.000Z"}\r\n'


def readers(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Spoil what each reader takes; what was found before comes first, from the corpus."""
    return read_anyhow(READERS, chance, folder)


def workstation(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Spoil what the readers of a workstation take, where TensorFlow is."""
    pytest.importorskip("tensorflow")
    from campaigns import workstation_readers

    return read_anyhow(workstation_readers.READERS, chance, folder)


def _config(data: bytes, folder: Path) -> object:
    path = folder / "plantd.yaml"
    path.write_bytes(data)
    return file.load(str(path))


def _plan_manifest(data: bytes, folder: Path) -> object:
    for left in folder.glob("*.json"):
        left.unlink()
    (folder / "a.json").write_bytes(data)
    return plans_in(str(folder))


def _number(data: bytes, folder: Path) -> object:
    (folder / "record.seq").write_bytes(data)
    return NumberFile(str(folder / "record.seq")).read()


def _query(data: bytes, _folder: Path) -> object:
    text = data.decode("utf-8", "replace")
    query.number({"after": text}, "after", 0)
    query.flag({"newest": text}, "newest")
    return query.choice({"types": text}, "types", ("verdict", "state"))


def _species(data: bytes, _folder: Path) -> object:
    return species_from_tree(tree_from_yaml(io.BytesIO(data)), tiny_labels())


def _request(data: bytes, folder: Path) -> object:
    """The request of one's own end of a control socket."""
    path = str(folder / "c.sock")
    control = ControlSocket(path)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.sendto(data[:60000], path)
        return control.receive()
    finally:
        control.close()


def _trial(data: bytes, folder: Path) -> object:
    (folder / trial.FILE).write_bytes(data)
    return trial.read(str(folder))


def _outbox(data: bytes, folder: Path) -> object:
    """A queue for the broker that is damaged takes verdicts all the same."""
    (folder / outbox.NAME).write_bytes(data)
    with outbox.Outbox(str(folder), 3) as waiting:
        waiting.put(b"{}")
        first = waiting.first()
        assert first is not None
        waiting.remove(first)
        return len(waiting)


def _outbox_seeds() -> List[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        with outbox.Outbox(folder, 3) as waiting:
            waiting.put(b'{"seq": 1}')
        return [(Path(folder) / outbox.NAME).read_bytes()]


def _recorded(data: bytes, _folder: Path) -> object:
    return record_rows.verdict_from_columns(data.decode("utf-8", "replace"), "kept")


def _gpgv(data: bytes, _folder: Path) -> object:
    return verdict_of(data[0] % 3 if data else 0, data.decode("utf-8", "replace"))


def tiny_labels() -> List[str]:
    """The labels that the tiny bundle's species.yaml is about."""
    return list(tiny_bundle.LABELS)


def _tiny_file(name: str) -> List[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(tiny_bundle.make(folder + "/tiny"))
        return [(made / name).read_bytes()]


def _plan_seeds() -> List[bytes]:
    key = PlanKey("a graph", plans.TX2, "fp16", 512)
    return [json.dumps(json_from_plan(plans.plan_for(key))).encode()]


def _manifest(data: bytes, folder: Path) -> object:
    path = folder / "tiny"
    if not path.exists():
        tiny_bundle.make(str(path))
    (path / bundle.MANIFEST).write_bytes(data)
    return bundle.load(str(path))


READERS: Dict[str, Reader] = {
    "configuration": Reader(lambda: [documented().encode(), b"camera: {fps: 30}\n"], _config),
    "manifest": Reader(lambda: _tiny_file(bundle.MANIFEST), _manifest),
    "species": Reader(lambda: _tiny_file("species.yaml"), _species, (PlantdError, yaml.YAMLError)),
    "plan manifest": Reader(_plan_seeds, _plan_manifest),
    "tegrastats": Reader(
        lambda: [line.encode() for line in tegrastats_samples.SAMPLES.values()],
        lambda data, folder: readings_from_line(data.decode("utf-8", "replace")),
    ),
    "number file": Reader(lambda: [b"00000000000000000012 1f2e3d4c\n"], _number),
    "query": Reader(lambda: [b"12", b"verdict,state", b"1"], _query),
    "json body": Reader(
        lambda: [b'{"name": "tiny-1.0.0"}', nested()],
        lambda data, folder: query.optional_name(data, "name"),
    ),
    "control socket": Reader(lambda: [b"press", b"hold 2.5"], _request),
    "gpsd": Reader(
        lambda: [TPV, b'{"class":"VERSION","release":"3.22"}\r\n'],
        lambda data, folder: spot_of_report(report_of_line(data)),
    ),
    "trial": Reader(
        lambda: [b'{"model": "tiny-1.0.0", "before": "tiny-0.9.0", "presses": 3, "starts": 1}'],
        _trial,
    ),
    "queue for the broker": Reader(_outbox_seeds, _outbox),
    "recorded verdict": Reader(lambda: [b'{"seq": 1, "verdict": "unsure"}'], _recorded),
    "words of gpgv": Reader(lambda: [b"[GNUPG:] GOODSIG 1F Ann\n[GNUPG:] VALIDSIG 1F2E\n"], _gpgv),
    "news of a stick": Reader(
        lambda: [b'{"state": "offered", "name": "tiny-1.0.0", "detail": "signed by Ann"}'],
        lambda data, folder: stick_from_json(data),
    ),
    "jpeg": Reader(
        lambda: [jpeg(drawn()), with_exif(jpeg(drawn()), exif(6))],
        lambda data, folder: jpeg_segments.parts_of(data),
    ),
    "png": Reader(
        lambda: [_png()],
        lambda data, folder: (png_chunks.size_of(data), png_chunks.parts_of(data)),
    ),
    "redaction": Reader(
        lambda: [b"rtsp://ann:pw@10.0.0.2/cam?t=1 /home/ann/x token=4711 lat: 47.1234"],
        lambda data, folder: redacted(data.decode("utf-8", "replace"), []),
    ),
    **machine_readers.READERS,
    **program_readers.READERS,
    **file_readers.READERS,
}


def _png() -> bytes:
    return bytes(cv2.imencode(".png", drawn())[1].tobytes())
