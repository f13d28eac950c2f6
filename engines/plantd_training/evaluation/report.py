"""An evaluation as one value and one JSON; `report_page` shows it."""

import math
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import Division
from plantd_training.evaluation import measures, verdict_table
from plantd_training.evaluation.measures import Poison, Share, Species, Strangers
from plantd_training.evaluation.predictors import Answer
from plantd_training.evaluation.verdict_table import AnsweredPhoto, AnsweredStranger, Row

SOURCE_KEYS = ("top1", "poison_recall", "edible_passed")
SHARE_HEADER = ("share", "hits", "of", "from", "to (95 %)")


class Evaluation(NamedTuple):
    """Everything measured of one predictor on one split.

    Attributes:
        threshold_from: where the poison threshold was frozen.
        others: strangers by name, such as unknown plants.
        learned: how many of the photographs the model learned from.
        rows: what it answers, kind by kind; empty where nothing decides.
        edible_strangers, poisonous_things: what it is wrong about, the worst first.
    """

    predictor: str
    split: str
    threshold_from: str
    photos: Sequence[Photo]
    answers: Sequence[Answer]
    species: Species
    poison: Poison
    sources: Dict[str, Tuple[Share, Share, Share]]
    others: Dict[str, Strangers]
    learned: int = 0
    rows: Sequence[Row] = ()
    edible_strangers: Sequence[AnsweredStranger] = ()
    poisonous_things: Sequence[AnsweredStranger] = ()

    @property
    def wrong(self) -> List[AnsweredStranger]:
        """Everything that a report shows as a picture, because it is wrong."""
        return [*self.edible_strangers, *self.poisonous_things]


def with_answers(
    one: Evaluation,
    learned: np.ndarray,
    strangers: Sequence[AnsweredStranger],
    division: Optional[Division],
    deadly: Sequence[str],
) -> Evaluation:
    """Return the evaluation with what the model answers, kind by kind.

    Args:
        learned: (n,) bool: which of the photographs the model learned from.
        division: of the strangers, where there are some.
        deadly: labels that have a deadly look-alike.
    """
    known = [AnsweredPhoto(*each) for each in zip(one.photos, one.answers, map(bool, learned))]
    rows = verdict_table.rows_of_known(one.split, known, deadly)
    if division is not None:
        rows = verdict_table.rows_of_strangers(strangers, division) + rows
    return one._replace(
        learned=int(learned.sum()),
        rows=rows,
        edible_strangers=verdict_table.called_edible(strangers),
        poisonous_things=verdict_table.things_called_poisonous(strangers),
    )


def caution(one: Evaluation) -> str:
    """Return what a reader must know of figures that flatter; nothing where they do not."""
    if not one.learned:
        return ""
    return (
        "the model learned from {} of these {} photographs: the figures flatter, and say nothing "
        "about others".format(one.learned, len(one.photos))
    )


def evaluation(
    predictor: str,
    split: str,
    labelled: Tuple[Sequence[Photo], Sequence[Answer]],
    threshold: Tuple[float, str],
    others: Mapping[str, Sequence[Answer]],
) -> Evaluation:
    """Return all figures of a predictor's answers.

    Args:
        labelled: photographs of known labels with their answers.
        threshold: of the poison head, and where it was frozen.
        others: answers on pictures of nothing the network knows, by what they are.
    """
    photos, answers = labelled
    return Evaluation(
        predictor,
        split,
        threshold[1],
        photos,
        answers,
        measures.species(answers, photos),
        measures.poison(answers, photos, threshold[0]),
        measures.by_source(answers, photos, threshold[0]),
        {name: measures.strangers(found, threshold[0]) for name, found in others.items()},
    )


def json_from_evaluation(one: Evaluation) -> Dict[str, Any]:
    """Return the figures as plain values; photographs by their file names."""
    poison = {k: v for k, v in one.poison._asdict().items() if k not in ("curve", "missed")}
    for name in ("recall", "edible_passed"):
        poison[name] = _json_from_share(poison[name])
    for name in ("f1", "average_precision"):
        poison[name] = None if math.isnan(poison[name]) else poison[name]
    species = one.species._asdict()
    species["recall"] = {label: _json_from_share(s) for label, s in one.species.recall.items()}
    for name in ("top1", "top5"):
        species[name] = _json_from_share(species[name])
    return {
        "predictor": one.predictor,
        "split": one.split,
        "threshold_from": one.threshold_from,
        "species": species,
        "poison": {**poison, "missed": [one.photos[i].path.name for i in one.poison.missed]},
        "sources": {
            name: {k: _json_from_share(s) for k, s in zip(SOURCE_KEYS, shares)}
            for name, shares in one.sources.items()
        },
        "strangers": {
            name: {
                "n": s.n,
                "called_poisonous": _json_from_share(s.called_poisonous),
                "sure": _json_from_share(s.sure),
                "energy": [None if math.isnan(value) else value for value in s.energy],
            }
            for name, s in one.others.items()
        },
        "verdicts": verdict_counts(one),
        "learned_from": one.learned,
        "caution": caution(one),
        "answers": [row._asdict() for row in one.rows],
        "edible_strangers": [_json_from_stranger(each) for each in one.edible_strangers],
        "poisonous_things": [_json_from_stranger(each) for each in one.poisonous_things],
    }


def _json_from_stranger(one: AnsweredStranger) -> Dict[str, Any]:
    prediction = one.answer.prediction
    return {
        "file": one.stranger.path.name,
        "label": one.stranger.label,
        "poisonous": one.stranger.poisonous,
        "learned_from": one.learned,
        "best": prediction.best.label,
        "best_p": prediction.best.p,
        "poison_p": prediction.poison_p,
    }


def _json_from_share(value: Share) -> Dict[str, Any]:
    """JSON knows no NaN: the share of nothing is null."""
    return dict(value._asdict(), share=value.share if value.n else None)


def verdict_counts(one: Evaluation) -> List[Dict[str, Any]]:
    """Return how often each verdict was given to edible and to poisonous plants."""
    rows = [
        ("poisonous" if photo.poisonous else "edible", answer.verdict)
        for photo, answer in zip(one.photos, one.answers)
        if answer.verdict
    ]
    return [
        {"plant": plant, "verdict": verdict, "n": rows.count((plant, verdict))}
        for plant, verdict in sorted(set(rows))
    ]


def row(value: Share) -> Tuple[float, int, int, float, float]:
    """Return a share as the cells below SHARE_HEADER."""
    return value.share, value.hits, value.n, value.low, value.high
