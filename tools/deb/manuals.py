"""Writes manual pages and bash completion from the parsers of the programs themselves.

usage: manuals.py FOLDER        writes FOLDER/NAME.SECTION and FOLDER/NAME for each program

SOURCE_DATE_EPOCH is the date in the pages.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Tuple

import shtab
from argparse_manpage.manpage import Manpage

import plantd_engines.cli
from plantd import __main__, __version__
from plantd.cli import arguments

# What a value is called where it is a path, and what a shell offers for it.
PATHS = {
    "FILE": shtab.FILE,
    "FILE.tar.gz": shtab.FILE,
    "PICTURE": shtab.FILE,
    "PATH": shtab.FILE,
    "FOLDER": shtab.DIRECTORY,
    "DIRECTORY": shtab.DIRECTORY,
}
STATUS = """0 all is well. Else as in \\fBsysexits.h\\fR: 64 the command line,
65 what it was given to read, 66 something that is not there, 69 a service or library that is
missing, 70 a mistake of the program's own, 73 and 74 a file that cannot be written or read, 75 try
again later, 77 rights, 78 the configuration."""
FILES = """.TP
.I /etc/plantd/plantd.yaml
The configuration; every key is explained there.
.TP
.I /run/plantd/plantd.sock
Where the service is asked, HTTP/1.1.
.TP
.I /var/lib/plantd
Models, the record of verdicts, plans, the last good configuration."""


class Program(NamedTuple):
    """A command as it is installed: its name, its manual's section, what it is, its parser."""

    name: str
    section: str
    line: str
    about: str
    parser: Callable[[], argparse.ArgumentParser]


PROGRAMS = (
    Program(
        "plantd",
        "8",
        "say whether a plant is poisonous",
        "The service that answers a press of the button, and what looks at its configuration and "
        "at what it needs. systemd starts it: systemctl start plantd.",
        __main__.parser,
    ),
    Program(
        "plantd-cli",
        "1",
        "ask the running plantd",
        "Asks the service through its socket. Who is in group plantd may; changing models takes "
        "root or group plantd-admin.",
        lambda: arguments.parser({}),
    ),
    Program(
        "plantd-engine",
        "8",
        "build and prove plantd's engine",
        "Where TensorRT is installed, builds a plan for this very device and proves it on the "
        "golden pictures of the bundle; elsewhere proves the ONNX graph. plantd-engine.service "
        "does it at boot.",
        plantd_engines.cli.parser,
    ),
)


def page(program: Program) -> str:
    """Return the manual page."""
    parser = program.parser()
    parser.description = program.about
    see = [other for other in PROGRAMS if other.name != program.name]
    written = {
        "exit status": STATUS,
        "files": FILES,
        "see also": ", ".join("\\fB{}\\fR({})".format(o.name, o.section) for o in see),
    }
    parser._manpage = [{"heading": h, "content": c} for h, c in written.items()]  # type: ignore[attr-defined]
    facts = {
        "project_name": "plantd",
        "version": __version__,
        "manual_title": "plantd",
        "manual_section": program.section,
        "description": program.line,
    }
    written_page = str(Manpage(parser, facts, format="single-commands-section"))
    return re.sub(r'(?m)^\.SH "?POSITIONAL ARGUMENTS"?$', ".SH COMMANDS", written_page)


def completion(program: Program) -> str:
    """Return the bash completion; paths are completed as paths."""
    parser = program.parser()
    for action in actions_of(parser):
        metavar = action.metavar if isinstance(action.metavar, str) else ""
        if metavar in PATHS and not action.choices:
            action.complete = PATHS[metavar]  # type: ignore[attr-defined]
    return str(shtab.complete(parser, "bash"))


def actions_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield every argument of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from actions_of(below)


def main(argv: List[str]) -> int:
    """Write all of them; return the exit code."""
    folder = Path(argv[0])
    folder.mkdir(parents=True, exist_ok=True)
    for program in PROGRAMS:
        texts: Tuple[Tuple[str, str], ...] = (
            ("{}.{}".format(program.name, program.section), page(program)),
            (program.name, completion(program)),
        )
        for name, text in texts:
            (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
