"""What the documents name is there, and each check of it can fail."""

from pathlib import Path
from typing import Callable, List

import pytest
from support import documents
from support.checkout import TOP

import plantd_engines.cli
from plantd import __main__ as plantd_main
from plantd.cli import arguments
from plantd.command_line import Parser

Check = Callable[[Path], List[str]]
CHECKS = [
    documents.dead_links,
    documents.missing_targets,
    documents.unknown_names,
    documents.unknown_names_in_code,
    documents.unknown_paths,
    documents.unknown_modules,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_document_breaks(check: Check) -> None:
    assert check(TOP) == []


ROOM = "daemon/plantd/cli/README.md"
PLANTED = [
    (documents.dead_links, "a.md", "[there](docs/nowhere.md)"),
    (documents.dead_links, "docs/a.md", "![drawn](drawings/none.svg)"),
    (documents.dead_links, "docs/a.md", "[there](../nowhere.md#part)"),
    (documents.missing_targets, "a.md", "```\nmake nothing   # at all\n```"),
    (documents.missing_targets, "a.md", "or `make demo nothing`"),
    (documents.unknown_names, "a.md", "`plantd.nowhere`"),
    (documents.unknown_names, "a.md", "`plantd.cli.program.nothing`"),
    (documents.unknown_names, "a.md", "`plantd.cli.program.Story.nothing`"),
    (documents.unknown_names_in_code, "daemon/plantd/cli/tables.py", '"""See `plantd.gone`."""'),
    (documents.unknown_paths, "a.md", "see `python3 tools/nothing.py --all`"),
    (documents.unknown_modules, ROOM, "| module | does |\n|---|---|\n| `nothing` | x |"),
    (documents.unknown_modules, ROOM, "| a | file |\n|---|---|\n| b | `nothing.py` |"),
]
HOLDING = """
[a](docs/there.md) [b](docs/there.md#part "title") [c](https://example.org/x) [d](#part)
`make demo PHOTO=leaf.jpg` and make things in prose; `[not](a/link.md)`
`plantd.cli`, `plantd.cli.program`, `plantd.cli.program.main`, `plantd.cli.program.Story.tell`,
`plantd.cli.program.LIMIT`, `plantd.yaml`, `plantd-cli`,
`daemon/plantd/cli/program.py`, `daemon/plantd/`, `/etc/plantd/plantd.yaml`, `daemon/*`
```
make demo      # make nothing of it
[not](a/link.md)
```
"""


def checkout(top: Path) -> Path:
    """A small checkout: one room, one document, one target."""
    files = {
        "Makefile": "X := 1\nRUN = demo: no\ndemo other: venv  ## the main job\n\t@true\n",
        "docs/there.md": "",
        "daemon/plantd/cli/__init__.py": "",
        "daemon/plantd/cli/program.py": (
            "LIMIT: int = 3\nclass Story:\n    def tell(self): pass\ndef main(): pass\n"
        ),
    }
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    return top


@pytest.mark.parametrize(("check", "path", "text"), PLANTED)
def test_a_planted_fault_is_found(check: Check, path: str, text: str, tmp_path: Path) -> None:
    (checkout(tmp_path) / path).write_text(text)
    (found,) = check(tmp_path)
    assert found.startswith(str(tmp_path / path))
    assert "no" in found


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_there_passes(check: Check, tmp_path: Path) -> None:
    (checkout(tmp_path) / "a.md").write_text(HOLDING)
    (tmp_path / ROOM).write_text("| module | does |\n|---|---|\n| `program`, `../cli/` | x |")
    assert check(tmp_path) == []


def test_what_is_built_or_hidden_is_not_read(tmp_path: Path) -> None:
    for folder in ("build", ".venv"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text("[there](nowhere.md)")
    assert documents.dead_links(tmp_path) == []


@pytest.mark.parametrize(
    "parser",
    [plantd_main.parser(), arguments.parser(), plantd_engines.cli.parser()],
    ids=lambda parser: parser.prog,
)
def test_every_command_of_a_document_is_taken(parser: Parser) -> None:
    found = documents.documents_below(TOP)
    refused = [(doc.path, documents.refused_commands(doc.text, parser)) for doc in found]
    assert [each for each in refused if each[1]] == []


def test_the_readme_shows_commands_of_the_device() -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    assert ["check-config"] in documents.command_lines(text, "plantd")
    assert ["show", "12"] in documents.command_lines(text, "plantd-cli")


def test_a_command_that_is_not_taken_is_found() -> None:
    parser = Parser(prog="plantd-cli")
    parser.add_argument("--json", action="store_true")
    text = "plantd-cli --xml\n```\nplantd-cli --json  # all\nsudo plantd-cli \\\n  --yaml\n```\n"
    assert documents.command_lines(text, "plantd-cli") == [["--json"], ["--yaml"]]
    (found,) = documents.refused_commands(text, parser)
    assert found.startswith("plantd-cli --yaml: ")


def test_every_decision_stands_in_the_list_of_decisions() -> None:
    folder = TOP / "docs" / "decisions"
    listed = documents.LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(p.name for p in folder.glob("*.md") if p.name != "README.md")
