"""Signatures of bundles, made by a real gpg and checked by the real gpgv."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Callable, Iterator, List

import pytest
from support import tiny_bundle
from support.signer import Signer

from plantd.config import Config, EngineConfig, ModelConfig, PathsConfig
from plantd.errors import BundleError, ConfigError, UnavailableError
from plantd.models.installing import install
from plantd.models.self_test_process import Prover
from plantd.models.signature import SignatureCheck
from plantd.models.store import ModelStore

TIMEOUT_S = 60


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    # The agent's socket lies in the home, and its path has at most 107 bytes.
    home = "/tmp/plantd-gpg-{}".format(os.getpid())
    made = Signer(home)
    for name in ("owner", "stranger", "revoked", "withdrawn"):
        made.make(name)
    made.make("future", "20400101T000000")
    made.make("past", "20200101T000000", "1y")
    yield made
    made.close()


@pytest.fixture
def keys(tmp_path: Path, signer: Signer) -> Path:
    """keys.d with the owner's key."""
    folder = tmp_path / "keys.d"
    folder.mkdir()
    signer.export("owner", folder / "owner.gpg")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> str:
    return tiny_bundle.make(str(tmp_path / "stick" / "tiny"))


@pytest.fixture
def warnings() -> List[str]:
    return []


Check = Callable[..., SignatureCheck]


@pytest.fixture
def check(keys: Path, warnings: List[str]) -> Check:
    def made(unsigned: bool = False, required: bool = False, **more: str) -> SignatureCheck:
        config = ModelConfig(keys=str(keys), require_signature=required)
        return SignatureCheck(config, unsigned, warnings.append, **more)

    return made


def manifest(source: str) -> str:
    return os.path.join(source, "manifest.yaml")


def test_a_bundle_that_the_owner_signed_names_its_signer(
    source: str, signer: Signer, check: Check, warnings: List[str]
) -> None:
    signer.sign(manifest(source), "owner")
    assert check()(source).startswith("owner (key ")
    assert warnings == []


def test_a_signed_archive_is_installed_and_its_signature_with_it(
    source: str, signer: Signer, check: Check, tmp_path: Path
) -> None:
    signer.sign(manifest(source), "owner")
    path = str(tmp_path / "tiny.tar.gz")
    with tarfile.open(path, "w:gz") as made:
        made.add(source, "tiny")
    store = ModelStore(str(tmp_path / "state"))
    config = Config(
        engine=EngineConfig(threads=1), paths=PathsConfig(state=str(tmp_path / "state"))
    )
    installed = install(path, store, Prover(config), vouch=check())
    assert installed.signer.startswith("owner")
    assert os.path.exists(os.path.join(store.path_of(installed.name), "manifest.yaml.sig"))


@pytest.mark.parametrize("file", ["model.onnx", "golden.npz", "species.yaml", "card.md"])
def test_a_changed_file_of_a_signed_bundle_installs_nothing(
    source: str, signer: Signer, check: Check, tmp_path: Path, file: str
) -> None:
    signer.sign(manifest(source), "owner")
    with open(os.path.join(source, file), "ab") as target:
        target.write(b" ")
    store = ModelStore(str(tmp_path / "state"))
    config = Config(paths=PathsConfig(state=str(tmp_path / "state")))
    with pytest.raises(BundleError, match=file + " has sha256"):
        install(source, store, Prover(config), vouch=check())
    assert store.listing().installed == []


@pytest.mark.parametrize("unsigned", [False, True])
def test_a_changed_manifest_is_refused_whatever_is_asked(
    source: str, signer: Signer, check: Check, unsigned: bool
) -> None:
    signer.sign(manifest(source), "owner")
    with open(manifest(source), "a") as target:
        target.write("# more\n")
    with pytest.raises(BundleError, match="signature is wrong: manifest.yaml is not what owner"):
        check(unsigned)(source)


def test_the_signature_of_another_bundle_is_refused(
    source: str, signer: Signer, check: Check, tmp_path: Path
) -> None:
    other = tiny_bundle.make(str(tmp_path / "other"), version="2.0.0")
    signer.sign(manifest(other), "owner")
    shutil.copy(manifest(other) + ".sig", source)
    with pytest.raises(BundleError, match="or the signature is another bundle's"):
        check()(source)


def test_a_signed_message_is_no_detached_signature(
    source: str, signer: Signer, check: Check, tmp_path: Path
) -> None:
    signer.gpg(
        "--faked-system-time",
        "20260102T000000!",
        "--local-user",
        "owner",
        "--output",
        manifest(source) + ".sig",
        "--sign",
        manifest(source),
    )
    with pytest.raises(BundleError, match="is not a detached signature"):
        check()(source)


@pytest.mark.parametrize("damage", [b"", b"no signature at all\n"])
def test_what_is_no_signature_is_refused(source: str, check: Check, damage: bytes) -> None:
    Path(manifest(source) + ".sig").write_bytes(damage)
    with pytest.raises(BundleError, match="is not a detached signature"):
        check()(source)


def test_a_key_that_the_box_does_not_know_is_refused(
    source: str, signer: Signer, check: Check
) -> None:
    signer.sign(manifest(source), "stranger")
    with pytest.raises(BundleError, match=r"signed by key [0-9A-F]{16}, which is none of .*keys.d"):
        check()(source)


def test_an_unknown_key_is_unsigned_and_said_loudly_when_asked_for(
    source: str, signer: Signer, check: Check, warnings: List[str]
) -> None:
    signer.sign(manifest(source), "stranger")
    assert check(unsigned=True)(source) == ""
    assert warnings[0].startswith("UNSIGNED: the model is signed by key")


def test_a_revoked_key_is_refused_though_gpgv_ends_with_0(
    source: str, signer: Signer, check: Check, keys: Path
) -> None:
    signer.sign(manifest(source), "revoked")
    signer.revoke("revoked")
    signer.export("revoked", keys / "revoked.gpg")
    with pytest.raises(BundleError, match="a key that was revoked"):
        check()(source)


def test_a_revocation_that_lies_in_a_keyring_of_its_own_counts_too(
    source: str, signer: Signer, check: Check, keys: Path
) -> None:
    signer.sign(manifest(source), "withdrawn")
    signer.export("withdrawn", keys / "a.gpg")
    assert check()(source).startswith("withdrawn")
    signer.revoke("withdrawn")
    signer.export("withdrawn", keys / "b.gpg")
    with pytest.raises(BundleError, match="a key that was revoked"):
        check()(source)


@pytest.mark.parametrize(
    ("name", "when"), [("future", "20400102T000000!"), ("past", "20200102T000000!")]
)
def test_a_wrong_clock_breaks_no_signature(
    source: str, signer: Signer, check: Check, keys: Path, name: str, when: str
) -> None:
    signer.export(name, keys / (name + ".gpg"))
    signer.sign(manifest(source), name, when)
    assert check()(source).startswith(name)


def test_a_box_with_a_key_takes_nothing_unsigned(source: str, check: Check) -> None:
    with pytest.raises(BundleError, match="not signed: it has no manifest.yaml.sig.* --unsigned"):
        check()(source)


def test_unsigned_is_taken_when_asked_for_and_said_loudly(
    source: str, check: Check, warnings: List[str]
) -> None:
    assert check(unsigned=True)(source) == ""
    assert warnings == ["UNSIGNED: nobody has shown who made this model; --unsigned takes it"]


def test_a_box_without_keys_installs_as_before(
    source: str, check: Check, keys: Path, warnings: List[str]
) -> None:
    shutil.rmtree(str(keys))
    assert check()(source) == ""
    assert warnings == []


def test_a_signature_that_no_key_can_check_is_said(
    source: str, signer: Signer, check: Check, keys: Path, warnings: List[str]
) -> None:
    signer.sign(manifest(source), "owner")
    (keys / "owner.gpg").unlink()
    assert check()(source) == ""
    assert "holds no key to check that with" in warnings[0]


def test_a_signature_that_is_required_needs_a_key(source: str, check: Check, keys: Path) -> None:
    (keys / "owner.gpg").unlink()
    with pytest.raises(ConfigError, match="require_signature is on, and .* holds no key"):
        check(required=True)(source)


def test_a_key_under_another_name_is_not_passed_over(source: str, check: Check, keys: Path) -> None:
    (keys / "owner.gpg").rename(keys / "owner.asc")
    with pytest.raises(ConfigError, match=r"owner.asc is not a keyring: .*gpg --dearmor"):
        check()(source)


def test_a_damaged_keyring_is_said(source: str, signer: Signer, check: Check, keys: Path) -> None:
    signer.sign(manifest(source), "owner")
    (keys / "owner.gpg").write_bytes(b"not a key")
    with pytest.raises(ConfigError, match="gpgv cannot check the signature with the keys of"):
        check()(source)


def test_without_gpgv_it_is_one_sentence(source: str, signer: Signer, check: Check) -> None:
    signer.sign(manifest(source), "owner")
    with pytest.raises(UnavailableError, match="sudo apt-get install gpgv"):
        check(program="gpgv-that-is-not-here")(source)


def plantd_cli(tmp_path: Path, model: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `plantd-cli model install` with a section `model`, where no service runs."""
    config = tmp_path / "plantd.yaml"
    config.write_text("model:\n{}paths:\n  state: {}\n".format(model, tmp_path / "state"))
    return subprocess.run(
        [sys.executable, "-m", "plantd.cli", "model", "install", "--no-activate"]
        + ["--config", str(config), "--socket", str(tmp_path / "none.sock"), *words],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_S,
    )


def test_the_command_refuses_what_is_unsigned_with_65_and_takes_it_when_told(
    source: str, keys: Path, tmp_path: Path
) -> None:
    model = "  keys: {}\n".format(keys)
    refused = plantd_cli(tmp_path, model, source)
    assert refused.returncode == 65
    assert refused.stderr.decode().count("the model is not signed") == 1
    taken = plantd_cli(tmp_path, model, "--unsigned", source)
    assert (taken.returncode, taken.stdout.decode()) == (0, "tiny-1.0.0 is installed\n")
    assert "UNSIGNED" in taken.stderr.decode()


def test_the_command_says_with_78_that_a_required_key_is_missing(
    source: str, tmp_path: Path
) -> None:
    model = "  keys: {}\n  require_signature: true\n".format(tmp_path / "none")
    refused = plantd_cli(tmp_path, model, source)
    assert refused.returncode == 78
    assert "holds no key" in refused.stderr.decode()
