"""plantd-import as people run it: what it prints, how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from host.support import found_graphs
from host.support.found_graphs import SIDE

from plantd import bundle
from plantd.errors import (
    EX_DATAERR,
    EX_NOINPUT,
    EX_OK,
    EX_TEMPFAIL,
    EX_USAGE,
    BundleError,
    GraphError,
    NotFoundError,
    UsageError,
)
from plantd_import import cli
from plantd_import.cli import arguments
from plantd_import.importer import importing

SPEC = {
    "width_px": SIDE,
    "height_px": SIDE,
    "colour": "RGB",
    "rule": "stretch",
    "interpolation": "area",
    "scale": 1.0,
    "mean": [127.5, 127.5, 127.5],
    "std": [127.5, 127.5, 127.5],
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "good.pb").write_bytes(found_graphs.plain().SerializeToString())
    (tmp_path / "both.pb").write_bytes(found_graphs.two_heads().SerializeToString())
    (tmp_path / "open.pb").write_bytes(found_graphs.unfrozen().SerializeToString())
    (tmp_path / "lfs.pb").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(SPEC))
    return tmp_path


def test_inspect_shows_what_can_be_imported(files: Path, capsys: Any) -> None:
    assert cli.main(["inspect", str(files / "good.pb")]) == EX_OK
    shown = capsys.readouterr()
    for words in ("frozen GraphDef", "sha256", "picture:0", "answer:0", "importable: yes"):
        assert words in shown.out
    assert shown.err == ""


def test_inspect_says_what_has_to_be_named(files: Path, capsys: Any) -> None:
    assert cli.main(["inspect", str(files / "both.pb")]) == EX_OK
    assert "importable: yes, once its output is named" in capsys.readouterr().out


def test_inspect_gives_json(files: Path, capsys: Any) -> None:
    assert cli.main(["inspect", "--json", str(files / "both.pb")]) == EX_OK
    tree = json.loads(capsys.readouterr().out)
    assert (tree["schema"], tree["importable"]) == (1, True)
    assert [one["name"] for one in tree["outputs"]] == ["poison_head:0", "species_head:0"]
    assert tree["ops"]["Conv2D"] == 2


def test_inspect_shows_every_file_and_ends_with_the_first_fault(files: Path, capsys: Any) -> None:
    paths = [str(files / name) for name in ("lfs.pb", "good.pb", "open.pb", "none.pb")]
    assert cli.main(["inspect", *paths]) == EX_DATAERR
    shown = capsys.readouterr()
    assert "importable: yes" in shown.out
    assert "REFUSED   the graph is not frozen" in shown.out
    assert "Git LFS pointer" in shown.err
    assert "there is no file" in shown.err


def test_inspect_of_nothing_is_no_input(files: Path, capsys: Any) -> None:
    assert cli.main(["inspect", str(files / "none.pb")]) == EX_NOINPUT
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["inspect"],
        ["import"],
        ["import", "out", "--poison", "a.pb", "--name", "n", "--bundle-version", "1"],
        ["import", "out", "--poison", "a.pb", "--species", "b.pb"],
        ["frobnicate"],
    ],
)
def test_a_wrong_command_line_is_a_usage_error(argv: list, capsys: Any) -> None:
    assert cli.main(argv) in (EX_USAGE, EX_DATAERR)
    assert capsys.readouterr().err.startswith("plantd-import: ")


def import_arguments(files: Path, *more: str) -> list:
    return [
        *("import", str(files / "bundle"), "--graph", str(files / "both.pb")),
        *("--poison-output", "poison_head", "--species-output", "species_head"),
        *("--poison-labels", "edible,poisonous", "--species-labels", "dock,hemlock,mint"),
        *("--poisonous", "hemlock,dock", "--input-spec", str(files / "spec.yaml")),
        *("--name", "mine", "--bundle-version", "2.0"),
        *more,
    ]


def test_import_makes_a_bundle_in_processes_of_its_own(files: Path) -> None:
    """As a user runs it: a fresh interpreter, nothing of TensorFlow on stderr."""
    program = [sys.executable, "-m", "plantd_import.cli"]
    roots = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        program + import_arguments(files),
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=roots),
        timeout=1200,
    )
    assert (done.returncode, done.stderr) == (EX_OK, "")
    assert "merged   " in done.stdout
    assert "agrees   species with TensorFlow" in done.stdout
    assert "uncalibrated" in done.stdout
    loaded = bundle.load(str(files / "bundle"))
    assert loaded.manifest.title == "mine 2.0"
    assert loaded.manifest.species.poisonous == (True, True, False)


def test_import_says_what_is_missing(files: Path, capsys: Any) -> None:
    argv = import_arguments(files)
    del argv[argv.index("--input-spec") : argv.index("--input-spec") + 2]
    assert cli.main(argv) == EX_DATAERR
    assert "the preprocessing (input) must be said" in capsys.readouterr().err
    assert not (files / "bundle").exists()


def test_sections_that_are_none_are_named_together(files: Path, capsys: Any) -> None:
    (files / "odd.yaml").write_text("heads: {poison: edible}\ngraphs: 3\nset: [x]\n")
    assert cli.main([*import_arguments(files), "--metadata", str(files / "odd.yaml")]) == EX_DATAERR
    told = capsys.readouterr().err
    for problem in ("heads.poison is 'edible'; expected a section", "graphs is 3", "set is ['x']"):
        assert problem in told


def request_of(argv: list) -> Any:
    return arguments.request_from_arguments(arguments.parser().parse_args(argv))


def test_the_command_line_is_laid_over_the_metadata_file(files: Path) -> None:
    said = {
        "name": "theirs",
        "version": "1",
        "input": dict(SPEC, colour="BGR"),
        "heads": {"species": {"labels": ["x"], "poisonous": ["x"]}},
        "set": {"keep_prob": 0.5},
    }
    (files / "meta.yaml").write_text(yaml.safe_dump(said))
    more = ["--metadata", str(files / "meta.yaml"), "--set", "keep_prob=1.0", "--half-weights"]
    request = request_of(import_arguments(files, *more))
    assert request.metadata.manifest.title == "mine 2.0"
    assert request.metadata.manifest.input.colour == "RGB"
    assert request.metadata.constants == {"keep_prob": 1.0}
    assert request.metadata.species.output == "species_head"
    assert request.half_weights


def test_a_folder_of_photographs_is_all_its_pictures(files: Path) -> None:
    folder = files / "photos"
    folder.mkdir()
    for name in ("b.JPG", "a.png", "notes.txt", "._a.png"):
        (folder / name).write_bytes(b"")
    request = request_of(import_arguments(files, "--photos", str(folder)))
    assert request.photographs == (str(folder / "a.png"), str(folder / "b.JPG"))


def test_photographs_do_not_swallow_the_bundle_s_name(files: Path) -> None:
    command, out, *more = import_arguments(files, "--photos", "b.png", "--photos", "a.png")
    request = request_of([command, *more, out])
    assert (request.out, request.photographs) == (out, ("b.png", "a.png"))


def test_a_folder_without_pictures_is_no_input(files: Path) -> None:
    (files / "photos").mkdir()
    with pytest.raises(NotFoundError, match="there are no pictures in .*photos; expected .jpg"):
        request_of(import_arguments(files, "--photos", str(files / "photos")))


def test_two_ways_of_naming_graphs_exclude_each_other(files: Path) -> None:
    with pytest.raises(UsageError, match="a bundle has two heads"):
        request_of(import_arguments(files, "--poison", "a.pb"))


def test_a_setting_without_a_value_is_refused(files: Path) -> None:
    with pytest.raises(UsageError, match="expected PLACEHOLDER=VALUE"):
        request_of(import_arguments(files, "--set", "keep_prob"))


def test_a_single_label_needs_a_comma_and_a_file_must_be_there(files: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no file hemlock with labels; .* 'hemlock,'"):
        request_of(import_arguments(files, "--poisonous", "hemlock"))
    request = request_of(import_arguments(files, "--poisonous", "hemlock,"))
    assert request.metadata.manifest.species.poisonous == (False, True, False)


def interrupted(_given: Any) -> int:
    raise KeyboardInterrupt


def terminated(_given: Any) -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    return EX_OK


def test_ctrl_c_is_no_traceback(files: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(cli.COMMANDS, "inspect", interrupted)
    assert cli.main(["inspect", "any.pb"]) == 130
    assert capsys.readouterr().err == ""


def test_sigterm_ends_the_program_by_an_exception(monkeypatch: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(cli.COMMANDS, "inspect", terminated)
    with pytest.raises(SystemExit) as raised:
        cli.main(["inspect", "any.pb"])
    assert raised.value.code == EX_TEMPFAIL
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(EX_TEMPFAIL)])
def test_an_import_that_is_interrupted_leaves_nothing(files: Path, raised: BaseException) -> None:
    def run(*_: Any) -> Any:
        assert any(path.name.startswith(".bundle.partial-") for path in files.iterdir())
        raise raised

    before = sorted(files.iterdir())
    with pytest.raises(type(raised)):
        importing.import_bundle(request_of(import_arguments(files)), run)
    assert sorted(files.iterdir()) == before


def test_a_species_file_is_looked_at_before_anything_is_converted(files: Path) -> None:
    def run(*_: Any) -> Any:
        raise AssertionError("nothing is to be run")

    (files / "list.yaml").write_text("- dock\n- hemlock\n")
    argv = import_arguments(files, "--species-file", str(files / "list.yaml"))
    with pytest.raises(BundleError, match="species.yaml has no section 'species'"):
        importing.import_bundle(request_of(argv), run)


def test_both_files_are_looked_at_before_anything_is_converted(files: Path) -> None:
    def run(*_: Any) -> Any:
        raise AssertionError("nothing is to be run")

    argv = import_arguments(files)
    place = argv.index("--graph")
    argv[place : place + 2] = [
        *("--poison", str(files / "good.pb"), "--species", str(files / "lfs.pb"))
    ]
    with pytest.raises(GraphError, match="Git LFS pointer"):
        importing.import_bundle(request_of(argv), run)
