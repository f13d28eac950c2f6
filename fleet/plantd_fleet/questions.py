"""Ready questions about the records of all boxes, each one statement of DuckDB's SQL.

`verdicts` and `telemetry` are the tables of `records`; box and month are columns of both.
"""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from plantd.errors import NotFoundError
from plantd_fleet.records import TELEMETRY, VERDICTS, Records, sources

_EMPTY_TELEMETRY = (
    "SELECT NULL::VARCHAR AS box, NULL::VARCHAR AS month, NULL::VARCHAR AS boot_id, "
    "NULL::DOUBLE AS mono_s, NULL::DOUBLE AS temperature_c WHERE false"
)
# A reading is of a press when it is no older than this.
READING_MAX_S = 120
DEGREES = 5


class Question(NamedTuple):
    """One question: what it asks, in a sentence, and the statement."""

    about: str
    sql: str


class Answer(NamedTuple):
    """Column names and rows."""

    columns: Sequence[str]
    rows: List[Tuple[Any, ...]]


QUESTIONS: Dict[str, Question] = {
    "seen": Question(
        "What was seen, where and when: verdicts of a box and month by plant and answer.",
        "SELECT any_value(box_name) AS name, box, month, coalesce(species, 'nothing') AS species, "
        "verdict, count(*) AS presses FROM verdicts GROUP BY box, month, species, verdict "
        "ORDER BY month, name, presses DESC",
    ),
    "answers": Question(
        "Answers a month, over all boxes.",
        "SELECT month, count(*) AS presses, count(*) FILTER (WHERE verdict = 'poisonous') AS "
        "poisonous, count(*) FILTER (WHERE verdict = 'edible') AS edible, count(*) FILTER (WHERE "
        "verdict = 'unsure') AS unsure FROM verdicts GROUP BY month ORDER BY month",
    ),
    "disagreement": Question(
        "Where two models answered the very same picture: how often their answers differ.",
        "WITH asked AS (SELECT DISTINCT picture, model, verdict, species FROM verdicts "
        "WHERE picture IS NOT NULL) SELECT a.model AS model, b.model AS other, count(DISTINCT "
        "a.picture) AS pictures, count(DISTINCT a.picture) FILTER (WHERE a.verdict <> b.verdict) "
        "AS other_answer, count(DISTINCT a.picture) FILTER (WHERE a.species IS DISTINCT FROM "
        "b.species) AS other_plant, count(DISTINCT a.picture) FILTER (WHERE 'edible' IN "
        "(a.verdict, b.verdict) AND 'poisonous' IN (a.verdict, b.verdict)) AS edible_and_poisonous "
        "FROM asked a JOIN asked b ON a.picture = b.picture AND a.model < b.model "
        "GROUP BY ALL ORDER BY ALL",
    ),
    "drift": Question(
        "Scores of each model by month: they wander where light, season or camera change.",
        "SELECT model, month, count(*) AS presses, median(species_p) AS species_p, "
        "median(poison_p) AS poison_p, median(energy) AS energy, avg((verdict = 'unsure')::INT) "
        "AS unsure FROM verdicts GROUP BY model, month ORDER BY model, month",
    ),
    "labels": Question(
        "What people said against what was answered: false alarms, and warnings that were missed.",
        "SELECT model, count(*) AS labelled, count(*) FILTER (WHERE verdict = 'poisonous' AND NOT "
        "label_poisonous) AS false_alarms, count(*) FILTER (WHERE verdict = 'edible' AND "
        "label_poisonous) AS poisonous_called_edible, count(*) FILTER (WHERE verdict <> "
        "'poisonous' AND label_poisonous) AS not_warned FROM verdicts WHERE label IS NOT NULL "
        "GROUP BY model ORDER BY model",
    ),
    "latency": Question(
        "Time from press to answer by the hottest zone at that time, in steps of 5 degrees.",
        "SELECT (floor(t.temperature_c / {step}) * {step})::INT AS from_c, count(*) AS presses, "
        "median(v.total_ms) AS median_ms, quantile_cont(v.total_ms, 0.95) AS p95_ms, "
        "median(v.infer_ms) AS infer_ms FROM verdicts v ASOF JOIN telemetry t ON v.box = t.box AND "
        "v.boot_id = t.boot_id AND v.mono_s >= t.mono_s WHERE v.mono_s - t.mono_s <= {oldest} AND "
        "t.temperature_c IS NOT NULL AND v.total_ms IS NOT NULL GROUP BY from_c ORDER BY "
        "from_c".format(step=DEGREES, oldest=READING_MAX_S),
    ),
    "twice": Question(
        "Numbers that a box gave twice: its record was begun anew, or its disk was read-only.",
        "SELECT any_value(box_name) AS name, box, count(*) AS numbers FROM (SELECT box, seq, "
        "any_value(box_name) AS box_name FROM verdicts GROUP BY box, seq HAVING count(*) > 1) "
        "GROUP BY box ORDER BY name",
    ),
}


def ask(records: Records, name: str) -> Answer:
    """Return the answer to a question of QUESTIONS. Raises NotFoundError without records."""
    verdicts, telemetry = records.files(VERDICTS), records.files(TELEMETRY)
    if not verdicts:
        raise NotFoundError(
            "{} holds no verdicts; plantd-fleet collect brings them there".format(records.folder)
        )
    _view(records, VERDICTS.name, _read(verdicts))
    _view(records, TELEMETRY.name, _read(telemetry) if telemetry else _EMPTY_TELEMETRY)
    asked = records.connection.execute(QUESTIONS[name].sql)
    return Answer([column[0] for column in asked.description or ()], asked.fetchall())


def _view(records: Records, name: str, rows: str) -> None:
    records.connection.execute("CREATE OR REPLACE TEMP VIEW {} AS {}".format(name, rows))


def _read(files: Sequence[Path]) -> str:
    return (
        "SELECT * FROM read_parquet({}, hive_partitioning = true, union_by_name = true, "
        "hive_types = {{'box': VARCHAR, 'month': VARCHAR}})".format(sources(files))
    )
