"""What is in the packages of build/deb: manuals, completion, copyright, changelog, model."""

import argparse
import re
import subprocess
from pathlib import Path
from typing import Dict, List

import pytest
from support.checkout import TOP

import plantd_engines.cli
from plantd import __main__ as plantd_main
from plantd import __version__
from plantd.cli import arguments

BUILT = TOP / "build" / "deb"
PARSERS = {
    "plantd": plantd_main.parser(),
    "plantd-cli": arguments.parser({}),
    "plantd-engine": plantd_engines.cli.parser(),
}
SECTIONS = {"plantd": 8, "plantd-cli": 1, "plantd-engine": 8}
ARCHITECTURE = subprocess.check_output(["dpkg", "--print-architecture"]).decode().strip()
PLANTD = "plantd_*_{}.deb".format(ARCHITECTURE)
programs = pytest.mark.parametrize("name", sorted(PARSERS))


def run(*command: str) -> str:
    """Return what a command prints; on its standard error it must say nothing."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


def built(pattern: str) -> Path:
    (found,) = BUILT.glob(pattern)
    return found


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both packages, laid out below one folder, and what dpkg knows of the first in DEBIAN."""
    folder = tmp_path_factory.mktemp("unpacked")
    run("dpkg-deb", "--raw-extract", str(built(PLANTD)), str(folder))
    run("dpkg-deb", "--extract", str(built("plantd-model-*.deb")), str(folder))
    return folder


def commands_of(parser: argparse.ArgumentParser) -> Dict[str, argparse.ArgumentParser]:
    """Return the commands of a program by their names."""
    (found,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(found.choices)


@programs
def test_its_manual_page_has_every_command_and_renders_without_warnings(
    unpacked: Path, name: str
) -> None:
    path = unpacked / "usr/share/man/man{0}/{1}.{0}.gz".format(SECTIONS[name], name)
    text = run("man", "--warnings", "--encoding=UTF-8", "--local-file", str(path))
    plain = re.sub(".\b", "", text)
    missing = [command for command in commands_of(PARSERS[name]) if command not in plain]
    assert missing == []
    assert "EXIT STATUS" in plain
    assert "SEE ALSO" in plain


def completed(unpacked: Path, *words: str) -> List[str]:
    """Return what a real bash offers for the last word, as its Tab key does."""
    source = unpacked / "usr/share/bash-completion/completions" / words[0]
    script = """
        source "$1"; shift
        set -- "$@"
        complete -p "$1" >/dev/null
        function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    return run("bash", "--norc", "-c", script, "bash", str(source), *words).split()


@programs
def test_bash_completes_its_commands(unpacked: Path, name: str) -> None:
    assert sorted(completed(unpacked, name, "")) == sorted(commands_of(PARSERS[name]))


def test_bash_completes_options_and_what_lies_below_a_command(unpacked: Path) -> None:
    assert completed(unpacked, "plantd-cli", "model", "ro") == ["rollback"]
    assert completed(unpacked, "plantd-cli", "model", "install", "--no") == ["--no-activate"]
    assert completed(unpacked, "plantd-engine", "build", "--precision", "in") == ["int8"]


def test_bash_completes_paths(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "leaf.jpg").write_bytes(b"")
    offered = completed(unpacked, "plantd-cli", "classify", str(tmp_path) + "/le")
    assert offered == [str(tmp_path / "leaf.jpg")]


def test_every_library_is_in_the_copyright(unpacked: Path) -> None:
    text = (unpacked / "usr/share/doc/plantd/copyright").read_text()
    for dist_info in unpacked.glob("opt/plantd/venv/lib/*/site-packages/*.dist-info"):
        pattern = "site-packages/{}".format(re.sub(r"-\d[^-]*\.dist-info$", "", dist_info.name))
        assert pattern in text, dist_info
    for path in re.findall(r"/(opt/plantd/venv/lib/pythonX.Y/\S+)", text):
        assert list(unpacked.glob(path.replace("pythonX.Y", "python3*"))), path


def test_only_the_configuration_is_the_owners(unpacked: Path) -> None:
    assert (unpacked / "DEBIAN/conffiles").read_text().split() == ["/etc/plantd/plantd.yaml"]


def test_the_changelog_begins_with_the_packaged_version(unpacked: Path) -> None:
    deb = str(built(PLANTD))
    version = run("dpkg-deb", "--field", deb, "Version").strip()
    assert re.match(re.escape(__version__) + "([+~]git[0-9T]+[.][0-9a-f]+)?$", version)
    changelog = unpacked / "usr/share/doc/plantd/changelog.gz"
    assert run("zcat", str(changelog)).startswith("plantd ({}) ".format(version))


def test_the_model_is_the_default_bundle_byte_for_byte(unpacked: Path) -> None:
    bundle = TOP / "engines/bundles/plants70"
    laid = unpacked / "usr/share/plantd/models/plants70"
    assert {path.name: path.read_bytes() for path in laid.iterdir()} == {
        path.name: path.read_bytes() for path in bundle.iterdir()
    }
