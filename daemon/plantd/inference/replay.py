"""A recorded press computed again from its kept network input: where does it begin to differ?

Four stages, in the order of the data's way: tensor, poison, species, decision. The record keeps the
network's input losslessly and its probabilities with five digits, so that any engine can be asked
what it makes of the same input: FP16's drift and disputed verdicts become visible.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from plantd import picture, tensor
from plantd.answers import Rule
from plantd.assessment import Assessment, assess
from plantd.bundle import Bundle
from plantd.engine.interface import Engine
from plantd.engine.self_test import TOLERANCE
from plantd.place.surroundings import surroundings_from_json
from plantd.quality import Quality

Json = Dict[str, Any]

# The record has five digits after the point: less than one unit of the last is no difference.
RESOLUTION = 1.01e-5


# Key of the record -> field of the prediction.
FIGURES = (
    ("energy", "energy"),
    ("standout", "standout"),
    ("no_plant", "no_plant_p"),
    ("another_plant", "another_plant_p"),
)


class Kept(NamedTuple):
    """What the record keeps of one press.

    Attributes:
        verdict: as /v1/verdicts/SEQ has it.
        network_input: PNG bytes; picture: JPEG bytes, None when it is no longer kept.
    """

    verdict: Json
    network_input: bytes
    picture: Optional[bytes]


class Stage(NamedTuple):
    """One stage, then and now.

    Attributes:
        difference: the largest of a probability; None where that is no number.
        is_same: no difference above what the record resolves.
        note: what else is to be said.
    """

    name: str
    recorded: str
    here: str
    difference: Optional[float]
    is_same: bool
    note: str = ""


class Replay(NamedTuple):
    """What came of it.

    Attributes:
        recorded, here: backend and precision, then and now.
        allowed: by how much a probability may differ for the coarser of the two precisions.
    """

    seq: int
    recorded: str
    here: str
    stages: Tuple[Stage, ...]
    allowed: float

    @property
    def first(self) -> Optional[Stage]:
        """Return the first stage that differs; None when none does."""
        return next((stage for stage in self.stages if not stage.is_same), None)


def replay(kept: Kept, bundle: Bundle, engine: Engine) -> Replay:
    """Return the comparison; the engine must be open.

    Raises BundleError when the kept input does not fit the model, PictureError when it is damaged,
    EngineError when the engine fails.
    """
    recorded = kept.verdict
    spec = bundle.manifest.input
    resized = tensor.unstacked(picture.decode(kept.network_input), spec)
    outputs = [engine.infer(tensor.from_resized(one, spec)) for one in resized]
    around = surroundings_from_json(recorded.get("place"))
    assessment = assess(bundle, outputs, _quality(kept), _calls_edible(recorded), around)
    then, now = _engine_then(recorded), engine.info
    coarser = max(TOLERANCE.get(then[1], 0.0), TOLERANCE[now.precision])
    return Replay(
        seq=int(recorded["seq"]),
        recorded="{} {}".format(*then),
        here="{} {}".format(now.backend, now.precision),
        stages=(
            _tensor(recorded, bundle),
            _poison(recorded, assessment),
            _species(recorded, assessment),
            _decision(recorded, assessment, bundle),
        ),
        allowed=coarser,
    )


def _calls_edible(recorded: Json) -> bool:
    """Whether the box called anything edible then: that is its owner's choice, no engine's."""
    return Rule.EDIBLE_OFF.value not in (recorded.get("reasons") or ())


def _engine_then(recorded: Json) -> Tuple[str, str]:
    engine = recorded.get("engine") or {}
    return str(engine.get("backend", "no engine")), str(engine.get("precision", ""))


def _quality(kept: Kept) -> Quality:
    """The verdict's own figures; what it does not carry is measured on the kept picture."""
    frame = kept.verdict.get("frame") or {}
    figures = {
        "width_px": frame.get("width"),
        "height_px": frame.get("height"),
        "sharpness": frame.get("sharpness"),
        "brightness": frame.get("brightness"),
        "contrast": frame.get("contrast"),
        "dark_share": frame.get("dark_share"),
        "bright_share": frame.get("bright_share"),
        "flat_share": frame.get("flat_share"),
        "evenness": frame.get("evenness"),
    }
    known = {name: value for name, value in figures.items() if value is not None}
    pixels = picture.decode(kept.picture or kept.network_input)
    return picture.quality_of(pixels)._replace(**known)


def _tensor(recorded: Json, bundle: Bundle) -> Stage:
    """The input is the recorded one, bit for bit; what can differ is whose input it is."""
    title = bundle.manifest.title
    is_same = recorded.get("model") == title
    note = "" if is_same else "another model: what follows compares two models, not two engines"
    return Stage("tensor", str(recorded.get("model")), title, None, is_same, note)


def _poison(recorded: Json, assessment: Assessment) -> Stage:
    assert assessment.prediction is not None
    p_then = (recorded.get("poison") or {}).get("p")
    p_now = assessment.prediction.poison_p
    difference = _difference(p_then, p_now)
    return Stage("poison", _text(p_then), _text(p_now), difference, _is_small(difference))


def _species(recorded: Json, assessment: Assessment) -> Stage:
    assert assessment.prediction is not None
    prediction = assessment.prediction
    here = {candidate.label: candidate.p for candidate in prediction.species}
    then = recorded.get("species") or recorded.get("nearest") or []
    differences = [_difference(each["p"], here.get(each["label"])) for each in then]
    differences.append(_difference(recorded.get("poisonous_mass"), prediction.poisonous_mass))
    worst = None if None in differences else max(d for d in differences if d is not None)
    best: Json = then[0] if then else {"label": "nothing", "p": None}
    return Stage(
        "species",
        "{} {}".format(best["label"], _text(best["p"])),
        "{} {}".format(prediction.best.label, _text(prediction.best.p)),
        worst,
        _is_small(worst) and best["label"] == prediction.best.label,
        _figures_note(recorded, assessment),
    )


def _figures_note(recorded: Json, assessment: Assessment) -> str:
    """What is no species' probability is shown, then and now, where it differs."""
    told = []
    for name, field in FIGURES:
        then, now = recorded.get(name), getattr(assessment.prediction, field)
        if not _is_small(_difference(then, now)) and (then is not None or now == now):
            told.append("{} {} -> {}".format(name, _text(then), _text(now)))
    return ", ".join(told)


def _decision(recorded: Json, assessment: Assessment, bundle: Bundle) -> Stage:
    then = (str(recorded.get("verdict")), str(recorded.get("rule")))
    decision = assessment.decision
    now, reasons_now = (decision.answer, decision.rule.value), [x.value for x in decision.reasons]
    reasons = sorted(recorded.get("reasons") or []) == sorted(reasons_now)
    notes = []
    if then == now and not reasons:
        notes.append("other reasons: {}".format(", ".join(reasons_now)))
    if _thresholds_differ(recorded, bundle):
        notes.append("the thresholds are others now")
    return Stage(
        "decision",
        "{} ({})".format(*then),
        "{} ({})".format(*now),
        None,
        then == now and reasons,
        "; ".join(notes),
    )


def _thresholds_differ(recorded: Json, bundle: Bundle) -> bool:
    then = recorded.get("thresholds")
    now = bundle.manifest.thresholds._asdict()
    return then is not None and any(
        then.get(name) != value for name, value in now.items() if name != "quality"
    )


def _difference(then: Optional[float], now: Optional[float]) -> Optional[float]:
    if then is None or now is None or now != now:
        return None
    return abs(float(then) - float(now))


def _is_small(difference: Optional[float]) -> bool:
    return difference is not None and difference <= RESOLUTION


def _text(value: Optional[float]) -> str:
    return "none" if value is None or value != value else "{:.5f}".format(value)


def lines(found: Replay) -> List[str]:
    """Return the comparison for people."""
    told = ["#{}: recorded on {}, replayed on {}".format(found.seq, found.recorded, found.here)]
    rows = [(each.name, each.recorded, each.here, _words(each)) for each in found.stages]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        told.append("  {}  {}  {}  {}".format(*cells, row[3]))
    return told + [verdict_line(found)]


def verdict_line(found: Replay) -> str:
    """Return what it comes to, in one sentence."""
    first = found.first
    if first is None:
        return "nothing differs"
    if first.difference is None:
        return "the first stage that differs: {}".format(first.name)
    within = first.difference <= found.allowed
    return "the first stage that differs: {}, by {:.5f}; {} than the {:g} that is allowed".format(
        first.name, first.difference, "not more" if within else "MORE", found.allowed
    )


def json_from_replay(found: Replay) -> Json:
    """Return the comparison for programs."""
    first = found.first
    return {
        "schema": 1,
        "seq": found.seq,
        "recorded": found.recorded,
        "here": found.here,
        "stages": [dict(each._asdict()) for each in found.stages],
        "first_difference": first.name if first else None,
        "allowed": found.allowed,
    }


def _words(stage: Stage) -> str:
    by = "" if stage.difference is None else " by {:.5f}".format(stage.difference)
    told = "same" if stage.is_same else "differs" + by
    return told + ("; " + stage.note if stage.note else "")
