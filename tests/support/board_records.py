"""The record of a drawn TX2: the recorder's own work, with everything private planted in it.

It stands for the records that boards have yet to give. It proves the recorder, the loader and the
table; about a board it proves nothing, and so it never lies in tests/data/boards.
"""

import datetime
import json
from pathlib import Path
from typing import Any, Dict

from plantd.doctor.probes import Probes, Ran
from plantd.engine.plan import PlanKey
from plantd.gpio.lines import Chip
from plantd.support.board_facts import Sources, record
from plantd.support.board_redaction import Private, private_of, public
from support import plans, tx2_tree
from support.drawn_machine import Programs, draw, probes
from support.tegrastats_samples import SAMPLES

HOST = "forest-7"
SERIAL, CHIP, CARD = "0424018036742", "0x8241b7a0c1d2", "0x5b5b1f2e"
MAC = "00:04:4b:a7:12:9f"
USER, PERSON = "ann", "Ann Example"
ADDRESS = "192.168.1.20"
PROJECT = "/data/ann/plantd"
# Every word that must not survive, in the forms in which a program may print it.
PRIVATE = (
    HOST,
    HOST.upper(),
    SERIAL,
    CHIP,
    CARD,
    MAC,
    MAC.upper().replace(":", "-"),
    MAC.replace(":", ""),
    USER + "@",
    PERSON,
    ADDRESS,
    "fe80::204:4bff:fea7:129f",
    PROJECT,
    "/home/ann/.cache",
    "/data/ann/notes",
    "/root/.ssh",
    "C920_9F2A11",
)
PLANTED = (
    "{0} {1} {2} serial {3} {4}, chip {5}, card {6}, {7} {8} {9}, {10} at {11} "
    "fe80::204:4bff:fea7:129f, {12}/engines/x.py /home/ann/.cache/y /data/ann/notes.txt "
    "/root/.ssh/id /dev/v4l/by-id/usb-046d_C920_9F2A11-video0 lat: 47.37412"
).format(
    *(HOST, HOST.upper(), USER + "@box", SERIAL, SERIAL, CHIP, CARD),
    *(MAC, MAC.upper().replace(":", "-"), MAC.replace(":", ""), PERSON, ADDRESS, PROJECT),
)
CHIPS = (
    Chip("/dev/gpiochip0", "tegra-gpio", 192),
    Chip("/dev/gpiochip1", "tegra-gpio-aon", 64),
    Chip("/dev/gpiochip2", "max77620-gpio", 8),
)
TIMES = {
    "backend": "tensorrt",
    "precision": "fp16",
    "plan": "sha256:" + 64 * "a",
    "version": "8.2.1.8",
    "model": "tiny 1.0.0",
    "runs": 50,
    "open_ms": 900,
    "first_ms": 800.5,
    "median_ms": 7.25,
    "p95_ms": 8.5,
}
JUNIT = """\
<testsuites><testsuite name="pytest" tests="3">
<testcase classname="tests.device.test_device_engine" name="test_b" time="1.5"/>
<testcase classname="tests.device.test_device_engine" name="test_a" time="1.5"/>
{}</testsuite></testsuites>
"""
FAILED = '<testcase classname="tests.device" name="test_c"><failure message="{}"/></testcase>\n'


def drawn_machine(root: Path) -> Probes:
    """Draw the TX2 below `root`, with its plan, and with private words wherever one may stand."""
    draw(root)
    tx2_tree.write(root, "proc/device-tree/model", "quill\0")
    tx2_tree.write(root, "proc/device-tree/compatible", "nvidia,p2771\0nvidia,tegra186\0")
    tx2_tree.write(root, "proc/device-tree/serial-number", SERIAL + "\0")
    tx2_tree.write(root, "sys/module/tegra_fuse/parameters/tegra_chip_uid", CHIP + "\n")
    tx2_tree.write(root, "sys/block/mmcblk0/device/serial", CARD + "\n")
    tx2_tree.write(root, "sys/class/net/eth0/address", MAC + "\n")
    tx2_tree.write(root, "sys/class/net/lo/address", "00:00:00:00:00:00\n")
    with open(str(root / "etc/passwd"), "a") as accounts:
        accounts.write("ann:x:1001:1001:{},,,:/data/ann:/bin/sh\n".format(PERSON))
    key = PlanKey(64 * "b", plans.TX2, "fp16", 512)
    plan = plans.plan_for(key)._replace(reason=PLANTED, stamp={"/home/ann/lib.so": "1"})
    plans.keep(str(root / "var/lib/plantd/engines"), plan, b"plan")
    programs = Programs()
    programs.answers.update(
        {
            "python -m": Ran(0, "[TRT] ready\n" + json.dumps(TIMES) + "\n[TRT] ends", ""),
            "dpkg-query": Ran(1, "nvidia-jetpack 4.6.1-b110\nlibnvinfer7\nsystemd 237", ""),
            "timeout": Ran(124, SAMPLES["tx2"] + "\n" + SAMPLES["tx2_root"], ""),
            "journalctl": Ran(0, "building\n" + PLANTED, ""),
        }
    )
    return probes(root, run=programs, gpio_chips=lambda: list(CHIPS), path="/home/ann/plantd.yaml")


def raw_record(root: Path, failure: str = "") -> Dict[str, Any]:
    """Return the drawn machine's record before redaction; a failed test if `failure` is given."""
    here = drawn_machine(root)
    junit, log = root / "junit.xml", root / "engine.log"
    junit.write_text(JUNIT.format(FAILED.format(failure) if failure else ""))
    log.write_text("machine: NVIDIA Tegra X2\n" + PLANTED + "\n")
    return record(here, Sources(str(junit), str(log), "2026-06-01"), datetime.date(1970, 1, 1))


def private(root: Path) -> Private:
    """Return what a record of the drawn machine must not say."""
    return private_of(str(root), HOST, PROJECT, {"HOME": "/root", "USER": "root"})


def drawn_record(root: Path, failure: str = "") -> Dict[str, Any]:
    """Return the drawn machine's record as it would be committed."""
    found: Dict[str, Any] = public(raw_record(root, failure), private(root))
    return found
