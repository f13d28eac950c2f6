"""Writes, for debian/copyright, what the libraries of the private environment say of themselves.

usage: licences.py SITE_PACKAGES...        prints one paragraph a library, in DEP-5's form

The texts themselves are in the package, beside each library: a paragraph says where.
"""

import re
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple

CLASSIFIER = re.compile(r"License :: OSI Approved :: (.*)")
COPYRIGHT = re.compile(r"^[\s#*]*(?:Copyright|\(c\))[ :].*\d{4}.*$", re.MULTILINE | re.IGNORECASE)
APACHE = "/usr/share/common-licenses/Apache-2.0"
# What libraries call the same licence; anything else goes by the name they give it.
NAMES = (
    (re.compile(r"^Apache.*2(\.0)?$"), "Apache-2.0"),
    (re.compile(r"^Apache Software License$"), "Apache-2.0"),
    (re.compile(r"^MIT( License)?$"), "MIT"),
    (re.compile(r"^(3-Clause BSD( License)?|BSD-3-Clause|BSD( License)?)$"), "BSD-3-Clause"),
    (re.compile(r"^Python Software Foundation License$"), "PSF-2.0"),
)


class Library(NamedTuple):
    """One library: its name, its licence, and the files that say so."""

    name: str
    licence: str
    texts: List[Path]
    site_packages: Path

    def files(self) -> List[str]:
        """Return the patterns of what it put into the environment, in whichever Python's folder."""
        (record,) = self.site_packages.glob("{}.dist-info/RECORD".format(self.folder()))
        tops = {
            line.partition(",")[0].partition("/")[0] for line in record.read_text().splitlines()
        }
        patterns = {re.sub(r"-\d[^-]*\.dist-info$", "-*.dist-info/", top) for top in tops if top}
        return sorted("runtime/lib/*/site-packages/" + pattern + "*" for pattern in patterns)

    def folder(self) -> str:
        """Return how its dist-info is called, without the ending."""
        (found,) = [
            path.name[: -len(".dist-info")]
            for path in self.site_packages.glob("*.dist-info")
            if headers(path)["Name"] == self.name
        ]
        return found


def headers(dist_info: Path) -> Message:
    """Return what a library's METADATA says."""
    return Parser().parsestr((dist_info / "METADATA").read_text(encoding="utf-8"))


def libraries(site_packages: Path) -> Iterator[Library]:
    """Yield the libraries of one Python."""
    for dist_info in sorted(site_packages.glob("*.dist-info")):
        about = headers(dist_info)
        texts = [path for path in dist_info.rglob("*") if re.match("LICEN|COPY|NOTICE", path.name)]
        texts += [
            path
            for top in (dist_info / "RECORD").read_text().splitlines()
            if re.match(r"[^/]+/(LICEN|ThirdParty)[^/]*,", top)
            for path in [site_packages / top.partition(",")[0]]
        ]
        yield Library(about["Name"], licence_of(about), sorted(set(texts)), site_packages)


def licence_of(about: Message) -> str:
    """Return the short name of a licence; exits where a library says none."""
    classified = [CLASSIFIER.match(text) for text in about.get_all("Classifier") or ()]
    said = [about.get("License-Expression"), about.get("License")]
    said += [found.group(1) for found in classified if found]
    for text in said:
        # Some give the whole text; their classifier names it.
        if text and "\n" not in text and "Copyright" not in text:
            return next((name for pattern, name in NAMES if pattern.match(text)), text)
    sys.exit("make deb: {} says no licence".format(about["Name"]))


def paragraph(library: Library) -> str:
    """Return what debian/copyright says of a library."""
    holders = sorted(
        {
            " ".join(found.split())
            for path in library.texts
            if path.name.startswith("LICEN") and "bundled" not in path.name
            for found in COPYRIGHT.findall(path.read_text(encoding="utf-8", errors="replace"))
        }
    ) or ["the authors of " + library.name]
    where = [str(path.relative_to(library.site_packages)) for path in library.texts]
    lines = ["Files: " + "\n       ".join(library.files())]
    lines += ["Copyright: " + "\n           ".join(holders)]
    lines += ["License: " + identifier(library)]
    if where:
        lines += [" Its text lies beside it, below the private environment of each Python:"]
        lines += [" /opt/plantd/venv/lib/pythonX.Y/site-packages/" + path for path in where]
    if "Apache" in library.licence:
        lines += [" On Debian systems the Apache License 2.0 is in " + APACHE + "."]
    return "\n".join(lines) + "\n"


def identifier(library: Library) -> str:
    """Return the licence's name as DEP-5 wants it; one of its own a library, with its own text."""
    words = library.licence.replace(" AND ", " and ").replace(" OR ", " or ")
    return re.sub(r"([\w.-]+)(?= and | or |$)", r"\1-" + library.name.replace("_", "-"), words)


def main(argv: List[str]) -> int:
    """Print a paragraph for each library, of the first Python that has it; return the exit code."""
    found: Dict[str, Library] = {}
    for folder in argv:
        for library in libraries(Path(folder)):
            found.setdefault(library.name.lower().replace("_", "-"), library)
    print("\n".join(paragraph(found[name]) for name in sorted(found)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
