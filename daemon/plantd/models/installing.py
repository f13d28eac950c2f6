"""From a directory or an archive, such as one on a USB stick, to a proven model in the store.

How this works, in steps; what a power cut leaves after any of them is in the last column:

    room     sizes are known, the disk has room                    nothing
    staged   the files lie, synced, in STATE/models/.new-model     swept by the next change
    vouched  the signature is right, where one is asked for        swept
    checked  manifest, hashes, labels, shapes are right            swept
    built    tensorrt only: the plan for this device               swept; the plan is kept
    proven   the golden outputs are right, in a child process      swept
    placed   renamed to NAME-VERSION, synced                       an installed model

Installing never touches `active`. Needs no numpy: what looks into the files runs in children.
"""

import filecmp
import os
import shutil
from typing import Callable, List, NamedTuple, Optional, Sequence

from plantd.errors import BundleError, UnavailableError
from plantd.models.self_test_process import Prover
from plantd.models.store import MODE, NEW, ModelStore, Step, name_of, unheard
from plantd.models.unpacking import FILES, MIB, Found, contents_of, unpack
from plantd.system import durable

STEPS = ("room", "staged", "vouched", "checked", "built", "proven", "placed")
# Beyond the files themselves: room for a plan of the same size, and for the record to go on.
SPARE_BYTES = 64 * MIB

Build = Callable[[str], None]
FreeBytes = Callable[[str], int]
Vouch = Callable[[str], str]


class Installed(NamedTuple):
    """A model in the store.

    Attributes:
        new: false for one that was there already, byte for byte.
        signer: who signed it; empty where nobody was asked.
    """

    name: str
    new: bool
    signer: str = ""


def ask_nobody(_bundle: str) -> str:
    """Vouch for a bundle whose signature nobody asks for."""
    return ""


def free_bytes(path: str) -> int:
    """Return what this user may still write below an existing directory."""
    seen = os.statvfs(path)
    return seen.f_bavail * seen.f_frsize


def install(
    source: str,
    store: ModelStore,
    prover: Prover,
    build: Optional[Build] = None,
    step: Step = unheard,
    free: FreeBytes = free_bytes,
    vouch: Vouch = ask_nobody,
) -> Installed:
    """Put a bundle in the store; it is not made active.

    Args:
        source: the bundle's directory, or a .tar or .tar.gz of it.
        build: builds and proves the plan of the bundle in a directory; None where the backend
            needs none.
        step: told each of STEPS when it is done.
        free: bytes that may be written below a directory.
        vouch: returns who signed the bundle in a directory, or raises; see signature.py.

    Raises BundleError, EngineError, PlanError, NotFoundError, AccessError, BusyError or
    UnavailableError (no room); then nothing new is installed.
    """
    found = contents_of(source)
    with store.locked():
        _make_sure_of_room(found, store.folder, free)
        step("room")
        staged = os.path.join(store.folder, NEW + "model")
        try:
            return _through(source, staged, store, prover, build, step, vouch)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def _through(
    source: str,
    staged: str,
    store: ModelStore,
    prover: Prover,
    build: Optional[Build],
    step: Step,
    vouch: Vouch,
) -> Installed:
    _stage(source, staged, store.folder)
    step("staged")
    signer = vouch(staged)
    step("vouched")
    name = name_of(*prover.check(staged))
    step("checked")
    place = os.path.join(store.folder, name)
    if os.path.exists(place):
        _make_sure_it_is_the_same(staged, place, name)
        return Installed(name, False, signer)
    if build is not None:
        build(staged)
    step("built")
    prover.prove(staged)
    step("proven")
    durable.rename(staged, place)
    step("placed")
    return Installed(name, True, signer)


def _make_sure_of_room(found: Sequence[Found], folder: str, free: FreeBytes) -> None:
    needed = 2 * sum(each.size_bytes for each in found) + SPARE_BYTES
    there = free(folder)
    if there < needed:
        raise UnavailableError(
            "{} has {} MiB free; this model needs {} MiB with its plan and some to spare; remove "
            "a model that is neither active nor before (plantd-cli model list, model remove "
            "NAME), or lower record.keep_mb".format(folder, there // MIB, -(-needed // MIB))
        )


def _stage(source: str, staged: str, folder: str) -> None:
    os.mkdir(staged, MODE)
    unpack(source, staged)
    durable.sync_directory(staged)
    for path in [staged] + [os.path.join(staged, name) for name in os.listdir(staged)]:
        durable.belong_as(path, folder)


def _make_sure_it_is_the_same(staged: str, place: str, name: str) -> None:
    different: List[str] = [
        file
        for file in FILES
        if not os.path.exists(os.path.join(place, file))
        or not filecmp.cmp(os.path.join(staged, file), os.path.join(place, file), shallow=False)
    ]
    if different:
        raise BundleError(
            "{} is installed already and its {} differs; give the new one another version, or "
            "remove the old one first: plantd-cli model remove {}".format(
                name, ", ".join(different), name
            )
        )
