"""A report as lines for people or as JSON. Pure, but for the body of the command."""

import json
import sys
import textwrap
from typing import Any, Dict, List, Optional, Sequence, TextIO

from plantd import __version__
from plantd.api.appliance import Check
from plantd.config import file
from plantd.doctor.probes import FAILED, OK, Probes, this_machine
from plantd.doctor.table import counts, run_checks
from plantd.errors import EX_OK, EX_UNAVAILABLE, ConfigError
from plantd.system.terminal import printable

WIDTH = 100
_STATE, _ID = 8, 20


def doctor(
    path: Optional[str],
    overrides: Sequence[str] = (),
    as_json: bool = False,
    out: Optional[TextIO] = None,
) -> int:
    """Look at everything and print it; return 0 when nothing has failed, 69 otherwise."""
    stream = out or sys.stdout
    checks = run_checks(probes_of(path, overrides))
    if as_json:
        stream.write(json.dumps(json_from_checks(checks)) + "\n")
    else:
        for line in lines_from_checks(checks):
            stream.write(printable(line, stream) + "\n")
    return EX_UNAVAILABLE if counts(checks)[FAILED] else EX_OK


def probes_of(path: Optional[str], overrides: Sequence[str] = ()) -> Probes:
    """Return this machine with the configuration in a file, be it good or not."""
    try:
        loaded = file.load(path, overrides)
        return this_machine(loaded.config, (), loaded.path, loaded.site)
    except ConfigError as error:
        return this_machine(None, error.problems, path or "")


def lines_from_checks(checks: Sequence[Check]) -> List[str]:
    """Return a line a check, what helps below those that are not well, and the sum."""
    lines: List[str] = []
    for check in checks:
        head = "{}{} ".format(_word(check.state).ljust(_STATE), check.id.ljust(_ID))
        lines += _wrapped(head, check.detail)
        if check.remedy and check.state != OK:
            lines += _wrapped(" " * len(head) + "-> ", check.remedy)
    summed = counts(checks)
    lines.append("")
    lines.append(", ".join(_sum(state, number) for state, number in summed.items()))
    return lines


def json_from_checks(checks: Sequence[Check]) -> Dict[str, Any]:
    """Return the report as one object; its checks are those of /v1/health."""
    summed = counts(checks)
    worst = next((state for state in ("failed", "warning") if summed[state]), "ok")
    return {
        "schema": 1,
        "version": __version__,
        "state": worst,
        "checks": [dict(check._asdict()) for check in checks],
    }


def _word(state: str) -> str:
    return state.upper() if state == FAILED else state


def _sum(state: str, number: int) -> str:
    warnings = "warning" if number == 1 else "warnings"
    told = {"unseen": "could not be seen", "warning": warnings}.get(state, state)
    return "{} {}".format(number, told)


def _wrapped(head: str, text: str) -> List[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
