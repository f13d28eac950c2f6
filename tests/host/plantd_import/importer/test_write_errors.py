"""A bundle that cannot be written is one sentence and exit code 73, and nothing half is left."""

import os
from pathlib import Path
from typing import Any, List

import onnx
import pytest
from support import small_disk, tiny_bundle

from plantd import bundle
from plantd.errors import EX_CANTCREAT, CannotWriteError
from plantd_import import cli
from plantd_import.importer import steps, write, write_errors
from plantd_import.importer.templates import Described

# Not even root makes a folder there.
UNWRITABLE = "/proc"

THIS_MODULE = "host.plantd_import.importer.test_write_errors"


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError) as raised, write.place_for(UNWRITABLE + "/bundle"):
        raise AssertionError("there is no place")
    assert raised.value.exit_code == EX_CANTCREAT
    assert str(raised.value).startswith("/proc cannot be written: ")
    assert str(raised.value).endswith("or name a place that can be written")


def test_a_step_that_cannot_write_its_graph_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="nowhere cannot be written: No such file"):
        steps._write(b"graph", str(tmp_path / "nowhere" / "poison.onnx"))


def test_other_errors_pass_through() -> None:
    with pytest.raises(ValueError, match="ours"), write_errors.writing_to("there"):
        raise ValueError("ours")


def parts_of(folder: str) -> write.BundleContents:
    loaded = bundle.load(tiny_bundle.make(folder))
    return write.BundleContents(
        manifest=loaded.manifest,
        model=onnx.load(loaded.model_path),
        golden=loaded.golden,
        species=Described({"species": tiny_bundle.species_tree()}),
        card="# A card\n" * 10000,
    )


def write_on(disk: str) -> List[Any]:
    """Return what is said and what is left when a bundle of 100 KB meets a disk of 64."""
    parts = parts_of(disk + "-whole")
    try:
        with write.place_for(os.path.join(disk, "bundle")) as place:
            write.write(place, parts)
    except CannotWriteError as error:
        return [str(error), os.listdir(disk)]
    return ["written", os.listdir(disk)]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    said, left = small_disk.on_small_disk(THIS_MODULE, "write_on", disk, 64)
    assert said.startswith("{} cannot be written: No space left on device".format(disk))
    assert left == []


def test_the_same_fits_a_larger_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    answer = small_disk.on_small_disk(THIS_MODULE, "write_on", disk, 4096)
    assert answer == ["written", ["bundle"]]


def test_a_comparison_finds_out_first_that_it_cannot_keep_its_results(capsys: Any) -> None:
    argv = ["compare", "--study", "tiny", "--out", UNWRITABLE + "/results"]
    assert cli.main(argv) == EX_CANTCREAT
    shown = capsys.readouterr()
    assert shown.err.startswith("plantd-import: /proc/results cannot be written: ")
    assert shown.err.count("\n") == 1
