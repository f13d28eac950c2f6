"""The package of a site's configuration: made from a good file only, a conffile on the box."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.checkout import TOP

SCRIPT = str(TOP / "tools" / "deb" / "site.sh")


def make(
    tmp_path: Path, text: str, version: str = "2026.11.1"
) -> "subprocess.CompletedProcess[bytes]":
    site = tmp_path / "my-site.yaml"
    site.write_text(text)
    return subprocess.run(
        [SCRIPT, sys.executable, str(site), version],
        cwd=str(TOP),
        env=dict(os.environ, OUT=str(tmp_path / "deb"), PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def read(package: Path, *words: str) -> str:
    return subprocess.check_output(["dpkg-deb", words[0], str(package), *words[1:]]).decode()


@pytest.fixture(autouse=True)
def _dpkg() -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("no dpkg-deb on this machine: packages are made on Debian and Ubuntu")


def test_a_good_file_becomes_a_conffile_of_a_package_that_needs_plantd(tmp_path: Path) -> None:
    done = make(tmp_path, "camera: {fps: 5}\n")
    assert done.returncode == 0, done.stderr
    package = tmp_path / "deb" / "plantd-site_2026.11.1_all.deb"
    assert read(package, "--field", "Depends").strip() == "plantd"
    assert read(package, "--info", "conffiles").strip() == "/etc/plantd/site.yaml"
    subprocess.check_call(["dpkg-deb", "--extract", str(package), str(tmp_path / "box")])
    assert (tmp_path / "box" / "etc/plantd/site.yaml").read_text() == "camera: {fps: 5}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("camera:\n  fsp: 5\n", "my-site.yaml:2: camera.fsp: is not a key of camera"),
        ("box: {name: hut}\n", "my-site.yaml:1: box.name: is each box's own"),
    ],
)
def test_a_file_that_no_box_would_take_becomes_no_package(
    tmp_path: Path, text: str, told: str
) -> None:
    done = make(tmp_path, text)
    assert done.returncode == 78
    assert told in done.stderr.decode()
    assert not (tmp_path / "deb").exists()


@pytest.mark.parametrize("version", ["", "next", "1/../x"])
def test_a_version_that_is_none_is_refused(tmp_path: Path, version: str) -> None:
    assert make(tmp_path, "", version).returncode == 64
