"""The store of models: names, links, rights, and what a cut between two steps leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.as_nobody import NOBODY

from plantd.errors import (
    EX_NOPERM,
    BundleError,
    BusyError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from plantd.models.store import Listing, ModelStore, name_of

OLD, NEW, OTHER = "tiny-1.0.0", "tiny-2.0.0", "tiny-3.0.0"


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    made = ModelStore(str(tmp_path))
    for name in (OLD, NEW):
        os.makedirs(os.path.join(made.folder, name))
    return made


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert ModelStore(str(tmp_path / "nowhere")).listing() == Listing(None, None, [])


def test_activating_remembers_the_one_before(store: ModelStore) -> None:
    store.activate(OLD)
    assert store.listing() == Listing(OLD, None, [OLD, NEW])
    store.activate(NEW)
    assert store.listing() == Listing(NEW, OLD, [OLD, NEW])
    assert os.path.realpath(store.folder + "/active") == os.path.join(store.folder, NEW)


def test_rolling_back_twice_comes_back(store: ModelStore) -> None:
    store.activate(OLD)
    store.activate(NEW)
    store.activate(store.before())
    assert store.listing().active == OLD
    store.activate(store.before())
    assert store.listing().active == NEW


def test_activating_the_active_one_forgets_nothing(store: ModelStore) -> None:
    store.activate(OLD)
    store.activate(NEW)
    store.activate(NEW)
    assert store.listing() == Listing(NEW, OLD, [OLD, NEW])


def test_a_title_names_a_model_too(store: ModelStore) -> None:
    store.activate("tiny 1.0.0")
    assert store.listing().active == OLD


def test_an_unknown_model_is_answered_with_the_known_ones(store: ModelStore) -> None:
    with pytest.raises(NotFoundError, match=r"there is tiny-1.0.0, tiny-2.0.0; did you mean"):
        store.activate("tiny-1.0.1")
    assert store.listing().active is None


@pytest.mark.parametrize("name", ["../tiny-1.0.0", "active", ".", "", "/etc", ".new-model"])
def test_only_what_is_installed_becomes_active(store: ModelStore, name: str) -> None:
    store.activate(OLD)
    with pytest.raises(NotFoundError):
        store.activate(name)
    assert store.listing().active == OLD


def test_without_a_model_before_there_is_no_way_back(store: ModelStore) -> None:
    store.activate(OLD)
    with pytest.raises(NotFoundError, match="no model to go back to"):
        store.before()


def test_a_model_outside_the_store_is_gone_back_to(store: ModelStore, tmp_path: Path) -> None:
    shipped = str(tmp_path / "shipped")
    os.mkdir(shipped)
    os.symlink(shipped, store.folder + "/active")
    store.activate(NEW)
    assert store.listing().previous == shipped
    store.activate(store.before())
    assert store.listing() == Listing(shipped, NEW, [OLD, NEW])


def test_two_do_not_change_the_store_at_once(store: ModelStore) -> None:
    with store.locked(), pytest.raises(BusyError):
        ModelStore(os.path.dirname(store.folder)).activate(OLD)


class PowerCut(BaseException):
    """Nobody catches it, and nothing tidies up after a link is made."""


@pytest.mark.parametrize("cut", range(4))
def test_a_cut_at_any_step_leaves_a_whole_store(store: ModelStore, cut: int) -> None:
    store.activate(OLD)
    steps = []

    def step(name: str) -> None:
        steps.append(name)
        if len(steps) > cut:
            raise PowerCut

    if cut < 3:
        with pytest.raises(PowerCut):
            store.activate(NEW, step)
        assert store.listing().active == (NEW if steps[-1] == "active" else OLD)
    else:
        store.activate(NEW, step)
    assert steps == ["previous", "link", "active"][: cut + 1]
    # What was left behind is in nobody's way.
    store.activate(NEW)
    assert store.listing().active == NEW
    assert not [name for name in os.listdir(store.folder) if name.startswith(".new")]


def with_another(store: ModelStore) -> None:
    """OLD before, NEW active, OTHER neither, each with a file in it."""
    os.mkdir(os.path.join(store.folder, OTHER))
    for name in (OLD, NEW, OTHER):
        Path(store.folder, name, "model.onnx").write_bytes(b"weights")
    store.activate(OLD)
    store.activate(NEW)


def test_a_model_that_nobody_uses_is_removed(store: ModelStore) -> None:
    with_another(store)
    store.remove("tiny 3.0.0")
    assert store.listing() == Listing(NEW, OLD, [OLD, NEW])
    assert sorted(os.listdir(store.folder)) == ["active", "previous", OLD, NEW]


@pytest.mark.parametrize("force", [False, True])
def test_the_active_model_is_never_removed(store: ModelStore, force: bool) -> None:
    with_another(store)
    with pytest.raises(UsageError, match="is the active model; .* activate NAME"):
        store.remove(NEW, force=force)
    os.unlink(store.folder + "/active")
    os.symlink(os.path.join(store.folder, NEW), store.folder + "/active")  # as by hand
    with pytest.raises(UsageError, match="is the active model"):
        store.remove(NEW, force=force)
    assert os.path.exists(os.path.join(store.folder, NEW, "model.onnx"))


def test_the_way_back_is_removed_only_by_force(store: ModelStore) -> None:
    with_another(store)
    with pytest.raises(UsageError, match="rollback goes back to; with --force"):
        store.remove(OLD)
    assert store.listing() == Listing(NEW, OLD, [OLD, NEW, OTHER])
    store.remove(OLD, force=True)
    assert store.listing() == Listing(NEW, None, [NEW, OTHER])
    with pytest.raises(NotFoundError, match="no model to go back to"):
        store.before()


@pytest.mark.parametrize("force", [False, True])
def test_a_configured_model_is_never_removed(store: ModelStore, force: bool) -> None:
    with_another(store)
    with pytest.raises(UsageError, match=r"that model\.bundle names"):
        store.remove(OTHER, os.path.join(store.folder, OTHER), force)
    assert OTHER in store.listing().installed


@pytest.mark.parametrize("name", ["../tiny-1.0.0", "active", "previous", ".", "", "/etc", "tiny-4"])
def test_only_what_is_installed_is_removed(store: ModelStore, name: str) -> None:
    with_another(store)
    with pytest.raises(NotFoundError):
        store.remove(name, force=True)
    assert store.listing().installed == [OLD, NEW, OTHER]


def test_a_model_outside_the_store_is_not_removed(store: ModelStore, tmp_path: Path) -> None:
    shipped = str(tmp_path / "shipped")
    os.mkdir(shipped)
    os.symlink(shipped, store.folder + "/active")
    store.activate(NEW)
    with pytest.raises(UsageError, match="came with the package"):
        store.remove(shipped, force=True)
    assert os.path.isdir(shipped)


@pytest.mark.parametrize("cut", ["forgotten", "renamed", "removed"])
def test_a_cut_while_removing_leaves_the_model_whole_or_gone(store: ModelStore, cut: str) -> None:
    with_another(store)

    def step(name: str) -> None:
        if name == cut:
            raise PowerCut

    with pytest.raises(PowerCut):
        store.remove(OLD, force=True, step=step)
    there = OLD in store.listing().installed
    assert there == os.path.exists(os.path.join(store.folder, OLD, "model.onnx"))
    assert there == (cut == "forgotten")
    assert store.listing().previous is None
    # What was left behind is in nobody's way.
    store.activate(OTHER)
    assert not [name for name in os.listdir(store.folder) if name.startswith(".new")]


def as_nobody(store: ModelStore, call: str) -> "subprocess.CompletedProcess[bytes]":
    """Call a method of the store as a user without rights."""
    if os.getuid() != 0:
        pytest.skip("only root can act as another user")
    program = (
        "import encodings.idna, os, sys\n"
        "from plantd.models.store import ModelStore\n"
        "from plantd.errors import AccessError\n"
        "os.setgroups([]); os.setgid({0}); os.setuid({0})\n"
        "try: print(ModelStore(sys.argv[1]).{1})\n"
        "except AccessError as error: print(error); sys.exit(error.exit_code)\n"
    ).format(NOBODY, call)
    folder = os.path.dirname(store.folder)
    for parent in Path(folder).parents:
        if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-c", program, folder],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize("call", ["activate('tiny-1.0.0')", "remove('tiny-1.0.0')"])
def test_who_has_no_rights_is_told_who_has(store: ModelStore, call: str) -> None:
    os.chmod(os.path.dirname(store.folder), 0o755)
    done = as_nobody(store, call)
    assert done.returncode == EX_NOPERM
    assert b"sudo plantd-cli model" in done.stdout


@pytest.mark.parametrize(("mode", "seen"), [(0o755, b"True"), (0o750, b"False")])
def test_a_store_that_may_not_be_seen_is_not_an_empty_one(
    store: ModelStore, mode: int, seen: bytes
) -> None:
    assert store.may_be_seen()
    os.chmod(os.path.dirname(store.folder), mode)
    assert as_nobody(store, "may_be_seen()").stdout.strip() == seen


def test_a_store_that_is_not_there_may_be_seen(tmp_path: Path) -> None:
    assert ModelStore(str(tmp_path / "nowhere")).may_be_seen()


def test_a_disk_that_takes_nothing_is_said(store: ModelStore) -> None:
    def full(_step: str) -> None:
        raise OSError(28, "No space left on device")

    store.activate(OLD)
    with pytest.raises(UnavailableError, match="No space left"):
        store.activate(NEW, full)
    assert store.listing().active == OLD


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("../x", "1"),
        ("", "1"),
        ("a/b", "1"),
        (".x", "1"),
        ("x", ".."),
        ("x", "a b"),
        ("x" * 65, "1"),
    ],
)
def test_a_name_that_makes_no_plain_directory_is_refused(name: str, version: str) -> None:
    with pytest.raises(BundleError, match="letters, digits"):
        name_of(name, version)


def test_a_plain_name_is_the_directory() -> None:
    assert name_of("plants-70", "1.0.0-rc1") == "plants-70-1.0.0-rc1"
