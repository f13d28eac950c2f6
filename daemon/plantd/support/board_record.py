"""`make device-record`: one redacted file about this board, or what committed ones prove.

python3 -m plantd.support.board_record --out build       write device-record-MODEL-L4T.json
python3 -m plantd.support.board_record --proven          rows for README, from tests/data/boards
"""

import argparse
import datetime
import glob
import json
import os
import re
import sys
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Sequence, TextIO

from plantd.command_line import Parser, run
from plantd.config import file
from plantd.doctor.report import probes_of
from plantd.errors import EX_OK, CannotWriteError
from plantd.support import board_schema
from plantd.support.board_facts import Sources, record
from plantd.support.board_proven import table
from plantd.support.board_redaction import private_of, public
from plantd.system import durable
from plantd.telemetry.clock import Clock

BOARDS = os.path.join("tests", "data", "boards")
NO_JETSON = "this is not a Jetson: the record is whole, and proves nothing about a board"


def main(argv: Optional[Sequence[str]] = None, out: Optional[TextIO] = None) -> int:
    """Do what the command line asks for; return the exit code, after sysexits.h."""
    stream = out or sys.stdout

    def tell(options: argparse.Namespace) -> int:
        lines = _proven(options.proven) if options.proven else _recorded(options)
        for line in lines:
            stream.write(line + "\n")
            stream.flush()
        return EX_OK

    return run(_parser(), tell, argv)


def _parser() -> Parser:
    parser = Parser(
        prog="python3 -m plantd.support.board_record",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--proven", nargs="?", const=BOARDS, metavar="FOLDER")
    parser.add_argument("--out", default="build", metavar="FOLDER")
    parser.add_argument("--junit", default="", metavar="FILE", help="of make device-test")
    parser.add_argument("--log", default="", metavar="FILE", help="what make engine printed")
    parser.add_argument("--date", default=None, type=_day, help="YYYY-MM-DD, if the clock is wrong")
    parser.add_argument("--config", default=None, metavar="FILE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    return parser


def _day(text: str) -> str:
    year, month, day = (int(number) for number in text.split("-"))
    return datetime.date(year, month, day).isoformat()


def _proven(folder: str) -> List[str]:
    paths = sorted(glob.glob(os.path.join(folder, "*.json")))
    return table([board_schema.load(path) for path in paths], folder)


def _recorded(options: argparse.Namespace) -> Iterator[str]:
    probes = probes_of(file.path_in_use(options.config, os.environ), options.set)
    yield "looking at everything, which takes a while ..."
    sources = Sources(options.junit, options.log, options.date or "")
    found = record(probes, sources, _today())
    private = private_of(probes.root, project=os.getcwd(), environ=os.environ)
    tree = public(found, private)
    for problem in board_schema.problems_of(tree):
        yield "odd, please report it with the record: " + problem
    yield "{}: names, numbers and addresses are taken out as far as they are known".format(
        write(options.out, tree)
    )
    for name in sorted(tree):
        if isinstance(tree[name], dict) and "missing" in tree[name]:
            yield "  not in it: {}: {}".format(name, tree[name]["missing"])
    if not probes.is_jetson:
        yield NO_JETSON
    yield "look through it; it belongs below {}".format(BOARDS)


def text_of(tree: Dict[str, Any]) -> str:
    """Return the record as it is written: the same for the same facts."""
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def name_of(tree: Dict[str, Any]) -> str:
    """Return the record's file name: device-record-MODEL-L4T.json."""
    words = (str(tree["board"][key]) for key in ("model", "l4t"))
    return "device-record-{}-{}.json".format(*(_slug(word) for word in words))


def write(folder: str, tree: Dict[str, Any]) -> str:
    """Write a record, whole or not at all, and return its path. Raises CannotWriteError."""
    path, new = os.path.abspath(os.path.join(folder, name_of(tree))), ""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor, new = tempfile.mkstemp(prefix=".device-record-", dir=os.path.dirname(path))
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            target.write(text_of(tree))
            target.flush()
            os.fsync(target.fileno())
        durable.rename(new, path)
    except OSError as error:
        if new and os.path.exists(new):
            os.unlink(new)
        raise CannotWriteError(
            "{} cannot be written: {}; name another folder: --out".format(path, error.strerror)
        ) from error
    return path


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:48] or "unknown"


def _today() -> datetime.date:
    year, month, day = Clock().now().wall[:10].split("-")
    return datetime.date(int(year), int(month), int(day))


if __name__ == "__main__":
    sys.exit(main())
