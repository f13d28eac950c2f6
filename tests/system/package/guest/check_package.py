"""Inside a bare root, as root: the packages installed, used, upgraded, removed and purged.

The tests run in this order, each on what the one before left. /opt/lent has the packages.
"""

import filecmp
import glob
import json
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path
from typing import Iterator, List

import pytest
from support.bare_root import run
from support.checkout import TOP

LENT = "/opt/lent/"
(MODEL,) = glob.glob(LENT + "plantd-model-plants70_*.deb")
(PLANTD,) = glob.glob(LENT + "plantd_*.deb")
# The same with another version and another line in its configuration.
(NEXT,) = glob.glob(LENT + "next/plantd_*.deb")
CONFIG = Path("/etc/plantd/plantd.yaml")
STORE = Path("/var/lib/plantd/models")
OFFLINE = ["unshare", "--net"]
APT = ["apt-get", "--quiet", "--yes", "--no-install-recommends"]
KEEP = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
PARTS = "camera.source=test://plant", "button.driver=fake", "light.driver=fake"
LONG_ENOUGH_S = 120.0
# Source: sysexits.h. There is no Jetson's camera here either.
EX_UNAVAILABLE = 69


def install(*packages: str, expect: int = 0) -> str:
    """Install without a network: what Debian adds has been downloaded before."""
    return run(*OFFLINE, *APT, *KEEP, "install", *packages, expect=expect)


def state_of(package: str) -> str:
    """Return "installed", "config-files", or nothing where dpkg knows nothing of it."""
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    done = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode()


def version() -> str:
    return run("plantd", "--version").split()[1]


def bytecode() -> List[Path]:
    return list(Path("/opt/plantd").rglob("*.pyc"))


def test_beside_make_install_it_is_not_installed() -> None:
    run(*APT, "--download-only", "install", PLANTD)
    unit = "/etc/systemd/system/plantd.service"
    os.makedirs(os.path.dirname(unit), exist_ok=True)
    shutil.copy(str(TOP / "systemd" / "plantd.service"), unit)
    said = install(PLANTD, expect=100)
    assert "remove that first, data and configuration stay: sudo make uninstall" in said
    os.unlink(unit)
    assert state_of("plantd") in ("", "not-installed")


def test_it_is_installed_without_a_network() -> None:
    install(PLANTD)
    assert state_of("plantd") == "installed"
    assert pwd.getpwnam("plantd").pw_dir == "/var/lib/plantd"
    assert bytecode()


def test_without_a_model_it_says_so() -> None:
    checks = json.loads(run("plantd", "doctor", "--json", expect=EX_UNAVAILABLE))["checks"]
    (model,) = [check for check in checks if check["id"] == "model"]
    assert "no model bundle" in model["detail"]
    assert "plantd-cli model install" in model["remedy"]


def test_the_model_is_proven_and_made_active() -> None:
    assert "installed" in install(MODEL)
    active = os.readlink(str(STORE / "active"))
    assert active.startswith("plants70-")
    assert (STORE / active).stat().st_uid == pwd.getpwnam("plantd").pw_uid


def test_every_library_can_be_imported() -> None:
    done = subprocess.run(["plantd", "doctor", "--json"], stdout=subprocess.PIPE, cwd="/")
    checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
    libraries = [check for name, check in checks.items() if name.startswith("library.")]
    assert {"library.cv2", "library.numpy", "library.onnxruntime"} <= set(checks)
    assert [check for check in libraries if check["state"] != "ok"] == []


def test_its_units_and_rules_are_those_of_make_install() -> None:
    pairs = {
        "systemd/plantd.service": "/lib/systemd/system/plantd.service",
        "systemd/plantd-root.path": "/lib/systemd/system/plantd-root.path",
        "systemd/plantd-root.service": "/lib/systemd/system/plantd-root.service",
        "systemd/plantd-engine.service": "/lib/systemd/system/plantd-engine.service",
        "systemd/plantd-stick@.service": "/lib/systemd/system/plantd-stick@.service",
        "systemd/sysusers.conf": "/usr/lib/sysusers.d/plantd.conf",
        "systemd/tmpfiles.conf": "/usr/lib/tmpfiles.d/plantd.conf",
        "systemd/60-plantd.rules": "/lib/udev/rules.d/60-plantd.rules",
        "systemd/journald.conf": "/usr/lib/systemd/journald.conf.d/plantd.conf",
        "systemd/plantd.yaml": str(CONFIG),
    }
    differing = [
        ours for ours, theirs in pairs.items() if not filecmp.cmp(str(TOP / ours), theirs, False)
    ]
    assert differing == []
    wanted = {path.name for path in Path("/etc/systemd/system/multi-user.target.wants").iterdir()}
    assert {"plantd.service", "plantd-root.path", "plantd-engine.service"} <= wanted


@pytest.fixture
def service() -> Iterator[None]:
    """The installed service, as its own user; there is no systemd here to start it."""
    for folder in ("/run/plantd", "/var/log/plantd", "/var/cache/plantd"):
        os.makedirs(folder, exist_ok=True)
        shutil.chown(folder, "plantd", "plantd")
    parts = [word for part in PARTS for word in ("--set", part)]
    user = ["setpriv", "--reuid=plantd", "--regid=plantd", "--init-groups"]
    command = user + ["plantd", "run"] + parts
    with subprocess.Popen(command, cwd="/") as process:
        until = time.monotonic() + LONG_ENOUGH_S
        while subprocess.call(["plantd-cli", "capture"], stderr=subprocess.DEVNULL, cwd="/"):
            assert process.poll() is None, "the service has ended"
            assert time.monotonic() < until, "the service does not answer"
            time.sleep(0.5)
        yield
        process.terminate()
        assert process.wait(LONG_ENOUGH_S) == 0


def test_it_answers_and_records(service: None) -> None:
    verdict = json.loads(run("plantd-cli", "capture", "--json"))
    assert verdict["recorded"] is True
    assert "HEALTHY" in run("plantd-cli", "status")
    assert Path("/var/lib/plantd/record/record.db").exists()


def test_make_install_is_refused_beside_it() -> None:
    for target in ("install", "uninstall"):
        said = run("make", "-C", str(TOP), target, expect=2)
        assert "plantd is installed as a package" in said
        assert "sudo apt " in said
    assert state_of("plantd") == "installed"
    assert version()


def test_an_upgrade_keeps_the_configuration_that_was_changed() -> None:
    mine = CONFIG.read_text().replace("  #width_px: 1280", "  width_px: 640")
    CONFIG.write_text(mine)
    before = version()
    install(NEXT)
    assert CONFIG.read_text() == mine
    assert "a line of the next version" in Path(str(CONFIG) + ".dpkg-dist").read_text()
    # Compiled anew: the files of both versions bear dates that say nothing.
    assert version() == before + ".1"


def test_a_model_that_somebody_chose_stays_active() -> None:
    shutil.copytree(str(STORE / "active"), str(STORE / "mine-1.0"))
    os.unlink(str(STORE / "active"))
    os.symlink("mine-1.0", str(STORE / "active"))
    install("--reinstall", MODEL)
    assert os.readlink(str(STORE / "active")) == "mine-1.0"


def test_a_python_that_it_has_no_libraries_for_is_one_sentence() -> None:
    aside = [(str(path), str(path) + ".aside") for path in Path("/opt/plantd/venv/lib").iterdir()]
    for path, away in aside:
        os.rename(path, away)
    said = run("/var/lib/dpkg/info/plantd.postinst", "configure", expect=1)
    assert "one that fits is made by: make deb PYTHONS=" in said
    for path, away in aside:
        os.rename(away, path)


def test_removing_keeps_configuration_and_data() -> None:
    run(*APT, "remove", "plantd")
    assert state_of("plantd") == "config-files"
    assert not os.path.exists("/opt/plantd")
    assert not shutil.which("plantd")
    for kept in (CONFIG, STORE / "mine-1.0", Path("/var/lib/plantd/record/record.db")):
        assert kept.exists(), kept


def test_installed_again_it_finds_them() -> None:
    mine = CONFIG.read_text()
    install(NEXT, MODEL)
    assert CONFIG.read_text() == mine
    assert os.readlink(str(STORE / "active")) == "mine-1.0"


def test_purging_leaves_nothing() -> None:
    shutil.rmtree("/run/plantd", ignore_errors=True)
    run(*APT, "purge", "plantd", "plantd-model-plants70")
    with pytest.raises(KeyError):
        pwd.getpwnam("plantd")
    left = run(
        "find", "/etc", "/opt", "/run", "/usr", "/var", "-xdev", "-name", "*plantd*",
        "-not", "-path", "/opt/lent/*", "-not", "-path", "/var/cache/apt/*",
    )  # fmt: skip
    assert left == ""
    assert "plantd" not in Path("/etc/group").read_text()
