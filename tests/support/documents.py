"""The documents as checks: what a *.md of the checkout names must be there.

How this works: each check takes the folder that documents lie below and returns one sentence per
name that leads nowhere, so that an empty list means that the documents hold.
"""

import argparse
import ast
import re
import shlex
from pathlib import Path
from typing import FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from docs_site import markdown_below

from plantd.errors import UsageError
from support import layers

# [text](target "title") and ![text](target); an address with a scheme or only a #part is no path.
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"^(?:%s)(?:\.[A-Za-z_]\w*)+$" % "|".join(layers.ROOTS))
ROOMS = "calibration|daemon|debian|docs|engines|examples|systemd|tests|tools"
PATH = re.compile(r"^(%s)/[\w./-]+$" % ROOMS)
MAKE = re.compile(r"\bmake ((?:[a-z0-9-]+\b(?![=/.]) ?)+)")
# Files that plantd has outside the checkout: their names look like modules.
SUFFIXES = frozenset("yaml sock service lock conf path deb json".split())
MODULE_COLUMNS = frozenset(["module", "file", "room"])


class Document(NamedTuple):
    """One Markdown file: where it lies, and its text."""

    path: Path
    text: str

    def prose(self) -> str:
        """Return the text without its fenced blocks."""
        return FENCE.sub("", self.text)

    def code(self) -> List[str]:
        """Return the fenced blocks and the code spans."""
        blocks = [found.group() for found in FENCE.finditer(self.text)]
        return blocks + SPAN.findall(self.prose())


def documents_below(top: Path) -> List[Document]:
    """Return every *.md below `top`, but for hidden and built folders."""
    return [Document(path, path.read_text(encoding="utf-8")) for path in markdown_below(top)]


def dead_links(top: Path) -> List[str]:
    """Relative links to what is not there."""
    return [
        "%s: the link %s leads nowhere" % (document.path, target)
        for document in documents_below(top)
        for target in LINK.findall(SPAN.sub("", document.prose()))
        if ":" not in target.split("/")[0] and not target.startswith("#")
        if not (document.path.parent / target.partition("#")[0]).exists()
    ]


def missing_targets(top: Path) -> List[str]:
    """Commands `make TARGET`, in code only, whose target the Makefile does not have."""
    targets = make_targets(top / "Makefile")
    return [
        "%s: make %s: the Makefile has no such target" % (document.path, target)
        for document in documents_below(top)
        for code in document.code()
        for line in code.splitlines()
        for found in MAKE.findall(line.partition("#")[0])
        for target in found.split()
        if target not in targets
    ]


def make_targets(makefile: Path) -> FrozenSet[str]:
    """Return the targets of a Makefile."""
    lines = makefile.read_text(encoding="utf-8").splitlines()
    return frozenset(
        name
        for line in lines
        if re.match(r"^[a-z0-9][a-z0-9 -]*:(?!=)", line)
        for name in line.partition(":")[0].split()
    )


def unknown_names(top: Path) -> List[str]:
    """Dotted names in code spans, such as `plantd.pipeline.Pipeline.answer`, that are nowhere."""
    return [
        "%s: there is no %s" % (document.path, span)
        for document in documents_below(top)
        for span in SPAN.findall(document.prose())
        if DOTTED.match(span) and span.rpartition(".")[2] not in SUFFIXES
        if not is_name(span, top)
    ]


def unknown_names_in_code(top: Path) -> List[str]:
    """The same in what modules say of each other."""
    return [
        "%s: there is no %s" % (module.path, span)
        for module in layers.modules_in(top)
        for span in SPAN.findall(module.path.read_text(encoding="utf-8"))
        if DOTTED.match(span) and span.rpartition(".")[2] not in SUFFIXES
        if not is_name(span, top)
    ]


def unknown_paths(top: Path) -> List[str]:
    """Paths of the checkout in code spans, such as `tests/support/rooms.py`, that are not there."""
    return [
        "%s: there is no %s" % (document.path, word)
        for document in documents_below(top)
        for span in SPAN.findall(document.prose())
        for word in span.split()
        if PATH.match(word) and not (top / word).exists()
    ]


def unknown_modules(top: Path) -> List[str]:
    """Modules that a room's README lists and the room does not have."""
    folders = [top / folder for folder in layers.ROOTS.values()]
    return [
        "%s: the room has no %s" % (document.path, name)
        for document in documents_below(top)
        if document.path.name == "README.md" and is_below(document.path, folders)
        for name in listed_modules(document.text)
        if not any((document.path.parent / (name + end)).exists() for end in ("", ".py"))
    ]


def is_below(path: Path, folders: List[Path]) -> bool:
    """Return whether a path lies in one of the folders."""
    return any(folder in path.parents for folder in folders)


def listed_modules(text: str) -> Iterator[str]:
    """Yield the code spans of each table's column "module", "file" or "room"."""
    column: Optional[int] = None
    for line in text.splitlines():
        if not line.startswith("|"):
            column = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if column is None:
            named = [i for i, cell in enumerate(cells) if cell in MODULE_COLUMNS]
            column = named[0] if named else len(cells)
        elif column < len(cells):
            for span in SPAN.findall(cells[column]):
                if re.match(r"^[\w/]+(\.py)?/?$", span):
                    yield span


def is_name(dotted: str, top: Path) -> bool:
    """Return whether a dotted name is a module, or something that a module defines."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        path = (top / layers.ROOTS[parts[0]]).joinpath(*parts[1:count])
        source = path / "__init__.py" if path.is_dir() else path.with_name(path.name + ".py")
        if source.exists():
            inside = tuple(parts[count:])
            return not inside or inside in defined_in(source)
    return False


def defined_in(source: Path) -> Set[Tuple[str, ...]]:
    """Return what a module defines: ("Pipeline",), ("Pipeline", "answer"), and so on."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return set(_defined(tree, ()))


def _defined(node: ast.AST, above: Tuple[str, ...]) -> Iterator[Tuple[str, ...]]:
    for child in getattr(node, "body", []):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield above + (child.name,)
            if isinstance(child, ast.ClassDef):
                for name in _defined(child, above + (child.name,)):
                    yield name
        elif isinstance(child, ast.Assign):
            for target in child.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        yield above + (part.id,)
        elif isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
            yield above + (child.target.id,)


def command_lines(text: str, program: str) -> List[List[str]]:
    """Return the arguments of each command of `program` in the fenced blocks of a text."""
    found = []
    for block in FENCE.finditer(text):
        joined = block.group().replace("\\\n", " ")
        for line in joined.splitlines():
            words = line.split()
            words = words[1:] if words[:1] == ["sudo"] else words
            if words[:1] == [program]:
                found.append(shlex.split(" ".join(words[1:]), comments=True))
    return found


def refused_commands(text: str, parser: argparse.ArgumentParser) -> List[str]:
    """Commands of the parser's program in a text that the parser does not take."""
    found = []
    for words in command_lines(text, parser.prog):
        try:
            parser.parse_args(words)
        except (UsageError, SystemExit) as error:
            found.append("%s %s: %s" % (parser.prog, " ".join(words), error))
    return found
