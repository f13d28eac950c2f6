"""The campaigns: what each does in one round. README.md says what must hold."""

import io
import os
import random
import resource
import shutil
import tarfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable, Dict

import cv2
import yaml
from support import tiny_bundle
from support.killed_record import kill_many, lost
from support.picture_bytes import drawn, jpeg
from support.verdict_json import JPEG, PNG, moment, verdict_json

from campaigns.campaign import Round, spoilt
from campaigns.clients import clients
from campaigns.devices import decoder, devices
from campaigns.disks import disks
from campaigns.failing_disks import failing_disks
from campaigns.hung_engine import hung_engine
from campaigns.memory import memory
from campaigns.presses import presses
from campaigns.readers import readers, workstation
from campaigns.write_points import write_points
from plantd import bundle, picture
from plantd.config import RecordConfig
from plantd.errors import BundleError, PictureError, PlantdError
from plantd.models.unpacking import FILES, unpack
from plantd.sinks.record import Record
from plantd.sinks.recording.expiry import WALL, ExpiryAllowance
from plantd.wire import Moment

LONG_ENOUGH_S = 60.0
_LIMITS = picture.Limits(pixels_max=4000000)


def kills(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Kill a recording process five times."""
    seen = kill_many(folder, 5, chance.randrange(1 << 30))
    assert seen.checks == ["ok"] * 5, seen.checks
    assert seen.restarts_below == 0, "a number was given twice"
    missing = lost(folder, seen.acknowledged)
    assert not missing, "lost: {}".format(missing)
    return {"kills": 5, "acknowledged and there": len(seen.acknowledged)}


def taken_away(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Take files away under a record, then restart it."""
    state = folder / "state"
    recorded = []
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as record:
        for _ in range(chance.randint(2, 5)):
            recorded += [_commit(record) for _ in range(chance.randint(1, 4))]
            assert record.flush(LONG_ENOUGH_S)
            chance.choice(_THEFTS)(state / "record", chance)
        recorded.append(_commit(record))
        assert record.flush(LONG_ENOUGH_S)
    with Record(str(state), RecordConfig(reserve_mb=0), moment) as record:
        assert record.flush(LONG_ENOUGH_S)
        there = {verdict["seq"] for verdict in record.reader.newest(1000)}
        assert record.next_seq() > recorded[-1], "a number was given twice"
    missing = sorted(set(recorded) - there)
    assert not missing, "lost: {}".format(missing)
    return {"recorded and there": len(recorded)}


def _commit(record: Record) -> int:
    seq = record.next_seq()
    commit = record.commit(verdict_json(seq), JPEG, PNG)
    assert commit.wait(LONG_ENOUGH_S), commit.error
    return seq


def _delete(folder: Path, chance: random.Random) -> None:
    for name in chance.sample(_FILES, chance.randint(1, len(_FILES))):
        if (folder / name).exists():
            (folder / name).unlink()


def _replace(folder: Path, _chance: random.Random) -> None:
    shutil.copy(str(folder / "record.db"), str(folder / "copy"))
    os.rename(str(folder / "copy"), str(folder / "record.db"))


_FILES = ("record.db", "record.db-wal", "record.db-shm")
_THEFTS: "tuple[Callable[[Path, random.Random], object], ...]" = (
    _delete,
    _replace,
    lambda folder, chance: shutil.rmtree(str(folder)),
    lambda folder, chance: shutil.rmtree(str(folder.parent)),
    lambda folder, chance: shutil.rmtree(str(folder / "pictures")),
    lambda folder, chance: folder.rename(folder.parent / str(chance.random())),
    lambda folder, chance: os.truncate(str(folder / "record.db-wal"), 0),
)


def pictures(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Spoil pictures and decode them."""
    counts = {"decoded": 0, "refused": 0, "ms_max": 0}
    pixels = drawn(chance.randint(8, 200), chance.randint(8, 200))
    sources = (
        jpeg(pixels),
        jpeg(pixels, 60, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        jpeg(pixels, 60, cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
        bytes(cv2.imencode(".png", pixels)[1].tobytes()),
    )
    for _ in range(10):
        data = spoilt(chance.choice(sources), chance)
        began = time.monotonic()
        try:
            picture.decode(data, _LIMITS)
            counts["decoded"] += 1
        except PictureError:
            counts["refused"] += 1
        counts["ms_max"] = max(counts["ms_max"], int((time.monotonic() - began) * 1000))
    counts["resident_mb_max"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return counts


def bundles(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Spoil one file of a bundle, make its hash fit, and load it."""
    path = tiny_bundle.make(str(folder / "tiny"))
    name = chance.choice((bundle.MANIFEST,) + bundle.FILES)
    target = Path(path) / name
    target.write_bytes(spoilt(target.read_bytes(), chance))
    if name != bundle.MANIFEST:
        manifest = Path(path) / bundle.MANIFEST
        tree = yaml.safe_load(manifest.read_bytes())
        tree["files"][name] = bundle.sha256_of_file(str(target))
        manifest.write_text(yaml.safe_dump(tree), encoding="utf-8")
    try:
        bundle.load(path)
    except BundleError:
        return {"refused": 1}
    return {"loaded": 1}


def archives(chance: random.Random, folder: Path) -> Dict[str, int]:
    """Spoil an archive of a bundle and unpack it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=chance.choice(("w", "w:gz", "w:xz", "w:bz2"))) as archive:
        for name in FILES:
            member = tarfile.TarInfo("tiny/" + name)
            member.size = 3000
            archive.addfile(member, io.BytesIO(name.encode().ljust(3000, b"x")))
    (folder / "a.tar").write_bytes(spoilt(made.getvalue(), chance))
    (folder / "out").mkdir()
    try:
        unpack(str(folder / "a.tar"), str(folder / "out"))
    except PlantdError:
        return {"refused": 1}
    return {"unpacked": 1}


def clocks(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Let a clock jump for a day; count what might have gone."""
    allowance, total, gone, hours = ExpiryAllowance(), 1000, 0, 24
    now, wrong = datetime(2026, 6, 1, tzinfo=timezone.utc), timedelta()
    for minute in range(hours * 60):
        if chance.random() < 0.01:
            wrong = timedelta(days=chance.choice((-3650, 0, 7300)), seconds=chance.randint(0, 99))
        wall = (now + timedelta(minutes=minute) + wrong).strftime(WALL)
        seen = Moment("b", minute * 60.0, wall, chance.random() < 0.99)
        allowed = allowance.left(seen, total)
        allowance.take(allowed)
        gone += allowed
    assert gone <= hours * total // 10, "{} verdicts in {} hours".format(gone, hours)
    return {"verdicts that might go of 1000 a day_max": gone}


ALL: Dict[str, Round] = {
    "kills": kills,
    "taken_away": taken_away,
    "pictures": pictures,
    "bundles": bundles,
    "archives": archives,
    "clocks": clocks,
    "write_points": write_points,
    "disks": disks,
    "failing_disks": failing_disks,
    "devices": devices,
    "hung_engine": hung_engine,
    "decoder": decoder,
    "readers": readers,
    "workstation": workstation,
    "clients": clients,
    "memory": memory,
    "presses": presses,
}
