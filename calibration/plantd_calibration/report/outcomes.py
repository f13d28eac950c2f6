"""What a rule does to photographs nobody chose it on: rates with exact intervals."""

from typing import List, NamedTuple, Tuple

import numpy as np

from plantd import verdict
from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.quality import Quality
from plantd.verdict import Thresholds
from plantd_calibration.stats import bounds
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.stats.labelled_scores import LabelledScores, groups_of, missed_groups
from plantd_calibration.stats.scores import Heads, answers, predictions_of
from plantd_calibration.subsets.subset import Part, deadly
from plantd_calibration.thresholds.calibrate import Calibration

EDIBLE_PLANTS, POISONOUS_PLANTS, UNKNOWN, NEGATIVE = "edible poisonous unknown negative".split()
# Edible plants that have no deadly look-alike; poisonous ones by the data's flag alone.
FREE, FLAGGED = "free flagged".split()
POISONOUS_STRANGERS, COMPARED = "poisonous_strangers compared".split()


class Outcome(NamedTuple):
    """One kind of picture: how many there are and what they were called.

    Attributes:
        about: which of ABOUT it is.
        answered: called edible or poisonous.
    """

    name: str
    n: int
    edible: Rate
    poisonous: Rate
    answered: Rate
    unsure: Rate
    about: str = ""


class Called(NamedTuple):
    """One photograph and its verdict."""

    file: str
    label: str
    answer: str
    rule: str
    poison_p: float
    mass: float
    best: str
    best_p: float
    standout: float


class Reported(NamedTuple):
    """The photographs of the report in columns.

    Attributes:
        known: those of the model's species.
        free: (n,) bool: which of them are edible and have no deadly look-alike.
        flagged: (n,) bool: which of them the data calls poisonous.
        compared: strangers for comparison.
        kept: are the strangers kept apart from a training, or a half of some?
    """

    known: LabelledScores
    unknown: LabelledScores
    negative: LabelledScores
    free: np.ndarray
    flagged: np.ndarray
    compared: Tuple[LabelledScores, ...] = ()
    kept: bool = False


def reported(calibration: Calibration) -> Reported:
    """Return what is reported on, with the calibrated heads and picture limits."""
    parts, limits = calibration.parts, calibration.study.limits
    known, unknown, negative, *compared = (
        part.judged(calibration.both, limits)
        for part in (parts.report, parts.unknown, parts.negative, *parts.compared)
    )
    return Reported(
        known,
        unknown,
        negative,
        ~known.poisonous & ~deadly(calibration.both.species, parts.report),
        np.asarray([photo.poisonous for photo in parts.report.photos], bool),
        tuple(compared),
        calibration.learned_strangers,
    )


def outcomes(seen: Reported, thresholds: Thresholds, report: str) -> List[Outcome]:
    """Return what the thresholds do to each kind of picture of the report."""
    bad, which = seen.known.poisonous, "kept apart" if seen.kept else "other half"
    kinds = [
        ("{}, edible plants".format(report), seen.known.take(~bad), EDIBLE_PLANTS),
        ("{}, poisonous plants".format(report), seen.known.take(bad), POISONOUS_PLANTS),
        ("unknown plants, {}".format(which), seen.unknown, UNKNOWN),
        ("no plants, {}".format(which), seen.negative, NEGATIVE),
        ("{}, edible, no deadly look-alike".format(report), seen.known.take(seen.free), FREE),
        ("{}, poisonous by the data".format(report), seen.known.take(seen.flagged), FLAGGED),
    ]
    if seen.kept:
        strange = seen.unknown.take(seen.unknown.poisonous)
        kinds.insert(2, ("poisonous plants outside, kept apart", strange, POISONOUS_STRANGERS))
    names = ("unknown plants, other photographs", "no plants, other photographs")
    kinds += [(name, judged, COMPARED) for name, judged in zip(names, seen.compared)]
    return [
        outcome(name, judged, thresholds)._replace(about=about) for name, judged, about in kinds
    ]


def missed(judged: LabelledScores, thresholds: Thresholds) -> Rate:
    """Return the poisonous groups of which a photograph is called edible."""
    k, n = missed_groups(judged, thresholds), groups_of(judged)
    return bounds.rate(k, n)


def called(part: Part, both: Heads, thresholds: Thresholds) -> List[Called]:
    """Return every poisonous photograph of a part with its verdict, the worst first."""
    found = verdicts(part, both, thresholds, part.poisonous)
    worst = {EDIBLE: 0, UNSURE: 1, POISONOUS: 2}
    return sorted(found, key=lambda one: (worst[one.answer], one.label, one.file))


def strangers_called(part: Part, both: Heads, thresholds: Thresholds, answer: str) -> List[Called]:
    """Return every stranger of a part with this answer, those most sure of it first.

    Poisonous ones come before the others.
    """
    found = verdicts(part, both, thresholds, np.ones(len(part.photos), bool))
    bad = {p.path.name for p, flag in zip(part.photos, part.poisonous) if flag}
    chosen = [one for one in found if one.answer == answer]
    surest = "best_p" if answer == EDIBLE else "poison_p"
    return sorted(chosen, key=lambda one: (one.file not in bad, -getattr(one, surest)))


def verdicts(part: Part, both: Heads, thresholds: Thresholds, chosen: np.ndarray) -> List[Called]:
    """Return the chosen photographs of a part with their verdicts, in their order."""
    read = predictions_of(part.observed.poison, part.observed.species, both)
    found = []
    for place in np.flatnonzero(chosen):
        prediction, photo = read[place], part.photos[place]
        quality = Quality(*part.observed.quality[place])
        decision = verdict.decide(prediction, quality, thresholds)
        found.append(
            Called(
                photo.path.name,
                photo.label or photo.kind,
                decision.answer,
                decision.rule.value,
                prediction.poison_p,
                prediction.poisonous_mass,
                prediction.best.label,
                prediction.best.p,
                prediction.standout,
            )
        )
    return found


def outcome(name: str, judged: LabelledScores, thresholds: Thresholds) -> Outcome:
    """Return what the thresholds call photographs of one kind."""
    given, n = answers(judged.scores, thresholds), len(judged.poisonous)
    edible, poisonous, unsure = (
        int((given == answer).sum()) for answer in (EDIBLE, POISONOUS, UNSURE)
    )
    counts = (edible, poisonous, edible + poisonous, unsure)
    edible_rate, poisonous_rate, answered, unsure_rate = (bounds.rate(count, n) for count in counts)
    return Outcome(name, n, edible_rate, poisonous_rate, answered, unsure_rate)
