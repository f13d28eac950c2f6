"""An evaluation as one page and one JSON."""

import math
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import Division
from plantd_calibration.pages import plots
from plantd_calibration.pages.page import KeyFigure, Page
from plantd_training.data.pictures import pixels_of
from plantd_training.evaluation import measures, verdict_table
from plantd_training.evaluation.measures import Poison, Share, Species, Strangers
from plantd_training.evaluation.predictors import Answer
from plantd_training.evaluation.verdict_table import Row, Seen, SeenStranger
from plantd_training.reports.contact_sheets import small, small_photos

GRID = 60
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
    edible_strangers: Sequence[SeenStranger] = ()
    poisonous_things: Sequence[SeenStranger] = ()


def with_answers(
    one: Evaluation,
    learned: np.ndarray,
    strangers: Sequence[SeenStranger],
    division: Optional[Division],
    deadly: Sequence[str],
) -> Evaluation:
    """Return the evaluation with what the model answers, kind by kind.

    Args:
        learned: (n,) bool: which of the photographs the model learned from.
        division: of the strangers, where there are some.
        deadly: labels that have a deadly look-alike.
    """
    known = [Seen(*each) for each in zip(one.photos, one.answers, map(bool, learned))]
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
        "verdicts": _verdicts(one),
        "learned_from": one.learned,
        "caution": caution(one),
        "answers": [row._asdict() for row in one.rows],
        "edible_strangers": [_json_from_stranger(each) for each in one.edible_strangers],
        "poisonous_things": [_json_from_stranger(each) for each in one.poisonous_things],
    }


def _json_from_stranger(one: SeenStranger) -> Dict[str, Any]:
    reading = one.answer.reading
    return {
        "file": one.stranger.path.name,
        "label": one.stranger.label,
        "poisonous": one.stranger.poisonous,
        "learned_from": one.learned,
        "best": reading.best.label,
        "best_p": reading.best.p,
        "poison_p": reading.poison_p,
    }


def _json_from_share(value: Share) -> Dict[str, Any]:
    """JSON knows no NaN: the share of nothing is null."""
    return dict(value._asdict(), share=value.share if value.n else None)


def page(one: Evaluation) -> Page:
    """Return the evaluation as one page."""
    made = Page("{} on {}".format(one.predictor, one.split))
    if caution(one):
        made.paragraph("Caution: {}.".format(caution(one)), bad=True)
    made.key_figures(_key_figures(one))
    _tell_answers(made, one)
    _tell_missed(made, one)
    _tell_poison(made, one)
    _tell_species(made, one)
    _tell_rest(made, one)
    return made


def _key_figures(one: Evaluation) -> List[KeyFigure]:
    poison, species = one.poison, one.species
    figures = [
        KeyFigure(
            "poisonous called poisonous",
            _per_cent(poison.recall),
            "{} of {} missed".format(len(poison.missed), poison.recall.n),
            bad=bool(poison.missed),
        ),
        KeyFigure("edible ones that pass the poison head", _per_cent(poison.edible_passed)),
        KeyFigure("named right first", _per_cent(species.top1), "of {}".format(species.top1.n)),
        KeyFigure("right among the first five", _per_cent(species.top5)),
    ]
    return figures + [
        KeyFigure("{} called poisonous".format(name), _per_cent(s.called_poisonous))
        for name, s in one.others.items()
    ]


def _per_cent(value: Share) -> str:
    return "{:.1f} %".format(100 * value.share) if value.n else "none there"


def _tell_missed(made: Page, one: Evaluation) -> None:
    found = one.poison
    made.heading("Missed poisonous photographs")
    made.paragraph("{} missed.".format(len(found.missed)), bad=bool(found.missed))
    made.pictures(_captioned(one, found.missed))


def _tell_answers(made: Page, one: Evaluation) -> None:
    if not one.rows:
        return
    made.heading("What it answers")
    made.table(verdict_table.HEADER, [tuple(each) for each in one.rows])
    for title, chosen in (
        ("Every stranger called edible, the worst first", one.edible_strangers),
        ("Every picture of no plant called poisonous", one.poisonous_things),
    ):
        made.heading(title)
        made.paragraph("{} of them.".format(len(chosen)), bad=bool(chosen))
        made.pictures([(small(pixels_of(_photo(each))), _line(each)) for each in chosen])


def _photo(one: SeenStranger) -> Photo:
    return Photo(one.stranger.path, one.stranger.label, bool(one.stranger.poisonous))


def _line(one: SeenStranger) -> str:
    reading, bad = one.answer.reading, " (poisonous)" if one.stranger.poisonous else ""
    return "{}{}: {} {:.2f}, poison {:.3f}{}".format(
        one.stranger.label,
        bad,
        reading.best.label,
        reading.best.p,
        reading.poison_p,
        ", learned from" if one.learned else "",
    )


def _tell_species(made: Page, one: Evaluation) -> None:
    made.heading("Species")
    rows = [("top-1", *row(one.species.top1)), ("top-5", *row(one.species.top5))]
    made.table(("", *SHARE_HEADER), rows)
    made.table(
        ("figure", ""),
        [("macro F1", one.species.macro_f1), ("calibration error", one.species.calibration_error)],
    )
    poisonous = {photo.label: photo.poisonous for photo in one.photos}
    recall = sorted(one.species.recall.items(), key=lambda pair: pair[1].share)
    marked = [poisonous[label] for label, _ in recall]
    names = [label for label, _ in recall]
    made.plot(plots.bars("Recall a label", names, [s.share for _, s in recall], marked), "recall")
    made.table(("label", *SHARE_HEADER), [(label, *row(s)) for label, s in recall])
    labels, counts = measures.confusion(one.answers, one.photos)
    made.plot(plots.matrix("Species", labels, counts), "confusion of species")


def _tell_poison(made: Page, one: Evaluation) -> None:
    found = one.poison
    made.heading("Poison head at {:.6f}, frozen on {}".format(found.threshold, one.threshold_from))
    counts = np.asarray(
        [[found.true_edible, found.false_poisonous], [found.missed_poisonous, found.true_poisonous]]
    )
    made.plot(plots.matrix("Poison", ("edible", "poisonous"), counts), "confusion of poison")
    made.table(
        ("", *SHARE_HEADER),
        [("recall", *row(found.recall)), ("edible passed", *row(found.edible_passed))],
    )
    made.table(
        ("figure", ""),
        [
            ("precision", found.precision),
            ("F1", found.f1),
            ("average precision", found.average_precision),
            ("calibration error", found.calibration_error),
        ],
    )
    if found.curve:
        curve = plots.Curve("poison", found.curve)
        made.plot(plots.lines("Poison", ("recall", "precision"), [curve]), "PR curve")


def _tell_rest(made: Page, one: Evaluation) -> None:
    made.heading("By source of the photograph")
    header = ("source", "photographs", "top-1", "poison recall", "edible passed")
    made.table(
        header,
        [
            (name, top1.n, top1.share, recall.share, passed.share)
            for name, (top1, recall, passed) in one.sources.items()
        ],
    )
    if one.others:
        made.heading("Pictures of nothing it knows")
        made.table(
            ("what", "pictures", "called poisonous", "sure of a species", "energy 5, 50, 95 %"),
            [
                (
                    name,
                    s.n,
                    s.called_poisonous.share,
                    s.sure.share,
                    ", ".join("{:.2f}".format(v) for v in s.energy),
                )
                for name, s in one.others.items()
            ],
        )
    verdicts = _verdicts(one)
    if verdicts:
        made.heading("Verdicts")
        made.table(("plant", "verdict", "photographs"), [tuple(row.values()) for row in verdicts])
    made.heading("Some photographs with what was said")
    every = max(1, len(one.photos) // GRID)
    made.pictures(_captioned(one, range(0, len(one.photos), every)))


def _captioned(one: Evaluation, places: Sequence[int]) -> List[Tuple[np.ndarray, str]]:
    chosen = [one.photos[i] for i in places]
    captions = [
        "{}: {} {:.2f}, poison {:.3f}".format(
            one.photos[i].label,
            one.answers[i].reading.best.label,
            one.answers[i].reading.best.p,
            one.answers[i].reading.poison_p,
        )
        for i in places
    ]
    return list(zip(small_photos(chosen), captions))


def _verdicts(one: Evaluation) -> List[Dict[str, Any]]:
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
