"""plantd-train evaluate: figures of TensorFlow, ONNX or a running plantd by one code."""

import argparse
import contextlib
import datetime
import json
import shlex
from functools import partial
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from plantd import bundle
from plantd.errors import NotFoundError, UsageError
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.data import activation_pictures, marks
from plantd_calibration.data.photo_lists import read_photos, read_pictures
from plantd_calibration.data.photos import OnDisk, Photo, in_split
from plantd_calibration.data.stranger_photos import Stranger, read_division, read_strangers
from plantd_calibration.publishing import replace
from plantd_calibration.publishing.test_set_log import TestSetUse, log_use
from plantd_training.evaluation import measures, outputs, report, report_page, shared_answers
from plantd_training.evaluation.predictors import (
    Answer,
    OnnxPredictor,
    Predictor,
    ServicePredictor,
    TensorFlowPredictor,
    answers,
)
from plantd_training.evaluation.verdict_table import AnsweredStranger
from plantd_training.export import bundle_export, evaluation_card

Ask = Callable[[Sequence[Photo]], List[Answer]]


def evaluate(given: argparse.Namespace) -> None:
    """Measure a model on photographs, and say which of them it learned from."""
    if given.card and not given.bundle:
        raise UsageError("--card writes into a bundle's card.md: give the bundle by --bundle")
    if given.cluster and given.socket:
        raise UsageError(
            "--cluster shares out what --bundle or --run answers; there is one service at --socket"
        )
    source = bundle.load(str(given.bundle)) if given.bundle else None
    photos = read_photos(given.data)
    given.split = given.split or _kept_apart(source, photos)
    chosen = in_split(photos, given.split)
    named = (("unknown plants", given.unknown), ("no plants", given.negatives))
    strangers = {name: read_pictures(folder) for name, folder in named if folder}
    shown = read_strangers(given.strangers) if given.strangers else []
    division = read_division(given.division) if shown else None
    with _predictor(given) as predictor, _asking(given, predictor) as ask:
        _check_labels(predictor, chosen)
        threshold = _threshold(given, ask, photos)
        found = ask(chosen)
        others = {name: ask(shown) for name, shown in strangers.items()}
        one = report.evaluation(predictor.name, given.split, (chosen, found), threshold, others)
        strange = _seen_strangers(source, ask, shown)
    if found[0].verdict:
        learned, deadly = _learned(source, chosen), _deadly(source)
        one = report.with_answers(one, learned, strange, division, deadly)
    _tell(given, one, source)
    if source and not source.manifest.photographs:
        print("{} does not say which photographs it learned from".format(source.manifest.title))
    if source and given.card:
        replace.replace(source, source.manifest, partial(_carded, given, source, one))
        print(given.bundle / bundle.CARD)


def _kept_apart(source: Optional[bundle.Bundle], photos: Sequence[Photo]) -> str:
    """Return the split that nobody named: val, or test where the bundle learned from val."""
    val = [photo for photo in photos if photo.split == "val"]
    return "test" if source and val and _learned(source, val).any() else "val"


def _learned(source: Optional[bundle.Bundle], photos: Sequence[OnDisk]) -> np.ndarray:
    if source is None:
        return np.zeros(len(photos), bool)
    return marks.learned_from(source.manifest, photos)


def _deadly(source: Optional[bundle.Bundle]) -> List[str]:
    if source is None:
        return []
    head = source.species_head
    return [label for label, kills in zip(head.labels, head.deadly) if kills]


def _seen_strangers(
    source: Optional[bundle.Bundle], ask: Ask, strangers: Sequence[Stranger]
) -> List[AnsweredStranger]:
    photos = [Photo(one.path, one.label, bool(one.poisonous)) for one in strangers]
    seen = zip(strangers, ask(photos), map(bool, _learned(source, strangers)))
    return [AnsweredStranger(*each) for each in seen]


def _carded(
    given: argparse.Namespace, source: bundle.Bundle, one: report.Evaluation, text: str
) -> str:
    return evaluation_card.card_with(
        text, evaluation_card.Told(one, source.manifest, _evaluate_again(given))
    )


def _evaluate_again(given: argparse.Namespace) -> str:
    """What the card tells to type; where the reports lie is nobody's business."""
    words = ["plantd-train", "evaluate", "--bundle", str(given.bundle), "--data", str(given.data)]
    words += ["--split", given.split]
    named = (
        *(("strangers", given.strangers), ("unknown", given.unknown)),
        ("negatives", given.negatives),
    )
    for name, value in (*named, ("threshold", given.threshold)):
        words += [] if value is None else ["--" + name, str(value)]
    return " ".join(shlex.quote(word) for word in [*words, "--card"])


def _predictor(given: argparse.Namespace) -> Predictor:
    if given.run:
        return TensorFlowPredictor(given.run)
    return OnnxPredictor(given.bundle) if given.bundle else ServicePredictor(given.socket)


@contextlib.contextmanager
def _asking(given: argparse.Namespace, predictor: Predictor) -> Iterator[Ask]:
    """Yield what asks about photographs: the predictor itself, or the machines of a cluster."""
    if given.cluster is None:
        yield partial(answers, predictor)
        return
    kind, folder = (TensorFlowPredictor, given.run) if given.run else (OnnxPredictor, given.bundle)
    source = shared_answers.Source(kind, folder)
    with Cluster(given.cluster, given.cache, given.cluster_threads) as cluster:
        yield lambda photos: shared_answers.answers(source, photos, cluster, given.cache)


def _check_labels(predictor: Predictor, photos: List[Photo]) -> None:
    unknown = {photo.label for photo in photos} - set(predictor.species)
    if predictor.species and unknown:
        raise NotFoundError(
            "{} has no output for {}; plants that it cannot know belong in a folder of their own, "
            "given by --unknown".format(predictor.name, ", ".join(sorted(unknown)))
        )


def _threshold(given: argparse.Namespace, ask: Ask, photos: List[Photo]) -> Tuple[float, str]:
    if given.threshold is not None:
        if not 0.0 <= given.threshold <= 1.0:
            raise UsageError("--threshold {} is not a probability".format(given.threshold))
        return given.threshold, "the command line"
    if given.bundle:
        manifest = bundle.load(str(given.bundle)).manifest
        frozen = manifest.metrics.get(bundle_export.POISON_THRESHOLD)
        if frozen is not None:
            return outputs.at_temperature(float(frozen), manifest.poison), "the bundle"
    val = [photo for photo in photos if photo.split == "val"]
    if len({photo.poisonous for photo in val}) < 2:
        raise NotFoundError(
            "val has not both poisonous and edible photographs to freeze a poison threshold on; "
            "give one by --threshold P"
        )
    return measures.careful_threshold(ask(val), val), "val"


def _tell(
    given: argparse.Namespace, one: report.Evaluation, source: Optional[bundle.Bundle]
) -> None:
    given.out.mkdir(parents=True, exist_ok=True)
    figures = report.json_from_evaluation(one)
    told = json.dumps(figures, indent=1, allow_nan=False)
    (given.out / "evaluation.json").write_text(told, encoding="utf-8")
    path = given.out / "evaluation.html"
    looked = activation_pictures.beside(source, [each.stranger.path for each in one.wrong])
    page = report_page.page(one, looked, activation_pictures.told(source))
    path.write_text(page.text, encoding="utf-8")
    saw = "top-1 {:.4f}, top-5 {:.4f}, poison recall {:.4f}, edible passed {:.4f}".format(
        one.species.top1.share,
        one.species.top5.share,
        one.poison.recall.share,
        one.poison.edible_passed.share,
    )
    if given.split == "test" and given.looks:
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        log_use(given.looks, TestSetUse(today, one.predictor, saw))
    print("{} on {}: {}".format(one.predictor, one.split, saw))
    if report.caution(one):
        print("CAUTION: " + report.caution(one))
    for row in one.rows:
        print(
            "{}: {} of {} edible, {} poisonous, {} unsure; learned from {}".format(
                row.what, row.edible, row.n, row.poisonous, row.unsure, row.learned
            )
        )
    print(path)
