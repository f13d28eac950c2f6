"""The repository of `make repository` as apt meets it: real aptly, gpg and apt, small packages.

apt has folders of its own here, so that nothing of this machine changes.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator

import pytest
from support.checkout import TOP
from support.signer import remove_home

ARCH = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
OWNER = "plantd repository"
TIMEOUT_S = 120


class Workshop:
    """A workstation: its key, its packages, what aptly remembers, a stick and another key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stick = folder / "stick"
        self.debs = folder / "debs"
        self.debs.mkdir()
        # gpg's sockets lie in its home, and a socket's path has at most 107 bytes.
        self.home = Path("/tmp/plantd-repository-{}".format(os.getpid()))
        self.home.mkdir(mode=0o700)
        self.make_key(OWNER)

    def close(self) -> None:
        remove_home(str(self.home))

    def make_key(self, name: str) -> None:
        self.gpg("--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", "0")

    def gpg(self, *words: str) -> None:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--yes", "--quiet", *words]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=TIMEOUT_S)

    def build(self, version: str, content: str = "") -> None:
        """Make a package that holds one file."""
        package = "plantd-drawn"
        root = self.folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        (root / "DEBIAN").mkdir(parents=True)
        (root / "DEBIAN/control").write_text(
            f"Package: {package}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: plantd maintainers <plantd@localhost>\nDescription: a drawn package\n"
        )
        (root / "usr/share/plantd-drawn").mkdir(parents=True)
        (root / "usr/share/plantd-drawn/version").write_text(content or version)
        made = self.debs / f"{package}_{version}_all.deb"
        command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(root), str(made)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)

    def publish(
        self, key: str = OWNER, folder: str = "stick"
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["tools/deb/repository.sh", key, str(self.folder / folder)],
            cwd=TOP,
            env=dict(
                os.environ,
                GNUPGHOME=str(self.home),
                DEBS=str(self.debs),
                APTLY=str(self.folder / "aptly"),
            ),
            text=True,
            capture_output=True,
            timeout=TIMEOUT_S,
        )


class Box:
    """apt on a box, whose list names the stick and the key that was laid there once."""

    def __init__(self, folder: Path, stick: Path) -> None:
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "etc", "out"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        shutil.copy(stick / "plantd-repository.gpg", folder / "key.gpg")
        (folder / "etc/plantd.list").write_text(
            f"deb [signed-by={folder}/key.gpg] file:{stick} stable main\n"
        )
        self._options = [
            f"Dir::Etc::sourcelist={folder}/etc/plantd.list",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={folder}/lists",
            f"Dir::State::status={folder}/status",
            f"Dir::Cache={folder}/cache",
            "APT::Update::Error-Mode=any",
            "APT::Sandbox::User=root",
            "Acquire::Check-Date=true",
        ]

    def apt(self, *words: str, clock: str = "") -> "subprocess.CompletedProcess[str]":
        command = ["faketime", clock] if clock else []
        command += ["apt-get", "--quiet"]
        for option in self._options:
            command += ["-o", option]
        return subprocess.run(
            [*command, *words],
            cwd=self.folder / "out",
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
        )

    def downloaded(self) -> "list[str]":
        return sorted(path.name for path in (self.folder / "out").iterdir())


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def box(workshop: Workshop, tmp_path: Path) -> Box:
    workshop.build("1.0")
    done = workshop.publish()
    assert done.returncode == 0, done.stderr
    return Box(tmp_path / "box", workshop.stick)


def test_apt_takes_a_package_of_the_signed_repository(box: Box) -> None:
    updated = box.apt("update")
    assert updated.returncode == 0, updated.stdout
    fetched = box.apt("download", "plantd-drawn")
    assert fetched.returncode == 0, fetched.stdout
    assert box.downloaded() == ["plantd-drawn_1.0_all.deb"]


def test_versions_of_before_stay_for_the_way_back(box: Box, workshop: Workshop) -> None:
    for old in workshop.debs.iterdir():
        old.unlink()
    workshop.build("1.1")
    assert workshop.publish().returncode == 0
    assert box.apt("update").returncode == 0
    for version in ("1.0", "1.1"):
        assert box.apt("download", "plantd-drawn=" + version).returncode == 0
    assert box.downloaded() == ["plantd-drawn_1.0_all.deb", "plantd-drawn_1.1_all.deb"]


def test_another_stick_gets_all_of_it_too(box: Box, workshop: Workshop) -> None:
    assert workshop.publish(folder="another").returncode == 0
    assert list((workshop.folder / "another").rglob("plantd-drawn_1.0_all.deb"))


def test_a_changed_index_is_refused(box: Box, workshop: Workshop) -> None:
    release = workshop.stick / "dists/stable/InRelease"
    release.write_text(release.read_text().replace("Label: plantd", "Label: another"))
    (workshop.stick / "dists/stable/Release.gpg").unlink()
    said = box.apt("update")
    assert said.returncode != 0
    assert "BADSIG" in said.stdout


def test_a_changed_list_of_packages_is_refused(box: Box, workshop: Workshop) -> None:
    for path in (workshop.stick / "dists/stable/main").rglob("Packages*"):
        path.write_bytes(path.read_bytes() + b"\n")
    said = box.apt("update")
    assert said.returncode != 0
    assert "Hash Sum mismatch" in said.stdout or "unexpected size" in said.stdout


def test_a_changed_package_is_refused(box: Box, workshop: Workshop) -> None:
    assert box.apt("update").returncode == 0
    (deb,) = (workshop.stick / "pool").rglob("*.deb")
    content = bytearray(deb.read_bytes())
    content[-1] ^= 1
    deb.write_bytes(bytes(content))
    said = box.apt("download", "plantd-drawn")
    assert said.returncode != 0
    assert "Hash Sum mismatch" in said.stdout
    assert box.downloaded() == []


def test_what_was_changed_on_the_stick_is_written_anew_and_never_signed(
    box: Box, workshop: Workshop
) -> None:
    (deb,) = (workshop.stick / "pool").rglob("*.deb")
    good = deb.read_bytes()
    deb.write_bytes(good + b"x")
    workshop.build("1.1")
    assert workshop.publish().returncode == 0
    assert deb.read_bytes() == good


def test_another_key_is_refused(box: Box, workshop: Workshop) -> None:
    workshop.make_key("stranger")
    assert workshop.publish("stranger").returncode == 0
    said = box.apt("update")
    assert said.returncode != 0
    assert "NO_PUBKEY" in said.stdout


def test_a_clock_that_is_years_behind_needs_one_option(box: Box) -> None:
    refused = box.apt("update", clock="2020-01-01")
    assert refused.returncode != 0
    assert "not valid yet" in refused.stdout
    taken = box.apt("-o", "Acquire::Check-Date=false", "update", clock="2020-01-01")
    assert taken.returncode == 0, taken.stdout


def test_a_clock_that_is_years_ahead_changes_nothing(box: Box) -> None:
    assert box.apt("update", clock="2040-01-01").returncode == 0


def test_another_package_of_the_same_version_is_refused(box: Box, workshop: Workshop) -> None:
    workshop.build("1.0", content="another 1.0")
    said = workshop.publish()
    assert said.returncode == 70
    assert "conflict" in said.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 64, "KEY and REPOSITORY are needed"),
        (("nobody", "stick"), 66, "gpg has no secret key nobody"),
    ],
)
def test_what_is_missing_is_one_sentence(
    workshop: Workshop, words: "tuple[str, ...]", code: int, sentence: str
) -> None:
    workshop.build("1.0")
    done = subprocess.run(
        ["tools/deb/repository.sh", *words[:1], *(str(workshop.folder / w) for w in words[1:])],
        cwd=TOP,
        env=dict(os.environ, GNUPGHOME=str(workshop.home), DEBS=str(workshop.debs)),
        text=True,
        capture_output=True,
        timeout=TIMEOUT_S,
    )
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert sentence in done.stderr
