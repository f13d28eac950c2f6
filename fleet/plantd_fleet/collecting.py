"""From what boxes give away to rows: exports, logs, exported folders and support bundles.

How this works: each file's lines are parsed by DuckDB, once, into the columns of the records; a
line that is no verdict or telemetry of a box that is known is left out and counted. The box stands
in the line (`plantd-cli export` writes it), in the bundle, or is named by who collects.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Iterator, List, NamedTuple

import duckdb

from plantd.errors import NotFoundError, UsageError
from plantd_fleet.facts import LOG, facts_of_files, files_of_bundle
from plantd_fleet.records import TELEMETRY, VERDICTS, Added, Records, literal

# A box's identity or name; also a folder's name, and so nothing else.
BOX = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
LINES = (".jsonl", ".ndjson")
BUNDLES = (".tar.gz", ".tgz")
LINE_MAX_BYTES = 4 << 20

# What is taken of a line, and as what; what does not fit is null. Source: daemon/plantd/wire.py.
_STRUCTURE = """{
 "type":"VARCHAR","seq":"BIGINT","boot_id":"VARCHAR","mono_s":"DOUBLE","wall":"VARCHAR",
 "clock":"VARCHAR","trigger":"VARCHAR","verdict":"VARCHAR","rule":"VARCHAR","model":"VARCHAR",
 "calibrated":"BOOLEAN","energy":"DOUBLE","standout":"DOUBLE","picture":"VARCHAR",
 "poison":{"p":"DOUBLE"},
 "species":[{"label":"VARCHAR","p":"DOUBLE","poisonous":"BOOLEAN"}],
 "nearest":[{"label":"VARCHAR","p":"DOUBLE","poisonous":"BOOLEAN"}],
 "engine":{"backend":"VARCHAR","precision":"VARCHAR"},
 "latency_ms":{"infer":"DOUBLE","total":"DOUBLE"},
 "label":{"label":"VARCHAR","poisonous":"BOOLEAN","by":"VARCHAR","wall":"VARCHAR"},
 "box":{"name":"VARCHAR","id":"VARCHAR"},
 "temperatures_c":"MAP(VARCHAR, DOUBLE)"}"""


class Origin(NamedTuple):
    """One file of lines.

    Attributes:
        box, name: of the box where the lines do not say; empty where nobody knows.
        pictures: the folder that the lines' pictures lie in.
    """

    path: str
    box: str = ""
    name: str = ""
    pictures: str = ""


class Collected(NamedTuple):
    """What came of it: new rows, and lines that were left out."""

    added: Added
    left_out: int


def collect(records: Records, paths: "List[str]", box: str = "") -> Collected:
    """Take everything that files and folders hold into the records.

    Args:
        box: whose it is where that is not said; empty: it must be said.

    Raises NotFoundError, UsageError for what cannot be taken, BusyError, CannotWriteError. What was
    taken before stays.
    """
    if box and not re.fullmatch(BOX, box):
        raise UsageError(
            "--box {!r} is not a box's name; expected letters, digits, . _ and -".format(box)
        )
    total = Collected(Added(), 0)
    with records.locked(), tempfile.TemporaryDirectory() as room:
        for path in paths:
            for origin in _origins(path, box, room):
                total = _sum(total, _take(records, origin))
    return total


def _origins(path: str, box: str, room: str) -> Iterator[Origin]:
    """Yield the files of lines that a path means; a folder is looked through."""
    if os.path.isdir(path):
        found = sorted(
            each for each in Path(path).rglob("*") if each.name.endswith(LINES + BUNDLES)
        )
        if not found:
            raise NotFoundError(
                "{} holds nothing to collect; expected files of {}".format(
                    path, ", ".join(LINES + BUNDLES)
                )
            )
        for each in found:
            yield from _origins(str(each), box, room)
    elif not os.path.isfile(path):
        raise NotFoundError("there is no {}".format(path))
    elif path.endswith(BUNDLES):
        files = files_of_bundle(path)
        facts = facts_of_files(path, files)
        lines = Path(room, LOG)
        lines.write_text(files.get(LOG, ""))
        yield Origin(str(lines), facts.id or box, facts.name)
    else:
        yield Origin(path, box, box, os.path.dirname(os.path.abspath(path)))


def _take(records: Records, origin: Origin) -> Collected:
    connection = records.connection
    parameters = {"box": origin.box, "name": origin.name, "path": literal(origin.path)}
    _read(connection, parameters, origin.path)
    _look_at_pictures(connection, origin.pictures)
    _make_sure_of_box(connection, origin.path)
    connection.execute(_VERDICTS)
    connection.execute(_TELEMETRY)
    verdicts, cuts = records.take(VERDICTS, "new_verdicts")
    telemetry, more = records.take(TELEMETRY, "new_telemetry")
    asked = "SELECT count(*) FILTER (WHERE kind IS NULL) FROM incoming"
    (left_out,) = connection.execute(asked).fetchall()[0]
    return Collected(Added(verdicts, telemetry, cuts + more), int(left_out))


def _read(connection: duckdb.DuckDBPyConnection, parameters: "dict[str, str]", path: str) -> None:
    """Make the table `incoming`: a parsed line, its box, its time, and of which kind it is."""
    try:
        connection.execute(_INCOMING, parameters)
    except duckdb.Error as error:
        told = str(error).splitlines()[0]
        raise UsageError("{} cannot be read: {}".format(path, told)) from error


def _look_at_pictures(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Make the table `pictures`: the sha256 of each that a line names and that lies there."""
    connection.execute("CREATE OR REPLACE TEMP TABLE pictures (picture VARCHAR, sha256 VARCHAR)")
    named = connection.execute(
        "SELECT DISTINCT line.picture FROM incoming WHERE line.picture IS NOT NULL"
    ).fetchall()
    rows = []
    for (picture,) in named:
        path = os.path.join(folder, picture)
        # A line may name anything; what lies outside of the folder is nothing of the export.
        inside = os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)
        if inside and os.path.isfile(path):
            rows.append((picture, hashlib.sha256(Path(path).read_bytes()).hexdigest()))
    if rows:
        connection.executemany("INSERT INTO pictures VALUES (?, ?)", rows)


def _make_sure_of_box(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    asked = (
        "SELECT count(*) FROM incoming WHERE kind IS NOT NULL AND "
        "NOT regexp_full_match(coalesce(box, ''), '{}')".format(BOX)
    )
    (without,) = connection.execute(asked).fetchall()[0]
    if without:
        raise UsageError(
            "{}: {} lines do not say which box they are from, as those of an older plantd and of "
            "its log; name it: --box NAME".format(path, without)
        )


def _sum(one: Collected, other: Collected) -> Collected:
    added = Added(*(a + b for a, b in zip(one.added, other.added)))
    return Collected(added, one.left_out + other.left_out)


# Null where a line is no JSON object.
_INCOMING = """
CREATE OR REPLACE TEMP TABLE incoming AS
WITH parsed AS (
  SELECT json_transform(json, '{structure}') AS line
  FROM read_ndjson_objects($path, ignore_errors = true, maximum_object_size = {longest})
), timed AS (
  SELECT line, try_cast(replace(line.wall, 'Z', '') AS TIMESTAMP) AS moment FROM parsed
)
SELECT line, moment,
  coalesce(nullif(line.box.id, ''), nullif($box, '')) AS box,
  coalesce(nullif(line.box.name, ''), nullif($name, '')) AS box_name,
  CASE
    WHEN moment IS NULL OR line.boot_id IS NULL OR line.mono_s IS NULL THEN NULL
    WHEN line.type = 'verdict' AND line.seq IS NOT NULL AND line.verdict IS NOT NULL THEN 'verdict'
    WHEN line.type = 'telemetry' THEN 'telemetry'
    WHEN line.type = 'state' THEN 'state'
  END AS kind
FROM timed
""".format(structure=_STRUCTURE.replace("\n", ""), longest=LINE_MAX_BYTES)

_VERDICTS = """
CREATE OR REPLACE TEMP VIEW new_verdicts AS
SELECT box, strftime(moment, '%Y-%m') AS month, line.seq AS seq, box_name, line.boot_id AS boot_id,
  line.mono_s AS mono_s, moment, line.clock AS clock, line.trigger AS trigger,
  line.verdict AS verdict, line.rule AS rule, line.model AS model, line.calibrated AS calibrated,
  coalesce(line.species[1].label, line.nearest[1].label) AS species,
  coalesce(line.species[1].p, line.nearest[1].p) AS species_p,
  line.species[1].label IS NOT NULL AS named, line.poison.p AS poison_p, line.energy AS energy,
  line.engine.backend AS engine, line.engine.precision AS precision,
  line.latency_ms.infer AS infer_ms, line.latency_ms.total AS total_ms,
  pictures.sha256 AS picture, line.label.label AS label,
  line.label.poisonous AS label_poisonous, line.label.by AS label_by, line.label.wall AS label_at
FROM incoming LEFT JOIN pictures ON pictures.picture = line.picture
WHERE kind = 'verdict'
"""

_TELEMETRY = """
CREATE OR REPLACE TEMP VIEW new_telemetry AS
SELECT box, strftime(moment, '%Y-%m') AS month, line.boot_id AS boot_id, line.mono_s AS mono_s,
  moment, list_max(map_values(line.temperatures_c)) AS temperature_c
FROM incoming WHERE kind = 'telemetry'
"""
