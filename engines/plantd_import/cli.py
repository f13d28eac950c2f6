"""plantd-import: inspect graphs, import two of them as one bundle, compare runtimes."""

import argparse
import json
import sys
from typing import List, Optional, Sequence

from plantd.errors import EX_OK, GraphError, PlantdError
from plantd_import import arguments, child, comparing, importing, source, steps, wording


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; return its exit code (sysexits.h)."""
    try:
        given = arguments.parser().parse_args(argv)
        return COMMANDS[given.command](given)
    except PlantdError as error:
        return _told(error)


def _inspect(given: argparse.Namespace) -> int:
    """Show every file; the exit code is that of the first one that cannot be imported."""
    codes: List[int] = []
    for path in given.files:
        try:
            origin = source.identified(path)
            seen = child.call_here(steps.inspected, origin).result
        except PlantdError as error:
            codes.append(_told(error))
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


def _told(error: PlantdError) -> int:
    print("plantd-import: {}".format(error), file=sys.stderr)
    return error.exit_code


COMMANDS = {"inspect": _inspect, "import": _import, "compare": comparing.compare_as_asked}

if __name__ == "__main__":
    sys.exit(main())
