"""Verdicts, events and the model as lines of text. Pure.

Wherever an edible answer is printed, its look-alikes follow it; wherever an uncalibrated one is,
it says so.
"""

from typing import Any, Callable, Dict, List, Optional

from plantd.answers import EDIBLE
from plantd.cli import wording
from plantd.cli.status_lines import calibration, status_lines
from plantd.cli.tables import table
from plantd.system.terminal import wrapped

Json = Dict[str, Any]
NEAREST = "of the plants it knows, though it shows none of them: "
Coloured = Callable[[str, str], str]


def verdict_lines(verdict: Json, coloured: Coloured, path: Optional[str] = None) -> List[str]:
    """Return an answer and what it rests on."""
    head = wording.headline(verdict)
    colour = wording.COLOURS.get(str(verdict.get("verdict")), "")
    label = "#{}  ".format(verdict.get("seq"))
    lines = [coloured(line, colour) for line in wrapped(label, head, len(label))]
    lines += reading_lines(verdict)
    return [path + ":", *lines] if path else lines


def reading_lines(verdict: Json) -> List[str]:
    """Return the lines under an answer: species, heads, look-alikes, caution, calibration."""
    lines: List[str] = []
    for entry in wording.species_of(verdict)[: wording.SPECIES_SHOWN]:
        text = "{} {}{}".format(
            wording.share(entry.get("p")), wording.name_of(entry), wording.warning(entry)
        )
        lines += wrapped("  looks like" if not lines else "", text, 14)
    lines += wrapped("  heads", _heads(verdict), 14)
    for line in verdict.get("advice") or ():
        if str(line) not in str(verdict.get("sentence")):
            lines += wrapped("  advice", str(line), 14)
    for entry in wording.deadly_of(verdict):
        text = "{}: {}".format(entry.get("name"), entry.get("tell_apart"))
        lines += wrapped("  may be", text, 14)
    if wording.needs_look_alikes(verdict):
        names = wording.look_alikes(verdict, wording.SPECIES_SHOWN)
        lines += wrapped("  look-alikes", names, 14)
    if wording.caution_of(verdict):
        lines += wrapped("  caution", wording.caution_of(verdict), 14)
    if not verdict.get("calibrated"):
        lines += wrapped("  note", wording.UNCALIBRATED, 14)
    if verdict.get("recorded") is False:
        lines += wrapped("  note", "this answer is not in the record (see plantd-cli status)", 14)
    return lines


def history_lines(verdicts: List[Json], coloured: Coloured) -> List[str]:
    """Return the table, with the look-alikes under each edible answer."""
    rows = []
    for verdict in verdicts:
        best = (list(wording.species_of(verdict)) or [{}])[0]
        rows.append(
            (
                "#{}".format(verdict.get("seq")),
                wording.when(verdict),
                wording.short(verdict),
                wording.looks_like(verdict),
                wording.share(best.get("p")),
                str(verdict.get("trigger", "")),
            )
        )
    head = ("seq", "when (UTC)", "answer", "looks like", "p", "from")
    made = table(head, rows, right=(0, 4), give=3)
    lines = made[:1]
    for line, verdict in zip(made[1:], verdicts):
        answer = str(verdict.get("verdict"))
        lines.append(coloured(line, wording.COLOURS.get(answer, "")))
        if answer == EDIBLE:
            lines += wrapped("       look-alikes: ", wording.look_alikes(verdict), 20)
    if not all(verdict.get("calibrated") for verdict in verdicts):
        lines += wrapped("", "* " + wording.UNCALIBRATED, 0)
    if any(verdict.get("clock") != "synchronised" for verdict in verdicts):
        lines += wrapped("", "? nobody vouched for the clock", 0)
    return lines


def detail_lines(verdict: Json) -> List[str]:
    """Return what `show` adds to a verdict: rule, frame, engine, time by stage."""
    frame, engine = verdict.get("frame") or {}, verdict.get("engine") or {}
    stages = ", ".join(
        "{} {:.1f}".format(stage, value)
        for stage, value in (verdict.get("latency_ms") or {}).items()
    )
    size = "{}x{}".format(frame.get("width"), frame.get("height")) if frame else "none"
    age = "" if frame.get("age_ms") is None else ", {:.0f} ms old".format(frame["age_ms"])
    quality = [
        "{} {}".format(name, frame[name])
        for name in ("sharpness", "brightness", "contrast")
        if frame.get(name) is not None
    ]
    facts = (
        ("  rule", str(verdict.get("rule"))),
        ("  picture", ", ".join([size + age] + quality)),
        (
            "  when",
            "{} UTC, {:.3f} s after boot".format(
                wording.when(verdict), verdict.get("mono_s") or 0.0
            ),
        ),
        ("  label", wording.labelled(verdict)),
        ("  boot", str(verdict.get("boot_id"))),
        ("  engine", _engine(engine)),
        (
            "  known",
            "energy {}, standout {}".format(
                wording.share(verdict.get("energy")), wording.share(verdict.get("standout"))
            ),
        ),
        ("  nearest", wording.nearest(verdict) and NEAREST + wording.nearest(verdict)),
        ("  ms", stages),
    )
    return [line for label, text in facts if text for line in wrapped(label, text, 14)]


def _heads(verdict: Json) -> str:
    told = [
        "poison head " + wording.share((verdict.get("poison") or {}).get("p")),
        "poisonous species together " + wording.share(verdict.get("poisonous_mass")),
    ]
    for key, words in (("no_plant", "no plant"), ("another_plant", "another plant")):
        if verdict.get(key) is not None:
            told.append("{} {}".format(words, wording.share(verdict[key])))
    return ", ".join(told)


def _engine(engine: Json) -> str:
    names = [str(engine.get(key) or "") for key in ("backend", "precision")]
    # A hash is told from another by its first digits; --json has all of them.
    names.append(str(engine.get("plan") or "")[: len("sha256:") + 12])
    return " ".join(name for name in names if name) or "none"


def event_lines(event: Json, coloured: Coloured) -> List[str]:
    """Return an event's lines; a heartbeat has none."""
    kind = event.get("type")
    if kind == "verdict":
        return verdict_lines(event, coloured)
    if kind == "state":
        text = "{} is {}".format(event.get("part"), event.get("state"))
        detail = event.get("detail")
        return list(wrapped("", "-- {}: {}".format(text, detail) if detail else "-- " + text, 0))
    if kind == "telemetry":
        return ["-- " + line for line in status_lines({"device": event})[:1]]
    if kind == "gap":
        count = event.get("dropped")
        dropped = "some events were" if count is None else "{} events were".format(count)
        return ["-- {} dropped; plantd-cli history has every verdict".format(dropped)]
    return []


def model_lines(model: Optional[Json]) -> List[str]:
    """Return the active model's facts, from `model` of /v1/hello."""
    if not model:
        return ["no model is loaded; plantd-cli status says why"]
    lines = ["active  {} {}".format(model.get("name"), model.get("version"))]
    species = model.get("species") or ()
    poisonous = sum(bool(entry.get("poisonous")) for entry in species)
    facts = [
        "{} species, {} of them poisonous".format(len(species), poisonous),
        *calibration(model),
        "from {}".format(model.get("path")),
    ]
    for fact in facts:
        lines += wrapped("", fact, 8)
    for name, value in (model.get("thresholds") or {}).items():
        if value is not None and not isinstance(value, dict):
            shown = "{:g}".format(value) if isinstance(value, float) else str(value)
            lines.append("        {} {}".format(name, shown))
    return lines
