"""Inside a bare root, as root: plantd installed, upgraded and put back from a signed stick.

The tests run in this order, each on what the one before left. /opt/lent/stick is the repository.
"""

import os
import shutil
from pathlib import Path

from support.bare_root import run

STICK = Path("/media/usb/plantd")
KEYRING = Path("/etc/apt/keyrings/plantd.gpg")
APT = ["apt-get", "--quiet", "--yes", "--no-install-recommends", "--allow-downgrades"]
# Without it an index that is refused ends with 0 while an older one is there.
STRICT = ["-o", "APT::Update::Error-Mode=any"]


def version() -> str:
    return run("plantd", "--version").split()[1]


def test_the_stick_is_put_in_and_its_key_trusted_once() -> None:
    shutil.copytree("/opt/lent/stick", str(STICK))
    KEYRING.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(str(STICK / "plantd-repository.gpg"), str(KEYRING))
    Path("/etc/apt/sources.list.d/plantd.list").write_text(
        "deb [signed-by={}] file:{} stable main\n".format(KEYRING, STICK)
    )
    run(*APT, *STRICT, "update")


def test_an_older_version_is_installed_by_its_number() -> None:
    offered = run("apt-cache", "madison", "plantd").splitlines()
    versions = [line.split("|")[1].strip() for line in offered]
    assert len(versions) == 2
    run(*APT, "install", "plantd=" + versions[1], "plantd-model-plants70")
    assert os.readlink("/var/lib/plantd/models/active")


def test_the_newer_one_is_an_upgrade_and_the_older_one_the_way_back() -> None:
    old = version()
    run(*APT, "-o", "Dpkg::Options::=--force-confold", "install", "plantd")
    new = version()
    assert new == old + ".1"
    offered = run("apt-cache", "madison", "plantd").splitlines()
    run(*APT, "-o", "Dpkg::Options::=--force-confold", "install", "plantd=" + _number(offered[1]))
    assert version() == old


def _number(line: str) -> str:
    return line.split("|")[1].strip()


def test_a_package_that_was_changed_on_the_stick_is_not_installed() -> None:
    old = version()
    deb = max(STICK.glob("pool/main/p/plantd/plantd_*.deb"), key=lambda path: len(path.name))
    content = bytearray(deb.read_bytes())
    content[len(content) // 2] ^= 1
    deb.write_bytes(bytes(content))
    run("apt-get", "clean")
    said = run(*APT, "install", "plantd", expect=100)
    assert "Hash Sum mismatch" in said
    assert version() == old


def test_an_index_that_was_changed_on_the_stick_is_refused() -> None:
    release = STICK / "dists/stable/InRelease"
    release.write_text(release.read_text().replace("Label: plantd", "Label: another"))
    said = run(*APT, *STRICT, "update", expect=100)
    assert "BADSIG" in said
