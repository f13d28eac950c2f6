"""What the machine itself says: the kernel's files, tables of disks, keys, root's scripts."""

import os
import random
import shutil
import zlib
from pathlib import Path
from typing import Dict, List

from support import tx2_tree

from campaigns.reader import Reader
from plantd.button.input_device import EV_KEY, EVENT, PRESS, EvdevLine
from plantd.engine.machine import l4t_release
from plantd.service.update import trial as package_trial
from plantd.sinks.ndjson import line_from_event
from plantd.stick.belonging import use_by_the_system
from plantd.stick.mounted import places_of
from plantd.system import root_requests
from plantd.system.box import identity_of
from plantd.telemetry.clock import boot_id
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.processes import available_mb, memory_of
from plantd.telemetry.readings_json import json_from_readings
from plantd_engines import preflight, stamp

KERNEL = (
    b"MemTotal:  8040448 kB\nMemAvailable: 123 kB\n",
    b"cpu0 1 2 3 4 5 6 7 8\ncpu1 10 20 30 40 50 60 70 80\n",
    b"Node 0, zone      DMA    10   9   8\n",
    b"0-3,5",
    b"0.5 nan 1.5 1/2 3",
    b"123.4 inf",
    b"pmode:0003",
    b"< POWER_MODEL ID=3 NAME=MAXP >\n",
    b"GPU-therm",
    b"# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t186ref\n",
    b"0-99999999999",
    b"\xc2\xb2",
    b"37500\n",
    b"12345678901234567890123456789012345678901234567890",
)
TABLES = (
    b"21 1 8:1 / / rw - ext4 /dev/mmcblk0p1 rw\n22 1 0:4 / /var rw - btrfs /dev/sda1 rw\n",
    b"Filename\t\t\t\tType\t\tSize\n/dev/sda1 partition 1 0 -2\n",
    b"UUID=1f-2e / ext4 noauto,x-systemd.automount 0 1\nLABEL=a\\040b /home ext4 rw 0 1\n",
    b"/dev/a\\000b /boot vfat rw 0 1\n",
)
PACKAGE_TRIAL = (
    b"version 1.2\nbefore 1.1\npresses 3\nanswered 1\nfailed 0\nended back\nreason it ended\n"
)


def _kernel(data: bytes, folder: Path) -> object:
    """Some of the files of a Jetson have other words in them; JSON comes of it all the same."""
    root = _fresh(folder / "root")
    tx2_tree.build(root)
    tx2_tree.write(root, "etc/nv_tegra_release", "")
    for name in ("status", "smaps_rollup", "smaps"):
        tx2_tree.write(root, "proc/1/" + name, "")
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    chance = random.Random(zlib.crc32(data))
    for path in chance.sample(paths, chance.randint(1, len(paths))):
        path.write_bytes(data)
    with ProcSource(str(root)) as source:
        source.read()
        found = source.read()
    memory_of("service", 1, str(root))
    available_mb(str(root))
    boot_id(str(root))
    l4t_release(str(root))
    return line_from_event(json_from_readings(found))


def _tables(data: bytes, folder: Path) -> object:
    root = _fresh(folder / "root")
    for name in ("proc/self/mountinfo", "proc/swaps", "etc/fstab"):
        tx2_tree.write(root, name, "")
        (root / name).write_bytes(data)
    places_of("8:1", data.decode("utf-8", "surrogateescape"))
    return use_by_the_system("/dev/null", str(root))


def _room(data: bytes, folder: Path) -> object:
    root = _fresh(folder / "root")
    tx2_tree.write(root, "proc/meminfo", "")
    (root / "proc/meminfo").write_bytes(data)
    return preflight.sentence(preflight.room(str(root), str(root)))


def _loaded_libraries(data: bytes, folder: Path) -> object:
    root = _fresh(folder / "root")
    tx2_tree.write(root, "proc/self/maps", "")
    # The kernel ends a path by a nought, and writes none.
    (root / "proc/self/maps").write_bytes(data.replace(b"\0", b""))
    return stamp.stamp_of_this_process(str(root))


def _keys(data: bytes, folder: Path) -> object:
    """Records of an input device, by a pipe as of a bridge."""
    path = str(folder / "keys")
    if not os.path.exists(path):
        os.mkfifo(path)
    line = EvdevLine(path)
    line.open()
    try:
        writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(writer, data[:60000])
            return line.look()
        finally:
            os.close(writer)
    finally:
        line.close()


def _package_trial(data: bytes, folder: Path) -> object:
    path = folder / "package-trial"
    path.write_bytes(data)
    found = package_trial.read(str(path))
    return None if found is None else package_trial.sentence(found)


def _root_request(data: bytes, folder: Path) -> object:
    (folder / root_requests.FILE_NAME).write_bytes(data)
    return root_requests.consume(str(folder)) in root_requests.GRANTS


def _identity(data: bytes, folder: Path) -> object:
    (folder / "box-id").write_bytes(data)
    return identity_of(str(folder))


def _fresh(folder: Path) -> Path:
    shutil.rmtree(str(folder), ignore_errors=True)
    folder.mkdir()
    return folder


def _events() -> List[bytes]:
    down, up = (EVENT.pack(1, 2, EV_KEY, 28, value) for value in (PRESS, 0))
    return [down + up, down + EVENT.pack(0, 0, 0, 3, 0) + up]


READERS: Dict[str, Reader] = {
    "kernel": Reader(lambda: list(KERNEL), _kernel, (), 10),
    "tables of disks": Reader(lambda: list(TABLES), _tables, ()),
    "free memory": Reader(lambda: list(KERNEL[:1]), _room, ()),
    "loaded libraries": Reader(
        lambda: [b"7f-80 r-xp 0 08:01 9 /usr/lib/libnvinfer.so.8.2.1\n"], _loaded_libraries, ()
    ),
    "keys": Reader(_events, _keys, ()),
    "trial of a package": Reader(lambda: [PACKAGE_TRIAL], _package_trial, ()),
    "request to root": Reader(lambda: [b"restart-nvargus-daemon\n"], _root_request, ()),
    "identity": Reader(lambda: [b"0123456789ab\n"], _identity, ()),
}
