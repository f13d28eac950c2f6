"""The shipped units: what the device's systemd 237 knows, and each hardening with its reason."""

import gzip
import ipaddress
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest
from support.checkout import TOP
from support.unit_files import HARDENING, Line, assignments, contradictions, too_new

from plantd.config import PathsConfig
from plantd.errors import EX_CONFIG, EX_UNAVAILABLE
from plantd.system import root_requests

SYSTEMD = TOP / "systemd"
UNITS = sorted(SYSTEMD.glob("plantd*.service")) + sorted(SYSTEMD.glob("plantd*.path"))
# Installed by whoever wants it, over plantd.service.
DROP_INS = [SYSTEMD / "page.conf"]
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
NEWS = Path("/usr/share/doc/systemd/NEWS.gz")
MAX_EXPOSURE = 25  # tenths, as systemd-analyze takes it


def value_of(unit: str, key: str) -> str:
    values = [line.value for line in assignments(SYSTEMD / unit) if line.key == key]
    assert len(values) == 1, "{} of {}: {}".format(key, unit, values)
    return values[0]


def named(units: List[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("unit", units, ids=[unit.name for unit in units])


def test_there_are_units() -> None:
    assert [unit.name for unit in UNITS] == [
        "plantd-engine.service",
        "plantd-root.service",
        "plantd-stick@.service",
        "plantd.service",
        "plantd-root.path",
    ]


@named(UNITS + DROP_INS)
def test_systemd_237_knows_everything_in(unit: Path) -> None:
    problems = [
        "{}:{}: {}".format(unit.name, line.number, too_new(line))
        for line in assignments(unit)
        if too_new(line)
    ]
    assert problems == []


@named(SERVICES + DROP_INS)
def test_every_hardening_line_says_why_in(unit: Path) -> None:
    silent = [
        "{}:{}: {}".format(unit.name, line.number, line.key)
        for line in assignments(unit)
        if line.key in HARDENING and len(line.reason.split()) < 4
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("ProtectClock", "yes", "ProtectClock came with systemd 245"),
        ("Type", "exec", "Type=exec came with systemd 240"),
        ("StandardOutput", "append:/x", "StandardOutput=append: came with systemd 240"),
        ("LogRateLimitBurst", "5", "LogRateLimitBurst came with systemd 240"),
        ("ProtectEverything", "yes", "ProtectEverything: not in the table"),
        ("SystemCallFilter", "@basic-io", "an allow-list dies"),
        ("SystemCallFilter", "~@system-service @clock", "@system-service came later"),
    ],
)
def test_what_is_too_new_is_refused(key: str, value: str, problem: str) -> None:
    assert problem in too_new(Line(1, key, value, ""))


def test_systemds_own_news_bears_the_table_out() -> None:
    if not NEWS.exists():
        pytest.skip("{} is not there: this system leaves documentation out".format(NEWS))
    with gzip.open(str(NEWS), "rt", encoding="utf-8") as news:
        assert contradictions(news.read()) == []


def test_a_table_that_news_contradicts_is_seen() -> None:
    news = "CHANGES WITH 300:\n * KeyringMode= is new\nCHANGES WITH 230:\n * ProtectClock= is new\n"
    found = contradictions(news)
    assert "KeyringMode: since 235 by the table, first named with 300 in NEWS" in found
    assert "ProtectClock: since 245 by the table, first named with 230 in NEWS" in found


def test_a_line_without_a_reason_is_seen(tmp_path: Path) -> None:
    unit = tmp_path / "x.service"
    unit.write_text("# Why this is so, in words.\nPrivateTmp=yes\n\n# No.\n\nUMask=0077\n")
    assert [line.reason for line in assignments(unit)] == ["Why this is so, in words.", ""]


@pytest.mark.parametrize(
    "key", ["PrivateDevices", "DevicePolicy", "DeviceAllow", "MemoryDenyWriteExecute", "PrivateTmp"]
)
def test_what_would_break_the_gpu_or_the_camera_stays_off(key: str) -> None:
    for unit in ("plantd.service", "plantd-engine.service"):
        assert key not in [line.key for line in assignments(SYSTEMD / unit)]


def test_the_page_is_reached_from_private_networks_only() -> None:
    lines = {line.key: line.value for line in assignments(SYSTEMD / "page.conf")}
    assert lines["PrivateNetwork"] == "no"
    assert set(lines["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6"}
    allowed = [word for word in lines["IPAddressAllow"].split() if "/" in word]
    assert allowed
    assert all(ipaddress.ip_network(each).is_private for each in allowed)
    assert value_of("plantd.service", "IPAddressDeny") == "any"


def test_the_service_is_not_started_again_where_that_cannot_help() -> None:
    codes = value_of("plantd.service", "RestartPreventExitStatus").split()
    assert codes == [str(EX_UNAVAILABLE), str(EX_CONFIG)]


def test_the_service_runs_as_itself_and_tells_when_it_is_ready() -> None:
    assert value_of("plantd.service", "User") == "plantd"
    assert value_of("plantd.service", "Type") == "notify"
    assert value_of("plantd.service", "NotifyAccess") == "main"


def test_the_directories_are_those_of_the_default_configuration() -> None:
    keys = {"run": "Runtime", "state": "State", "log": "Logs", "cache": "Cache"}
    places = {"run": "/run/", "state": "/var/lib/", "log": "/var/log/", "cache": "/var/cache/"}
    for name, path in PathsConfig()._asdict().items():
        assert path == places[name] + value_of("plantd.service", keys[name] + "Directory")


def test_systemd_watches_for_the_file_that_the_service_writes() -> None:
    path = "{}/{}".format(PathsConfig().run, root_requests.FILE_NAME)
    assert value_of("plantd-root.path", "PathExists") == path
    assert PathsConfig().run == root_requests.RUN
    stamps = "/run/" + value_of("plantd-root.service", "RuntimeDirectory")
    assert stamps == root_requests.STAMPS


@named(SERVICES)
def test_it_starts_a_command_that_exists(unit: Path) -> None:
    program, *words = value_of(unit.name, "ExecStart").split()
    assert program == "/opt/plantd/venv/bin/python3"
    arguments = [word for word in words if word != "-I" and not word.startswith("/")]
    if arguments[-1] == "--config":
        arguments[-1] = "--help"
        asked = subprocess.run(
            [sys.executable] + arguments,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert asked.returncode == 0, asked.stdout.decode()
        assert b"--config" in asked.stdout
    else:
        assert arguments == ["-m", root_requests.__name__]


@pytest.fixture
def runnable(tmp_path: Path) -> Path:
    """The units, with a Python that exists on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine: apt-get install systemd")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/plantd/venv/bin/python3", sys.executable)
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_systemd_finds_nothing_wrong(runnable: Path) -> None:
    units = [str(runnable / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify"] + units, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert (done.returncode, done.stdout.decode()) == (0, "")


@named(SERVICES)
def test_the_exposure_is_low(runnable: Path, unit: Path) -> None:
    helped = subprocess.run(["systemd-analyze", "--help"], stdout=subprocess.PIPE).stdout
    if b"--offline" not in helped:
        pytest.skip("this systemd-analyze cannot judge a unit offline: systemd 250 can")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager"]
    done = subprocess.run(
        command + ["--threshold={}".format(MAX_EXPOSURE), str(runnable / unit.name)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode()


def test_a_stick_is_mounted_so_that_nothing_on_it_can_harm() -> None:
    lines = assignments(SYSTEMD / "plantd-stick@.service")
    as_root = [line.value for line in lines if line.key.startswith("Exec") and "+" in line.value]
    programs = [value.split()[0].lstrip("-+") for value in as_root]
    assert programs == ["/bin/mkdir", "/bin/sh", "/usr/bin/nsenter", "/bin/rmdir"]
    # Without it the mount would end with the command that made it: make vm shows that.
    outside = "/usr/bin/nsenter --mount=/proc/1/ns/mnt"
    wanted = "test -e /run/plantd-stick-%i/wanted"
    assert as_root[1].startswith("-+/bin/sh -c '{} && exec {} /bin/mount ".format(wanted, outside))
    assert as_root[2].startswith("-+{} /bin/umount -l ".format(outside))
    options = as_root[1].split()[as_root[1].split().index("-o") + 1].split(",")
    assert options == ["ro", "nosuid", "nodev", "noexec"]
    assert value_of("plantd-stick@.service", "User") == "plantd"
    assert value_of("plantd-stick@.service", "BindsTo") == "dev-%i.device"


def test_udev_starts_it_for_file_systems_that_it_mounts() -> None:
    rules = (SYSTEMD / "60-plantd.rules").read_text().splitlines()
    (rule,) = [line for line in rules if "plantd-stick@%k.service" in line]
    text = (SYSTEMD / "plantd-stick@.service").read_text()
    (types,) = re.findall(r"/bin/mount -t (\S+) ", text)
    assert 'ENV{ID_FS_TYPE}=="' + types.replace(",", "|") + '"' in rule


def test_a_build_does_not_hold_up_the_boot() -> None:
    assert value_of("plantd-engine.service", "WantedBy") == "multi-user.target"
    assert "multi-user.target" in value_of("plantd-engine.service", "After")
