"""What a model answers on each kind of picture, and the strangers it is wrong about. Pure."""

from typing import List, NamedTuple, Sequence, Tuple, Union

from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import (
    EXTRA,
    PLANT,
    REPORTED,
    THING,
    Division,
    Stranger,
    in_part,
    is_poisonous,
)
from plantd_training.evaluation.predictors import Answer

HEADER = ("photographs", "n", "edible", "poisonous", "unsure", "learned from")


class Row(NamedTuple):
    """One kind of picture: how many, what they were called, how many the model learned from."""

    what: str
    n: int
    edible: int
    poisonous: int
    unsure: int
    learned: int


class AnsweredPhoto(NamedTuple):
    """One picture with its answer.

    Attributes:
        learned: whether the model learned from it.
    """

    photo: Photo
    answer: Answer
    learned: bool


class AnsweredStranger(NamedTuple):
    """One stranger with its answer; see AnsweredPhoto."""

    stranger: Stranger
    answer: Answer
    learned: bool


def rows_of_known(split: str, seen: Sequence[AnsweredPhoto], deadly: Sequence[str]) -> List[Row]:
    """Return the rows of photographs of the labels.

    Args:
        deadly: labels that have a deadly look-alike.
    """
    edible = [one for one in seen if not one.photo.poisonous]
    free = [one for one in edible if one.photo.label not in deadly]
    return [
        _row("{}: edible plants".format(split), edible),
        _row("{}: edible plants without a deadly look-alike".format(split), free),
        _row("{}: poisonous plants".format(split), [s for s in seen if s.photo.poisonous]),
    ]


def rows_of_strangers(seen: Sequence[AnsweredStranger], division: Division) -> List[Row]:
    """Return the rows of strangers: all of them, and those that were kept apart."""
    strangers = [one.stranger for one in seen]
    kept = {one.path for one in in_part(strangers, division, REPORTED)}
    rows = []
    for name, chosen in (
        ("poisonous plants outside the labels", [s for s in seen if is_poisonous(s.stranger)]),
        ("all plants outside the labels", [s for s in seen if s.stranger.kind == PLANT]),
        ("no plant", [s for s in seen if s.stranger.kind == THING]),
    ):
        chosen = [one for one in chosen if one.stranger.kind != EXTRA]
        apart = [one for one in chosen if one.stranger.path in kept]
        rows += [_row(name + ", kept apart", apart), _row(name + ", all", chosen)]
    return rows


def called_edible(seen: Sequence[AnsweredStranger]) -> List[AnsweredStranger]:
    """Return every stranger called edible: poisonous ones first, the surest before the others."""
    strange = [one for one in seen if one.stranger.kind != EXTRA]
    chosen = [one for one in strange if one.answer.verdict == EDIBLE]
    return sorted(chosen, key=_worst)


def things_called_poisonous(seen: Sequence[AnsweredStranger]) -> List[AnsweredStranger]:
    """Return every picture of no plant called poisonous, the surest first."""
    things = [one for one in seen if one.stranger.kind == THING]
    chosen = [one for one in things if one.answer.verdict == POISONOUS]
    return sorted(chosen, key=lambda one: -one.answer.prediction.poison_p)


def _worst(one: AnsweredStranger) -> Tuple[bool, bool, float]:
    return (not is_poisonous(one.stranger), one.learned, -one.answer.prediction.best.p)


def _row(what: str, seen: Sequence[Union[AnsweredPhoto, AnsweredStranger]]) -> Row:
    given = [one.answer.verdict for one in seen]
    edible, poisonous, unsure = (given.count(each) for each in (EDIBLE, POISONOUS, UNSURE))
    return Row(what, len(given), edible, poisonous, unsure, sum(one.learned for one in seen))
