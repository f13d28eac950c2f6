"""Verdict to JSON and back. Pure: clock, sequence and latencies are handed in."""

import math
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from plantd.heads import Candidate, Prediction
from plantd.place.surroundings import NOWHERE, Surroundings, json_from_surroundings
from plantd.quality import ADVICE, Quality
from plantd.verdict import Decision, Thresholds
from plantd.words import place_of_suspect

SCHEMA = 1
TOP_SPECIES = 5

Json = Dict[str, Any]


class Moment(NamedTuple):
    """When something happened, on a box whose clock may be wrong.

    Attributes:
        boot_id: of the kernel's boot; monotonic times compare only within one.
        mono_s: monotonic seconds.
        wall: UTC as "2026-06-01T10:12:03Z".
        synchronised: whether the wall clock was.
    """

    boot_id: str
    mono_s: float
    wall: str
    synchronised: bool


class FrameFacts(NamedTuple):
    """Which frame a verdict is about; all but the quality is None for a picture that was sent in.

    Attributes:
        quality: what the burst amounts to: `plantd.quality.burst_quality`.
        age_ms: from its arrival until it was taken up.
        after_press_ms: from the press until its arrival; never negative.
        burst: how many frames were looked at; this is the one that is kept.
    """

    quality: Quality
    id: Optional[int] = None
    age_ms: Optional[float] = None
    after_press_ms: Optional[float] = None
    burst: int = 1


class EngineFacts(NamedTuple):
    """Which engine answered."""

    backend: str
    precision: str
    plan: str


class Group(NamedTuple):
    """What the likely candidates have in common, where none of them is clear.

    Attributes:
        words: what one plant of it is called, such as "a mallow".
        rank: genus or family.
        p: of those candidates together.
        has_poisonous: whether one of them is poisonous.
    """

    words: str
    rank: str
    scientific_name: str
    p: float
    has_poisonous: bool


class Verdict(NamedTuple):
    """One answer with everything it rests on.

    Attributes:
        reading: None when no engine could look at the picture.
        look_alikes: names of the dangerous plants this could be mistaken for.
        caution: one line from species.yaml about the best species; may be empty.
        calibrated: False says that the thresholds are provisional.
        recorded: False says that the record was not committed before this was sent.
        thresholds: what the decision was measured against.
        latency_ms: by stage, in the order of the stages.
        sentence: the answer in words.
        names: label -> what the species is called in texts; the label itself where it has no name.
        is_named: False says that the picture shows none of the species, they are only the nearest.
        deadly_look_alikes: (name, how to tell it apart) of what keeps it from being edible.
        around: where and when it was, as coarse as the decision rests on it.
    """

    seq: int
    moment: Moment
    trigger: str
    frame: Optional[FrameFacts]
    decision: Decision
    prediction: Optional[Prediction]
    look_alikes: Tuple[str, ...]
    caution: str
    model: str
    calibrated: bool
    engine: Optional[EngineFacts]
    latency_ms: Tuple[Tuple[str, float], ...]
    recorded: bool = True
    thresholds: Optional[Thresholds] = None
    sentence: str = ""
    names: Mapping[str, str] = {}
    is_named: bool = True
    group: Optional[Group] = None
    deadly_look_alikes: Tuple[Tuple[str, str], ...] = ()
    around: Surroundings = NOWHERE


def json_from_verdict(verdict: Verdict) -> Json:
    """Return the verdict as it goes over the socket, into the log and into the record."""
    decision = verdict.decision
    species = _json_from_species(verdict)
    return {
        "schema": SCHEMA,
        "type": "verdict",
        "seq": verdict.seq,
        **json_from_moment(verdict.moment),
        "trigger": verdict.trigger,
        "frame": _json_from_frame(verdict.frame),
        "verdict": decision.answer,
        "rule": decision.rule.value,
        "sentence": verdict.sentence,
        "reasons": [reason.value for reason in decision.reasons],
        "picture_faults": list(decision.picture_faults),
        "advice": [ADVICE[fault] for fault in decision.picture_faults],
        **_json_from_prediction(verdict.prediction),
        "species": species if verdict.is_named else [],
        "nearest": [] if verdict.is_named else species,
        "group": _json_from_group(verdict.group),
        "look_alikes": list(verdict.look_alikes),
        "deadly_look_alikes": [
            {"name": name, "tell_apart": told} for name, told in verdict.deadly_look_alikes
        ],
        "caution": verdict.caution,
        "model": verdict.model,
        "calibrated": verdict.calibrated,
        "engine": verdict.engine._asdict() if verdict.engine else None,
        "latency_ms": {stage: round(value, 2) for stage, value in verdict.latency_ms},
        "recorded": verdict.recorded,
        "thresholds": json_from_thresholds(verdict.thresholds) if verdict.thresholds else None,
        "place": json_from_surroundings(verdict.around),
    }


def json_from_thresholds(thresholds: Thresholds) -> Json:
    """Return the thresholds, those of the picture in a section of their own."""
    return {**thresholds._asdict(), "quality": dict(thresholds.quality._asdict())}


def json_from_moment(moment: Moment) -> Json:
    """Return the keys that say when."""
    return {
        "boot_id": moment.boot_id,
        "mono_s": round(moment.mono_s, 3),
        "wall": moment.wall,
        "clock": "synchronised" if moment.synchronised else "unsynchronised",
    }


def json_from_state(moment: Moment, part: str, state: str, detail: str) -> Json:
    """Return a state event: `part` (service, camera, engine, record, ...) is now `state`."""
    return {
        "schema": SCHEMA,
        "type": "state",
        **json_from_moment(moment),
        "part": part,
        "state": state,
        "detail": detail,
    }


def json_from_telemetry(moment: Moment, readings: Json) -> Json:
    """Return a telemetry event around the readings of telemetry/."""
    return {"schema": SCHEMA, "type": "telemetry", **json_from_moment(moment), **readings}


def _json_from_frame(frame: Optional[FrameFacts]) -> Optional[Json]:
    if frame is None:
        return None
    quality = frame.quality
    return {
        "id": frame.id,
        "age_ms": _milliseconds(frame.age_ms),
        "after_press_ms": _milliseconds(frame.after_press_ms),
        "burst": frame.burst,
        "width": quality.width_px,
        "height": quality.height_px,
        "sharpness": _number(quality.sharpness, 1),
        "brightness": _number(quality.brightness, 1),
        "contrast": _number(quality.contrast, 1),
        "dark_share": _number(quality.dark_share, 3),
        "bright_share": _number(quality.bright_share, 3),
        "flat_share": _number(quality.flat_share, 3),
        "evenness": _number(quality.evenness, 3),
    }


def _json_from_prediction(prediction: Optional[Prediction]) -> Json:
    figures = {
        "poisonous_mass": prediction and prediction.poisonous_mass,
        "energy": prediction and prediction.energy,
        "standout": prediction and prediction.standout,
        "no_plant": prediction and prediction.no_plant_p,
        "no_plant_least": prediction and prediction.no_plant_least_p,
        "another_plant": prediction and prediction.another_plant_p,
    }
    numbers = {name: None if value is None else _number(value) for name, value in figures.items()}
    return {"poison": {"p": _number(prediction.poison_p) if prediction else None}, **numbers}


def _json_from_species(verdict: Verdict) -> List[Json]:
    species: List[Candidate] = list(verdict.prediction.species) if verdict.prediction else []
    suspect = place_of_suspect((each.poisonous, each.p) for each in species) or 0
    # A poisonous plant that a warning may be about is listed, however many are likelier.
    listed = species[:TOP_SPECIES] + species[max(suspect, TOP_SPECIES) : suspect + 1]
    return [
        {
            "label": c.label,
            "name": verdict.names.get(c.label, c.label),
            "p": _number(c.p),
            "poisonous": c.poisonous,
        }
        for c in listed
    ]


def _json_from_group(group: Optional[Group]) -> Optional[Json]:
    return {**group._asdict(), "p": _number(group.p)} if group else None


def _number(value: float, digits: int = 5) -> Optional[float]:
    return round(value, digits) if math.isfinite(value) else None


def _milliseconds(value: Optional[float]) -> Optional[float]:
    return None if value is None else round(value, 1)
