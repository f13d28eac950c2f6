"""Recorded verdicts as lines of text: JSON, or a row of a table. Pure.

How this works: only the keys that `plantd.wire` writes go out. What another version, or a device of
somebody's own, has put beside them stays: a position would be such a key.
"""

import csv
import io
import json
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

from plantd.sinks.recording.labels import json_from_label
from plantd.sinks.recording.reader import Recorded
from plantd.system.box import Box

Json = Dict[str, Any]
Line = Callable[[Recorded, Optional[str], Optional[Box]], str]

JSON_LINES = "jsonl"
CSV = "csv"

KEYS = frozenset(
    """
    schema type seq boot_id mono_s wall clock trigger frame verdict rule sentence reasons
    picture_faults advice poison poisonous_mass energy standout no_plant no_plant_least
    another_plant species nearest group look_alikes deadly_look_alikes caution model calibrated
    engine latency_ms recorded thresholds place pictures
    """.split()
)
COLUMNS = (
    *("seq", "wall", "clock", "trigger", "verdict", "rule", "reasons", "picture_faults"),
    *("species", "species_name", "p", "poisonous", "nearest", "poison_p", "poisonous_mass"),
    *("no_plant", "another_plant", "look_alikes", "caution", "sentence", "model", "calibrated"),
    *("engine", "pictures", "picture", "label", "label_poisonous", "labelled_by", "labelled_at"),
)
# A spreadsheet takes a cell that begins so for a formula. Source: OWASP, CSV Injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_line(recorded: Recorded, picture: Optional[str], box: Optional[Box] = None) -> str:
    """Return one verdict as one line of JSON, in ASCII.

    Args:
        picture: where its picture lies in the exported folder; None where it does not.
        box: whose record it is; None where nobody knows.
    """
    verdict = {key: value for key, value in recorded.verdict.items() if key in KEYS}
    verdict["picture"] = picture
    verdict["label"] = json_from_label(recorded.label)
    verdict["box"] = box.to_json() if box else None
    return json.dumps(verdict) + "\n"


def csv_line(recorded: Recorded, picture: Optional[str], _box: Optional[Box] = None) -> str:
    """Return one verdict as one row of COLUMNS; see `json_line`."""
    values = _values(recorded, picture)
    return csv_row([_cell(values[column]) for column in COLUMNS])


def csv_row(cells: Sequence[str]) -> str:
    """Return cells as one row, quoted where they must be."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(cells)
    return row.getvalue()


# Format -> what stands before the first verdict, and one verdict.
FORMATS: Mapping[str, Tuple[str, Line]] = {
    JSON_LINES: ("", json_line),
    CSV: (csv_row(COLUMNS), csv_line),
}


def format_of(path: str) -> str:
    """Return the format that a file's ending asks for; JSON lines where it asks for none."""
    return CSV if path.lower().endswith(".csv") else JSON_LINES


def _values(recorded: Recorded, picture: Optional[str]) -> Json:
    verdict, label = recorded.verdict, recorded.label
    best = _first(verdict.get("species"))
    engine = verdict.get("engine") or {}
    return {
        **{column: verdict.get(column) for column in COLUMNS},
        "species": best.get("label"),
        "species_name": best.get("name"),
        "p": best.get("p"),
        "poisonous": best.get("poisonous"),
        "nearest": _first(verdict.get("nearest")).get("label"),
        "poison_p": (verdict.get("poison") or {}).get("p"),
        "engine": engine.get("backend"),
        "picture": picture,
        "label": label.label if label else None,
        "label_poisonous": label.poisonous if label else None,
        "labelled_by": label.by if label else None,
        "labelled_at": label.wall if label else None,
    }


def _first(entries: Any) -> Json:
    found = entries[0] if isinstance(entries, list) and entries else {}
    return found if isinstance(found, dict) else {}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "'" + text if text.startswith(_FORMULA) else text
    # Older Pythons write a lone return without quotes, and cannot read that.
    return text.replace("\r\n", "\n").replace("\r", "\n")
