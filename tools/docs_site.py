"""Builds the documentation site from the files that lie in the checkout. Called by make docs.

How this works: every document, and what it links to, is copied into build/docs/pages under its own
path, so that a link leads there as it does here. mkdocs builds them in strict mode: a link, an
anchor or a page that is not there is a failure. Then the built pages are looked through: nothing
of them may be loaded from elsewhere, what they load must be there, and what GitHub would show as a
list or as code must be one here.
"""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple
from urllib.parse import unquote, urlsplit

import yaml

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build" / "docs"
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|<img [^>]*src=\"([^\"]+)\"")
CSS_URL = re.compile(
    r"url\(\s*[\"']?((?:https?:)?//[^)\"']+)|@import\s+[\"']((?:https?:)?//[^\"']+)"
)
# Attributes by which a page loads something, and does not only point there.
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
RELATIONS_THAT_LOAD = {"stylesheet", "icon", "shortcut icon", "preload", "modulepreload"}
CODE = re.compile("<pre.*?</pre>", re.DOTALL)
# A line of a built page that begins so was meant as a list or a block of code.
NOT_BUILT = re.compile(r"^(?:<p>)?(- |\d+\. |```).*$", re.MULTILINE)
NOT_OURS = frozenset(["build", "dist", "node_modules"])
REFERENCE = "api metrics requirements glossary".split()
BACKGROUND = "architecture comparison proven experiments".split()
START = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]


def documents() -> List[str]:
    """Return every document of the checkout, sorted; those of tests' data are none."""
    found = sorted(str(path.relative_to(TOP)) for path in markdown_below(TOP))
    return [path for path in found if not path.startswith("tests/data/")]


def markdown_below(top: Path) -> Iterator[Path]:
    """Yield every *.md below `top`, but for hidden and built folders. It may be without git."""
    for folder, below, names in os.walk(str(top)):
        below[:] = sorted(name for name in below if name[0] != "." and name not in NOT_OURS)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".md"))


def linked_files(path: str) -> Iterator[str]:
    """Yield what a document links to that is no document itself."""
    text = (TOP / path).read_text(encoding="utf-8")
    for found in LINK.finditer(text):
        target = unquote(found.group(1) or found.group(2))
        below = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if not target.endswith(".md") and (TOP / below).is_file():
            yield below


def navigation(paths: List[str]) -> List[Dict[str, Any]]:
    """Return the menu: every document is in it once."""
    docs = [p for p in paths if p.startswith("docs/") and p.count("/") == 1]
    reference = ["docs/{}.md".format(name) for name in REFERENCE]
    background = ["docs/{}.md".format(name) for name in BACKGROUND]
    decisions = [p for p in paths if p.startswith("docs/decisions/")]
    named = {*START, *docs, *decisions}
    rooms = [{os.path.dirname(p) or p: p} for p in paths if p not in named]
    return [
        {"plantd": [p for p in START if p in paths]},
        {"How to": [p for p in docs if p not in (*reference, *background)]},
        {"Reference": [p for p in reference if p in paths]},
        {"Background": [*(p for p in background if p in paths), {"Decisions": decisions}]},
        {"Rooms": rooms},
    ]


def configuration(paths: List[str]) -> Dict[str, Any]:
    """Return mkdocs' configuration."""
    said = ("omitted_files", "not_found", "absolute_links")
    return {
        "site_name": "plantd",
        "docs_dir": str(BUILD / "pages"),
        "site_dir": str(BUILD / "site"),
        "use_directory_urls": False,
        "theme": {"name": "readthedocs", "highlightjs": False, "locale": "en"},
        "markdown_extensions": ["tables", "pymdownx.superfences", "sane_lists"],
        "nav": navigation(paths),
        "validation": {
            "nav": dict.fromkeys(said, "warn"),
            "links": dict.fromkeys((*said[1:], "anchors", "unrecognized_links"), "warn"),
        },
    }


class Loads(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Any]]) -> None:
        """See HTMLParser."""
        given = dict(attrs)
        loads = tag != "link" or given.get("rel") in RELATIONS_THAT_LOAD
        if loads and given.get(LOADS.get(tag, "")):
            self.found.append(str(given[LOADS[tag]]))


def faults(site: Path) -> Iterator[str]:
    """Yield what a built page loads from elsewhere, loads and is not there, or shows as it came."""
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        for line in NOT_BUILT.finditer(CODE.sub("", text)):
            yield "{}: no list and no code: {}".format(page.relative_to(site), line.group())
        parser = Loads()
        parser.feed(text)
        for target in parser.found:
            parts = urlsplit(target)
            if parts.scheme not in ("", "data") or parts.netloc:
                yield "{}: loads {} from elsewhere".format(page.relative_to(site), target)
            elif not parts.scheme and not (page.parent / unquote(parts.path)).exists():
                yield "{}: loads {}, which is not there".format(page.relative_to(site), target)
    for style in sorted(site.rglob("*.css")):
        for found in CSS_URL.finditer(style.read_text(encoding="utf-8")):
            told = found.group(1) or found.group(2)
            yield "{}: loads {} from elsewhere".format(style.relative_to(site), told)


def main() -> int:
    """Build the site; return 0 when it holds."""
    shutil.rmtree(str(BUILD), ignore_errors=True)
    paths = documents()
    for path in {*paths, *(linked for document in paths for linked in linked_files(document))}:
        target = BUILD / "pages" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(TOP / path), str(target))
    written = BUILD / "mkdocs.yml"
    written.write_text(yaml.safe_dump(configuration(paths), sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(written)]
    code = subprocess.call(command)
    if code == 0:
        # For a server alone: its addresses begin at the server's top.
        (BUILD / "site" / "404.html").unlink()
    found = list(faults(BUILD / "site")) if code == 0 else []
    for fault in found:
        print(fault, file=sys.stderr)
    if code != 0 or found:
        return 1
    print("{} documents: open {}".format(len(paths), BUILD / "site" / "index.html"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
