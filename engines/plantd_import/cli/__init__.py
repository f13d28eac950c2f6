"""plantd-import: inspect graphs, import two of them as one bundle, compare runtimes."""

import argparse
import json
import signal
import sys
from contextlib import contextmanager
from typing import Iterator, List, NoReturn, Optional, Sequence, Tuple

from plantd.bundle.manifest import Manifest
from plantd.command_line import run
from plantd.errors import EX_OK, EX_TEMPFAIL, GraphError, PlantdError
from plantd_import.cli import arguments, compare_command, wording
from plantd_import.importer import activating, child, importing, steps
from plantd_import.tf_graph import source


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    return run(arguments.parser(), _call, argv)


def _call(given: argparse.Namespace) -> int:
    with _ending_by_an_exception():
        return COMMANDS[given.command](given)


def _inspect(given: argparse.Namespace) -> int:
    """Show every file; the exit code is that of the first one that cannot be imported."""
    codes: List[int] = []
    for path in given.files:
        try:
            origin = source.identify(path)._replace(signature=given.signature)
            seen = child.call_here(steps.inspect, origin).result
        except PlantdError as error:
            codes.append(_tell(error))
            continue
        if given.json:
            print(json.dumps(wording.survey_tree(origin, seen)))
        else:
            print("\n".join(wording.survey_lines(origin, seen)))
        codes += [GraphError.exit_code] if seen.refusals else []
    return codes[0] if codes else EX_OK


def _import(given: argparse.Namespace) -> int:
    report = importing.import_bundle(arguments.request_from_arguments(given))
    if given.json:
        print(json.dumps(wording.report_tree(report)))
    else:
        print("\n".join(wording.report_lines(report)))
    return EX_OK


def _activation(given: argparse.Namespace) -> int:
    made = activating.activate(given.bundle, given.out, given.bundle_version)
    print(
        "{}: {}; output {} shows {} by {} places for each of {} labels; the others are the same to "
        "the bit on the golden pictures".format(given.out, made.title, *_shown(made))
    )
    return EX_OK


def _shown(made: Manifest) -> Tuple[object, ...]:
    spec = made.activation
    assert spec is not None
    return (spec.output, spec.rows, spec.columns, made.species.size)


@contextmanager
def _ending_by_an_exception() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does: children ended, nothing half written."""
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(_number: int, _frame: object) -> NoReturn:
    sys.exit(EX_TEMPFAIL)


def _tell(error: PlantdError) -> int:
    print("plantd-import: {}".format(error), file=sys.stderr)
    return error.exit_code


COMMANDS = {
    "inspect": _inspect,
    "import": _import,
    "activation": _activation,
    "compare": compare_command.compare_as_asked,
}
