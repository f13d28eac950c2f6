"""The rule on columns is the rule of plantd.verdict."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantd import verdict
from plantd.heads import Candidate, HeadSpec, Prediction
from plantd.quality import Quality, QualityLimits
from plantd.verdict import Thresholds
from plantd_calibration.stats.scores import Heads, answers, logits_of, predictions_of, scores_of

share = st.floats(0, 1) | st.sampled_from([float("nan"), float("inf")])


@st.composite
def seen(draw):
    best = Candidate("plant", draw(share), draw(st.booleans()))
    number = st.floats(-9, 9) | st.just(float("nan"))
    no_plant = draw(share)
    prediction = Prediction(
        poison_p=draw(share),
        species=(best,),
        poisonous_mass=draw(share),
        energy=draw(number),
        standout=draw(number),
        no_plant_p=no_plant,
        another_plant_p=draw(share),
        no_plant_least_p=no_plant,
        deadly=draw(st.booleans()),
    )
    quality = Quality(*draw(st.tuples(*[st.floats(0, 255)] * 8)))
    return prediction, quality


@st.composite
def rules(draw):
    p = st.floats(0, 1)
    low_p, high_p = sorted([draw(p), draw(p)])
    low_mass, high_mass = sorted([draw(p), draw(p)])
    limits = QualityLimits(draw(st.integers(0, 255)), draw(st.floats(0, 255)))
    optional = st.none() | st.floats(-9, 9)
    no_plant = draw(st.none() | p)
    strong = st.none() if no_plant is None else st.none() | st.floats(high_p, 1)
    return Thresholds(
        poison_p=high_p,
        poisonous_mass=high_mass,
        edible_poison_p=low_p,
        edible_poisonous_mass=low_mass,
        species_p=draw(p),
        energy=draw(optional),
        quality=limits,
        standout=draw(optional),
        no_plant=no_plant,
        another_plant=draw(st.none() | p),
        poison_no_plant=draw(strong),
    )


@given(st.lists(seen(), min_size=1, max_size=6), rules())
def test_columns_decide_as_one_by_one(several, thresholds):
    scores = scores_of(
        [prediction for prediction, _ in several],
        np.asarray([tuple(quality) for _, quality in several]),
        thresholds.quality,
    )
    expected = [verdict.decide(r, q, thresholds).answer for r, q in several]
    assert list(answers(scores, thresholds)) == expected


@pytest.mark.parametrize("kind", ["logits", "softmax"])
def test_logits_read_alike_whatever_the_head_gives(kind):
    logits = np.asarray([[0.2, 1.0, -0.5], [2.0, 0.1, 0.3]])
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    head = HeadSpec("species", ("a", "b", "c"), kind=kind)
    found = logits_of(logits if kind == "logits" else p, head)
    np.testing.assert_allclose(found - found[:, :1], logits - logits[:, :1], atol=1e-9)


def test_a_sigmoid_becomes_two_logits_in_the_order_of_the_labels():
    head = HeadSpec("poison", ("edible", "poisonous"), "sigmoid", positive_label="poisonous")
    found = logits_of(np.asarray([[0.9]]), head)
    assert found.shape == (1, 2)
    assert found[0, 1] - found[0, 0] == pytest.approx(np.log(9.0))


def test_rows_are_read_by_the_heads_themselves():
    both = Heads(
        HeadSpec("poison", ("edible", "poisonous"), temperature=2.0),
        HeadSpec("species", ("a", "b"), poisonous=(False, True)),
    )
    read = predictions_of(np.asarray([[0.0, 2.0]]), np.asarray([[0.0, 1.0]]), both)
    assert read[0].poison_p == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert read[0].best.label == "b"
