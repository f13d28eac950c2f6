"""Figures of TensorFlow, ONNX and a running engine by one code."""

import json

import numpy as np
import pytest
from support import wire_samples

from plantd.errors import EngineError
from plantd.heads import Candidate, Prediction
from plantd.picture import encode_jpeg
from plantd_calibration.data.photos import Photo
from plantd_training.data.photos import Labels
from plantd_training.evaluation import head_metrics, measures, predictors, report, report_page
from plantd_training.evaluation import outputs as model_outputs
from plantd_training.evaluation.predictors import Answer
from plantd_training.networks.network import POISON_OUTPUT


def photo(tmp_path, label, poisonous, source="here"):
    return Photo(tmp_path / (label + ".jpg"), label, poisonous, "test", source=source)


def answer(best, p, poison_p, energy=5.0):
    names = [best] + [name for name in ("A", "B", "C") if name != best]
    rest = (1 - p) / 2
    species = tuple(Candidate(name, q, name == "C") for name, q in zip(names, (p, rest, rest)))
    return Answer(Prediction(poison_p, species, 0.1, energy))


@pytest.fixture
def labelled(tmp_path):
    photos = [
        photo(tmp_path, *row) for row in (("A", False), ("B", False), ("C", True), ("C", True))
    ]
    answers = [
        answer("A", 0.9, 0.1),
        answer("A", 0.6, 0.7),
        answer("C", 0.8, 0.9),
        answer("B", 0.5, 0.2),
    ]
    return photos, answers


def test_species_figures(labelled):
    found = measures.species(labelled[1], labelled[0])
    assert found.top1[:3] == (2, 4, 0.5)
    assert found.top5.share == 1.0
    assert found.recall["C"][:3] == (1, 2, 0.5)
    assert found.macro_f1 == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)


def test_poison_figures_at_a_threshold(labelled):
    found = measures.poison(labelled[1], labelled[0], 0.5)
    assert (found.true_poisonous, found.missed_poisonous) == (1, 1)
    assert (found.false_poisonous, found.true_edible) == (1, 1)
    assert (found.precision, found.recall.share, found.f1) == (0.5, 0.5, 0.5)
    assert found.missed == (3,)


def test_the_careful_threshold_has_room_below_the_least_suspected_photograph():
    edible = np.linspace(0.0, 0.1, 100)
    p = np.concatenate([edible, [0.5, 0.9]])
    flags = np.asarray([False] * 100 + [True] * 2)
    threshold = head_metrics.careful_threshold(p, flags)
    assert threshold < 0.1
    assert (edible < threshold).mean() == pytest.approx(0.92, abs=0.01)


def test_the_careful_threshold_misses_nothing(labelled):
    threshold = measures.careful_threshold(labelled[1], labelled[0])
    assert threshold == 0.2
    assert measures.poison(labelled[1], labelled[0], threshold).recall.share == 1.0


def test_an_interval_is_wide_for_few_photographs_and_never_leaves_zero_to_one():
    few, many = measures.share(5, 5), measures.share(500, 500)
    assert few.high == many.high == 1.0
    assert few.low == pytest.approx(0.5655, abs=1e-3)
    assert many.low > 0.99
    assert measures.share(0, 0)[3:] == (0.0, 1.0)


def test_calibration_error_is_the_gap_between_sureness_and_rate():
    sure = np.full(10, 0.9)
    assert measures.calibration_error(sure, np.arange(10) < 9) == pytest.approx(0.0)
    assert measures.calibration_error(sure, np.arange(10) < 4) == pytest.approx(0.5)


def test_figures_by_source_tell_a_source_that_is_easy(tmp_path):
    photos = [photo(tmp_path, "A", False, "easy"), photo(tmp_path, "B", False, "hard")]
    found = measures.by_source([answer("A", 0.9, 0.1), answer("A", 0.9, 0.1)], photos, 0.5)
    assert found["easy"][0].share == 1.0
    assert found["hard"][0].share == 0.0


def test_the_json_holds_every_figure_and_the_missed_photographs(labelled):
    labelled[0][0] = labelled[0][0]._replace(source="edible ones only")
    strangers = {"unknown plants": [answer("B", 0.4, 0.3, 1.0)]}
    one = report.evaluation("net", "test", labelled, (0.5, "val"), strangers)
    tree = json.loads(json.dumps(report.json_from_evaluation(one), allow_nan=False))
    assert tree["poison"]["missed"] == ["C.jpg"]
    assert tree["species"]["top1"]["share"] == 0.5
    assert tree["sources"]["edible ones only"]["poison_recall"]["share"] is None
    assert tree["strangers"]["unknown plants"]["energy"] == [1.0, 1.0, 1.0]


def test_photographs_without_a_poisonous_one_have_no_poison_figures(tmp_path):
    path = tmp_path / "A.jpg"
    path.write_bytes(encode_jpeg(np.full((32, 32, 3), 90, np.uint8), 90))
    labelled = [photo(tmp_path, "A", False)], [answer("A", 0.9, 0.1)]
    one = report.evaluation("net", "test", labelled, (0.5, "val"), {})
    tree = json.loads(json.dumps(report.json_from_evaluation(one), allow_nan=False))
    assert tree["poison"]["recall"]["share"] is None
    assert tree["poison"]["f1"] is None
    assert tree["poison"]["average_precision"] is None
    assert tree["poison"]["edible_passed"]["share"] == 1.0
    assert "PR curve" not in report_page.page(one, {}, "").text


def test_a_services_answer_becomes_the_reading_it_was_made_from():
    assert predictors.prediction_from_json(wire_samples.verdict(1)) == wire_samples.POISONOUS


def test_a_service_that_could_not_look_is_an_error(tmp_path):
    with pytest.raises(EngineError, match="could not look at"):
        predictors.answer_from_json(wire_samples.verdict(1, prediction=None), tmp_path / "a.jpg")


def test_a_frozen_threshold_parts_the_same_photographs_at_any_temperature():
    head = model_outputs.head_specs(Labels(("a",), (False,)))[POISON_OUTPUT]
    logits = np.random.default_rng(4).normal(0, 3, (50, 2)).astype(np.float32)
    outputs = model_outputs.Outputs(logits, np.zeros((50, 1), np.float32))
    before = model_outputs.poison_probability(outputs, head) >= 0.2
    for temperature in (0.4, 1.0, 2.5):
        warmed = head._replace(temperature=temperature)
        threshold = model_outputs.at_temperature(0.2, warmed)
        np.testing.assert_array_equal(
            model_outputs.poison_probability(outputs, warmed) >= threshold, before
        )
