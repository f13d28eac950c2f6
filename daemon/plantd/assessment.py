"""What the outputs of a press's frames amount to, for a verdict or for its replay. Pure."""

from typing import NamedTuple, Optional, Sequence

from plantd import heads, verdict
from plantd.bundle import Bundle
from plantd.heads import HeadOutputs, Prediction
from plantd.quality import Quality
from plantd.verdict import Decision


class Assessment(NamedTuple):
    """What one press amounts to; without a prediction where no engine looked at it."""

    decision: Decision
    prediction: Optional[Prediction]
    quality: Quality


def assess(
    bundle: Bundle, outputs: Sequence[HeadOutputs], measured: Quality, edible: bool = True
) -> Assessment:
    """Return the decision on a press's outputs, one a frame.

    Args:
        measured: the quality of the sharpest frame.
        edible: as the configuration has verdict.edible.
    """
    predictions = [prediction_from_outputs(bundle, one) for one in outputs]
    return assess_predictions(bundle, predictions, measured, edible)


def prediction_from_outputs(bundle: Bundle, outputs: HeadOutputs) -> Prediction:
    """Return what one frame's outputs say."""
    return heads.predict(outputs, bundle.manifest.poison, bundle.species_head)


def assess_predictions(
    bundle: Bundle, predictions: Sequence[Prediction], measured: Quality, edible: bool
) -> Assessment:
    """Return the decision on the worst case of several frames of one plant; see `assess`."""
    prediction = heads.worst_case(predictions)
    decision = verdict.decide(prediction, measured, bundle.manifest.thresholds, edible)
    return Assessment(decision, prediction, measured)
