"""What plantd-cli prints, line by line, and what it may never print."""

from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import wire_samples as samples
from support.checkout import TOP
from support.tegrastats_samples import SAMPLES

from plantd.cli import wording
from plantd.cli.explanation import MEASURES, explanation
from plantd.cli.status_lines import status_lines
from plantd.cli.tables import table
from plantd.cli.verdict_lines import (
    detail_lines,
    event_lines,
    history_lines,
    model_lines,
    verdict_lines,
)
from plantd.quality import ADVICE
from plantd.telemetry.tegrastats_line import readings_from_line
from plantd.words import FAULTS

GOLDEN = TOP / "tests" / "golden" / "cli"


def plain(text: str, colour: str) -> str:
    return text


def test_who_else_is_told_has_a_line_each() -> None:
    notifiers = [
        {"name": "hooks.command", "ok": True, "detail": "", "delivered": 3, "failed": 0},
        {"name": "hooks.url", "ok": False, "detail": "no answer", "failed": 2, "dropped": 1},
    ]
    lines = status_lines({"notifiers": notifiers})
    assert "told       hooks.command ok, 3 delivered" in lines
    assert "           hooks.url FAULT, no answer, ? delivered, 2 FAILED, 1 DROPPED" in lines


def golden(name: str, lines: List[str]) -> None:
    """Compare with the file that a person has read; write it where it is missing, and fail."""
    path = GOLDEN / (name + ".txt")
    text = "\n".join(lines) + "\n"
    if not path.exists():
        path.write_text(text)
        pytest.fail("{} was missing; read what was written there".format(path))
    assert text == path.read_text()


def history() -> List[samples.Json]:
    return [
        samples.verdict(1038, samples.POISONOUS),
        samples.verdict(1039, samples.EDIBLE),
        samples.verdict(1040, samples.UNCLEAR, calibrated=False),
        samples.verdict(1041, None),
        samples.verdict(1042, samples.EDIBLE, calibrated=False, trigger="classify"),
    ]


PREDICTIONS = {
    "poisonous": (samples.POISONOUS, samples.GOOD),
    "hidden": (samples.HIDDEN, samples.GOOD),
    "edible": (samples.EDIBLE, samples.GOOD),
    "unclear": (samples.UNCLEAR, samples.GOOD),
    "torn": (samples.TORN, samples.GOOD),
    "unknown": (samples.UNKNOWN, samples.GOOD),
    "dark": (samples.EDIBLE, samples.DARK),
    "fault": (None, samples.GOOD),
    "wall": (samples.WALL, samples.GOOD),
    "daffodil": (samples.DAFFODIL, samples.GOOD),
    "stranger": (samples.STRANGER, samples.GOOD),
    "carrot": (samples.CARROT, samples.GOOD),
    "mallow": (samples.MALLOW, samples.GOOD),
}


def everything() -> List[str]:
    """Every line of text that can be printed about any of the samples."""
    lines = list(history_lines(history(), plain))
    for prediction, quality in PREDICTIONS.values():
        for calibrated in (True, False):
            verdict = samples.verdict(7, prediction, quality, calibrated)
            lines += verdict_lines(verdict, plain) + detail_lines(verdict)
            lines += explanation(verdict, samples.model()) + event_lines(verdict, plain)
    return lines


def test_status() -> None:
    golden("status", status_lines(samples.status()))


def test_status_uncalibrated_with_a_broken_source() -> None:
    golden("status_uncalibrated", status_lines(samples.status(calibrated=False)))


def test_history() -> None:
    golden("history", history_lines(history(), plain))


@pytest.mark.parametrize("name", sorted(PREDICTIONS))
def test_show(name: str) -> None:
    prediction, quality = PREDICTIONS[name]
    verdict = samples.verdict(1042, prediction, quality, calibrated=name != "edible")
    golden("show_" + name, verdict_lines(verdict, plain) + detail_lines(verdict))


def test_explain_has_words_for_every_rule() -> None:
    lines: List[str] = []
    for prediction, quality in PREDICTIONS.values():
        lines += [*explanation(samples.verdict(7, prediction, quality), samples.model()), ""]
    golden("explain", lines)


def test_model() -> None:
    golden("model", model_lines(samples.model()))


def test_the_first_line_of_status_is_a_line_of_tegrastats() -> None:
    first = status_lines(samples.status())[0]
    assert readings_from_line(first) == readings_from_line(SAMPLES["tx2"])


def test_everything_but_the_tegrastats_line_fits_80_columns() -> None:
    lines = status_lines(samples.status())[1:] + status_lines(samples.status(False))[1:]
    lines += history_lines(history(), plain) + model_lines(samples.model())
    for prediction, quality in PREDICTIONS.values():
        verdict = samples.verdict(7, prediction, quality, False)
        lines += verdict_lines(verdict, plain) + detail_lines(verdict)
    assert max(len(line) for line in lines) <= 80


def test_nothing_ever_says_that_a_plant_may_be_eaten() -> None:
    text = " ".join(everything()).lower()
    for words in ("safe", "can eat", "may eat", "can be eaten", "good to eat", "harmless"):
        assert words not in text


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize("look_alikes", [samples.LOOK_ALIKES, ()])
def test_edible_is_always_followed_by_look_alikes(calibrated: bool, look_alikes: tuple) -> None:
    verdict = samples.verdict(7, samples.EDIBLE, calibrated=calibrated, look_alikes=look_alikes)
    expected = "false hellebore" if look_alikes else "proves nothing"
    texts = (
        verdict_lines(verdict, plain),
        history_lines([verdict], plain),
        explanation(verdict, samples.model()),
        event_lines(verdict, plain),
    )
    for lines in texts:
        text = " ".join(" ".join(lines).split())
        assert text.index(expected) > text.index("edible")


def test_uncalibrated_is_shown_wherever_an_answer_is() -> None:
    for prediction, quality in PREDICTIONS.values():
        verdict = samples.verdict(7, prediction, quality, calibrated=False)
        for lines in (
            verdict_lines(verdict, plain),
            history_lines([verdict], plain),
            explanation(verdict, samples.model()),
            event_lines(verdict, plain),
            status_lines(samples.status(calibrated=False)),
            model_lines(samples.model()),
        ):
            assert "uncalibrated" in "\n".join(lines).lower()


def test_calibrated_is_not_called_uncalibrated() -> None:
    lines = verdict_lines(samples.verdict(7), plain) + history_lines([samples.verdict(7)], plain)
    assert "uncalibrated" not in "\n".join(lines + status_lines(samples.status())).lower()


def test_the_answers_differ_in_their_words() -> None:
    assert len(set(wording.SHORT.values())) == len(set(wording.HEADLINES.values())) == 3
    assert set(wording.COLOURS) == set(wording.SHORT) == set(wording.HEADLINES)


def test_a_verdict_that_was_not_recorded_says_so() -> None:
    lines = verdict_lines(samples.verdict(7, recorded=False), plain)
    assert any("not in the record" in line for line in lines)


def test_an_explanation_without_the_models_thresholds_says_so() -> None:
    other = samples.model(version="2.0.0")
    text = " ".join(explanation(samples.verdict(7, samples.EDIBLE, thresholds=None), other))
    assert "thresholds of plants70 1.0.0 are not at hand" in text
    assert "(unknown)" in text


def test_a_rule_of_a_newer_service_is_named() -> None:
    verdict = {**samples.verdict(7), "rule": "third_head", "verdict": "perhaps"}
    assert "third_head" in " ".join(explanation(verdict, samples.model()))


def test_a_service_without_a_model_says_so() -> None:
    assert model_lines(None) == ["no model is loaded; plantd-cli status says why"]
    assert "not at hand" in " ".join(explanation(samples.verdict(7, thresholds=None), None))


def test_a_verdicts_own_thresholds_explain_it_whatever_is_loaded_now() -> None:
    other = samples.model(version="2.0.0")
    texts = [explanation(samples.verdict(7, samples.TORN), model) for model in (other, None)]
    assert texts[0] == texts[1] == explanation(samples.verdict(7, samples.TORN), samples.model())
    assert "(unknown)" not in " ".join(texts[0])


def test_an_older_verdict_is_explained_with_the_loaded_models_thresholds() -> None:
    old = samples.verdict(7, samples.EDIBLE, thresholds=None)
    assert explanation(old, samples.model()) == explanation(samples.verdict(7, samples.EDIBLE))


def test_a_small_threshold_is_not_printed_as_nothing() -> None:
    tight = samples.THRESHOLDS._replace(edible_poisonous_mass=0.000123)
    text = " ".join(explanation(samples.verdict(7, samples.TORN, thresholds=tight)))
    assert "0.000123" in text


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_is_explained_with_its_number_its_limit_and_advice(fault: str) -> None:
    verdict = dict(
        samples.verdict(7, samples.EDIBLE, samples.DARK),
        picture_faults=[fault],
        advice=[ADVICE[fault]],
    )
    text = " ".join(explanation(verdict)).lower()
    for name, _, limit, bound in MEASURES[fault]:
        assert "{} ".format(name) in text
        assert "({} {:g})".format(bound, getattr(samples.THRESHOLDS.quality, limit)) in text
    assert ADVICE[fault] in text
    assert "(unknown)" not in text


@pytest.mark.parametrize("dropped", [12, None])
def test_a_gap_says_where_every_verdict_is(dropped: "int | None") -> None:
    (line,) = event_lines({"type": "gap", "dropped": dropped}, plain)
    assert line.startswith("-- {} events were".format("some" if dropped is None else 12))
    assert "plantd-cli history" in line


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"state": "full", "detail": "no space", "failed": 3}, "full, no space, empty"),
        ({"state": "ok", "failed": 3}, "3 LOST"),
        ({"state": "ok", "waiting": 2}, "2 waiting"),
        ({"state": "ok", "set_aside": ["/x/broken-1"]}, "set aside as broken: /x/broken-1"),
        ({"state": "ok", "incident": "record.db was deleted"}, "record.db was deleted"),
        ({"state": "ok", "check": "running"}, "being checked"),
    ],
)
def test_a_record_in_trouble_says_so(record: samples.Json, expected: str) -> None:
    assert expected in " ".join(" ".join(status_lines({"record": record})).split())


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {"type": "state", "part": "camera", "state": "FAILED", "detail": "gone"},
            ["-- camera is FAILED: gone"],
        ),
        (
            {"type": "state", "part": "camera", "state": "HEALTHY", "detail": ""},
            ["-- camera is HEALTHY"],
        ),
        ({"type": "heartbeat"}, []),
        ({"type": "telemetry", "gpu": {"load_percent": 3}}, ["-- GR3D_FREQ 3%"]),
        ({"type": "something new"}, []),
    ],
)
def test_an_event_is_a_line(event: samples.Json, expected: List[str]) -> None:
    assert event_lines(event, plain) == expected


def test_status_says_what_a_stick_offers_or_what_came_of_it() -> None:
    stick = {"state": "refused", "name": "tiny-2.0.0", "detail": "the model is not signed"}
    lines = status_lines({**samples.status(), "stick": stick})
    (line,) = [line for line in lines if line.startswith("stick")]
    assert line.split(None, 1)[1] == "tiny-2.0.0: refused: the model is not signed"


def test_a_status_of_an_empty_service_is_printed() -> None:
    lines = status_lines({"schema": 1})
    assert any(line.startswith("camera     none") for line in lines)
    assert any(line.startswith("model      none is loaded") for line in lines)


@pytest.mark.parametrize("key", sorted(samples.verdict(1)))
@pytest.mark.parametrize("gone", [True, False])
def test_a_verdict_that_lacks_something_is_printed_all_the_same(key: str, gone: bool) -> None:
    verdict = samples.verdict(7, samples.UNCLEAR)
    verdict.pop(key) if gone else verdict.update({key: None})
    assert verdict_lines(verdict, plain) + detail_lines(verdict)
    assert len(history_lines([verdict], plain)) >= 2
    assert explanation(verdict, samples.model())


@pytest.mark.parametrize("key", sorted(samples.status()))
@pytest.mark.parametrize("gone", [True, False])
def test_a_status_that_lacks_something_is_printed_all_the_same(key: str, gone: bool) -> None:
    status = samples.status()
    status.pop(key) if gone else status.update({key: None})
    assert len(status_lines(status)) > 10


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 0 s"),
        (8123, "2 h 15 min"),
        (200000, "2 d 7 h"),
        (None, "?"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@given(st.lists(st.lists(st.text(max_size=90), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_row_of_a_table_is_wider_than_80(rows: List[List[str]]) -> None:
    short = [
        [cell.replace("\n", " ")[:20], *row[1:2], row[2][:20]]
        for row, cell in ((row, row[0]) for row in rows)
    ]
    assert all(len(line) <= 80 for line in table(("a", "b", "c"), short, give=1))


def test_what_a_person_said_is_shown_with_the_verdict() -> None:
    said = {"label": "Wild_Leek", "by": "ida", "wall": "2026-06-02T08:00:00Z", "clock": "?"}
    lines = detail_lines({**samples.verdict(7), "label": said})
    assert "  label       Wild Leek, said ida on 2026-06-02 08:00:00?" in lines
    assert not any("label" in line for line in detail_lines({**samples.verdict(7), "label": None}))
