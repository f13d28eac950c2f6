"""An evaluation as one page: what matters first, worst cases first."""

from pathlib import Path
from typing import List, Mapping, Sequence, Tuple

import numpy as np

from plantd_calibration.data.photos import Photo
from plantd_import.pages import plots
from plantd_import.pages.page import KeyFigure, Page
from plantd_training.data.pictures import pixels_of
from plantd_training.evaluation import measures, verdict_table
from plantd_training.evaluation.measures import Share
from plantd_training.evaluation.report import SHARE_HEADER, Evaluation, caution, row, verdict_counts
from plantd_training.evaluation.verdict_table import AnsweredStranger
from plantd_training.reports.contact_sheets import small, small_photos

GRID = 60


def page(one: Evaluation, looked: Mapping[Path, np.ndarray], told: str) -> Page:
    """Return the evaluation as one page.

    Args:
        looked: where the network looked, by file: `activation_pictures.beside`.
        told: what is seen on them.
    """
    made = Page("{} on {}".format(one.predictor, one.split))
    if caution(one):
        made.paragraph("Caution: {}.".format(caution(one)), bad=True)
    made.key_figures(_key_figures(one))
    _tell_answers(made, one, looked, told)
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


def _tell_answers(
    made: Page, one: Evaluation, looked: Mapping[Path, np.ndarray], told: str
) -> None:
    if not one.rows:
        return
    made.heading("What it answers")
    made.table(verdict_table.HEADER, [tuple(each) for each in one.rows])
    made.paragraph(told)
    for title, chosen in (
        (
            "Out of distribution, called edible: each, the worst first",
            one.edible_strangers,
        ),
        ("Every picture of no plant called poisonous", one.poisonous_things),
    ):
        made.heading(title)
        made.paragraph("{} of them.".format(len(chosen)), bad=bool(chosen))
        made.pictures([(_picture(each, looked), _line(each)) for each in chosen])


def _picture(one: AnsweredStranger, looked: Mapping[Path, np.ndarray]) -> np.ndarray:
    both = looked.get(one.stranger.path)
    if both is None:
        return small(pixels_of(_photo(one)))
    return np.hstack([small(half) for half in np.split(both, 2, axis=1)])


def _photo(one: AnsweredStranger) -> Photo:
    return Photo(one.stranger.path, one.stranger.label, bool(one.stranger.poisonous))


def _line(one: AnsweredStranger) -> str:
    prediction, bad = one.answer.prediction, " (poisonous)" if one.stranger.poisonous else ""
    return "{}{}: {} {:.2f}, poison {:.3f}{}".format(
        one.stranger.label,
        bad,
        prediction.best.label,
        prediction.best.p,
        prediction.poison_p,
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
    verdicts = verdict_counts(one)
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
            one.answers[i].prediction.best.label,
            one.answers[i].prediction.best.p,
            one.answers[i].prediction.poison_p,
        )
        for i in places
    ]
    return list(zip(small_photos(chosen), captions))
