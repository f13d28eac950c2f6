"""An engine in fewer bits before the gate: pictures that judge, against FP32's answers."""

from typing import List, Sequence

import numpy as np

from plantd import picture
from plantd.assessment import assess
from plantd.bundle import Bundle
from plantd.engine.interface import Engine
from plantd.errors import PlanError
from plantd.heads import HeadOutputs
from plantd.quality import Quality
from plantd.tensor import to_tensor
from plantd_engines.calibration import calibration_set
from plantd_engines.calibration.calibration_set import CalibrationError, CalibrationSet, GatePicture
from plantd_engines.proof import agreement
from plantd_engines.proof.agreement import Agreement, Answer


def measure_agreement(
    bundle: Bundle, engine: Engine, found: CalibrationSet, nothing_moves: bool = False
) -> Agreement:
    """Open the engine, show it every picture that judges, and return the counts.

    Args:
        nothing_moves: not one answer may be another one, as is asked of FP16; else the conditions
            of `agreement`, as is asked of 8 bits.

    Raises PlanError with the conditions that do not hold, or the picture whose answer moved;
    CalibrationError for a set that does not fit the bundle.
    """
    before: List[Answer] = []
    after: List[Answer] = []
    with engine:
        for each in found.judge:
            pixels = picture.decode(calibration_set.picture_bytes(found, each.picture))
            measured = picture.quality_of(pixels)
            before.append(_answer(bundle, _reference(bundle, each), measured))
            seen = engine.infer(to_tensor(pixels, bundle.manifest.input))
            after.append(_answer(bundle, seen, measured))
    counted = agreement.agreement(before, after, [each.poisonous for each in found.judge])
    if nothing_moves:
        _check_none_moved([each.picture.file for each in found.judge], before, after)
    else:
        _check(agreement.failures(counted))
    return counted


def _check(failures: Sequence[str]) -> None:
    if failures:
        raise PlanError(
            "the calibrated engine does not answer as the graph does: {}".format(
                "; ".join(failures)
            )
        )


def _check_none_moved(files: Sequence[str], before: List[Answer], after: List[Answer]) -> None:
    moved = [each for each in zip(files, before, after) if each[1] != each[2]]
    if moved:
        file, was, now = moved[0]
        raise PlanError(
            "{} of {} answers moved, the first on {}: from {}, {} to {}, {}".format(
                len(moved), len(files), file, was.verdict, was.species, now.verdict, now.species
            )
        )


def _reference(bundle: Bundle, each: GatePicture) -> HeadOutputs:
    sizes = (len(each.poison), len(each.species))
    if sizes != bundle.output_sizes:
        raise CalibrationError(
            "{} lists {} values of the heads; the bundle has {}; make the set again with "
            "plantd-calibrate inputs".format(each.picture.file, sizes, bundle.output_sizes)
        )
    return HeadOutputs(np.asarray(each.poison, np.float32), np.asarray(each.species, np.float32))


def _answer(bundle: Bundle, outputs: HeadOutputs, measured: Quality) -> Answer:
    assessment = assess(bundle, [outputs], measured)
    assert assessment.prediction is not None
    return Answer(assessment.decision.answer, assessment.prediction.best.label)
