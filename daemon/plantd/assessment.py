"""What the outputs of a press's frames amount to, for a verdict or for its replay. Pure."""

from typing import NamedTuple, Optional, Sequence, Tuple

from plantd import heads, verdict
from plantd.answers import Rule
from plantd.bundle import Bundle
from plantd.heads import HeadOutputs, Prediction
from plantd.place.surroundings import NOWHERE, Surroundings
from plantd.quality import Quality
from plantd.verdict import Decision


class Assessment(NamedTuple):
    """What one press amounts to; without a prediction where no engine looked at it."""

    decision: Decision
    prediction: Optional[Prediction]
    quality: Quality


def assess(
    bundle: Bundle,
    outputs: Sequence[HeadOutputs],
    measured: Quality,
    edible: bool = True,
    around: Surroundings = NOWHERE,
) -> Assessment:
    """Return the decision on a press's outputs, one a frame.

    Args:
        measured: the quality of all frames: `plantd.quality.burst_quality`.
        edible: as the configuration has verdict.edible.
        around: where and when the press was, as far as anybody knows.
    """
    predictions = [prediction_from_outputs(bundle, one) for one in outputs]
    return assess_predictions(bundle, predictions, measured, edible, around)


def prediction_from_outputs(bundle: Bundle, outputs: HeadOutputs) -> Prediction:
    """Return what one frame's outputs say."""
    return heads.predict(outputs, bundle.manifest.poison, bundle.species_head)


def assess_predictions(
    bundle: Bundle,
    predictions: Sequence[Prediction],
    measured: Quality,
    edible: bool,
    around: Surroundings,
) -> Assessment:
    """Return the decision on the worst case of several frames of one plant; see `assess`."""
    prediction = heads.worst_case(predictions)
    misplaced = _misplaced(bundle, [prediction, *predictions], around)
    thresholds = bundle.manifest.thresholds
    decision = verdict.decide(prediction, measured, thresholds, edible, misplaced)
    return Assessment(decision, prediction, measured)


def _misplaced(
    bundle: Bundle, predictions: Sequence[Prediction], around: Surroundings
) -> Tuple[Rule, ...]:
    """Return what place and time say against a plant that is the best of any of these."""
    best = [bundle.species[label] for label in {each.best.label for each in predictions}]
    held = (
        (Rule.OUT_OF_PLACE, any(each.is_foreign_to(around.regions) for each in best)),
        (Rule.OUT_OF_SEASON, any(each.is_hidden_in(around.month) for each in best)),
    )
    return tuple(rule for rule, holds in held if holds)
