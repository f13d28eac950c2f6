"""plantd-fleet: inventory, report, collect, query."""

import argparse
import csv
import json
import os
import sys
import tempfile
from contextlib import closing
from typing import List, Optional, Sequence

from plantd import __version__
from plantd.command_line import Parser, path, run
from plantd.errors import EX_OK, EX_UNAVAILABLE, CannotWriteError, PlantdError, UsageError
from plantd.messages import visible
from plantd_fleet import boxes as tables
from plantd_fleet.ask_boxes import export_of_host, facts_of_hosts
from plantd_fleet.collecting import BUNDLES, Collected, collect
from plantd_fleet.facts import BoxFacts, facts_of_bundle
from plantd_fleet.hosts import Host, hosts_in
from plantd_fleet.questions import QUESTIONS, ask
from plantd_fleet.records import Records


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    return run(_parser(), _call, argv)


def _parser() -> Parser:
    top = Parser(prog="plantd-fleet", description="Many boxes from one workstation.")
    top.add_argument("--version", action="version", version="plantd-fleet " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    commands.required = True
    sources = Parser(add_help=False)
    sources.add_argument(
        "--inventory", "-i", type=path, metavar="FILE", help="hosts in Ansible's format, over SSH"
    )

    def add(name: str, text: str, parents: Sequence[Parser]) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=list(parents))

    inventory = add("inventory", "how each box is: versions, health, last press, disk", [sources])
    inventory.add_argument("bundles", nargs="*", type=path, metavar="SUPPORT-BUNDLE-OR-FOLDER")
    inventory.add_argument("--json", action="store_true", help="one JSON object a box")
    report = add("report", "the boxes and their records as one HTML page", [sources])
    report.add_argument("bundles", nargs="*", type=path, metavar="SUPPORT-BUNDLE-OR-FOLDER")
    report.add_argument("--records", type=path, metavar="FOLDER", help="what collect has gathered")
    report.add_argument("--out", type=path, default="fleet.html", metavar="FILE.html")
    gather = add("collect", "exports, logs and support bundles into Parquet files", [sources])
    gather.add_argument("paths", nargs="*", type=path, metavar="FILE-OR-FOLDER")
    gather.add_argument("--records", type=path, required=True, metavar="FOLDER")
    gather.add_argument("--box", default="", metavar="NAME", help="whose it is, where not said")
    query = add("query", "one of the ready questions: " + ", ".join(QUESTIONS), [])
    query.add_argument("question", choices=tuple(QUESTIONS), metavar="QUESTION")
    query.add_argument("--records", type=path, required=True, metavar="FOLDER")
    return top


def _call(asked: argparse.Namespace) -> int:
    commands = {"inventory": _inventory, "report": _report, "collect": _collect, "query": _query}
    return commands[asked.command](asked)


def _inventory(asked: argparse.Namespace) -> int:
    """Print every box; the exit code is that of a service that is absent where one is silent."""
    found = _boxes(asked)
    if asked.json:
        for box in found:
            print(json.dumps(box._asdict()))
    else:
        print("\n".join(tables.table(found)))
        _complain(tables.warnings(found))
    return EX_UNAVAILABLE if any(box.state == "silent" for box in found) else EX_OK


def _report(asked: argparse.Namespace) -> int:
    if not (asked.bundles or asked.inventory or asked.records):
        raise UsageError("nothing to report on; name support bundles, --inventory or --records")
    # It draws with matplotlib and OpenCV, which no other command needs.
    from plantd_fleet.records_report import page

    found = _boxes(asked) if asked.bundles or asked.inventory else []
    if asked.records:
        with closing(Records(asked.records)) as records:
            text = page(found, records).text
    else:
        text = page(found, None).text
    try:
        with open(asked.out, "w", encoding="utf-8") as target:
            target.write(text)
    except OSError as error:
        told = "{} cannot be written: {}".format(asked.out, error.strerror)
        raise CannotWriteError(told) from error
    print(asked.out)
    return EX_OK


def _collect(asked: argparse.Namespace) -> int:
    """Take files and folders, then boxes; one box that fails is said, and the others go on."""
    hosts = hosts_in(asked.inventory) if asked.inventory else []
    if not (asked.paths or hosts):
        raise UsageError("nothing to collect; name files, folders or --inventory")
    code = EX_OK
    with closing(Records(asked.records)) as records:
        if asked.paths:
            _tell("files", collect(records, asked.paths, asked.box))
        for host in hosts:
            try:
                _tell(host.name, _collect_host(records, host))
            except PlantdError as error:
                _complain([str(error)])
                code = code or error.exit_code
    return code


def _collect_host(records: Records, host: Host) -> Collected:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
        export_of_host(host, lines.file)  # type: ignore[arg-type]  # typeshed has IO[bytes]
        lines.flush()
        return collect(records, [lines.name], host.name)


def _query(asked: argparse.Namespace) -> int:
    with closing(Records(asked.records)) as records:
        answer = ask(records, asked.question)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.columns)
    # A box names itself and its plants: what would steer a terminal is written out.
    writer.writerows([visible(e) if isinstance(e, str) else e for e in row] for row in answer.rows)
    return EX_OK


def _boxes(asked: argparse.Namespace) -> List[BoxFacts]:
    found = [facts_of_bundle(bundle) for each in asked.bundles for bundle in _bundles(each)]
    if asked.inventory:
        found += facts_of_hosts(hosts_in(asked.inventory))
    if not found:
        raise UsageError("no box is named; name support bundles, a folder of them or --inventory")
    return found


def _bundles(path_: str) -> List[str]:
    """Return a file itself, or the support bundles of a folder, such as a stick."""
    if not os.path.isdir(path_):
        return [path_]
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(path_)
        for name in names
        if name.endswith(BUNDLES)
    )


def _tell(source: str, done: Collected) -> None:
    told = "{}: {} verdicts and {} readings are new, {} files written"
    print(told.format(visible(source), *done.added))
    if done.left_out:
        _complain(["{} lines were left out: they are damaged".format(done.left_out)])


def _complain(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        sys.stderr.write("plantd-fleet: {}\n".format(visible(sentence)))
