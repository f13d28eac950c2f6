"""Raw outputs become probabilities by label."""

import numpy as np
import pytest

from plantd import heads
from plantd.heads import HeadOutputs, HeadSpec

POISON = HeadSpec("poison", ("edible", "poisonous"))
SPECIES = HeadSpec("species", ("a", "b", "c"), poisonous=(False, True, True))


def outputs(poison, species) -> HeadOutputs:
    return HeadOutputs(np.asarray(poison, np.float32), np.asarray(species, np.float32))


def test_labels_follow_the_order_of_the_outputs():
    prediction = heads.predict(outputs([0, 1], [1, 3, 2]), POISON, SPECIES)
    assert [c.label for c in prediction.species] == ["b", "c", "a"]
    assert [c.poisonous for c in prediction.species] == [True, True, False]


def test_poison_label_may_stand_first():
    swapped = HeadSpec("poison", ("poisonous", "edible"))
    straight = heads.predict(outputs([0, 2], [0, 0, 0]), POISON, SPECIES)
    turned = heads.predict(outputs([2, 0], [0, 0, 0]), swapped, SPECIES)
    assert straight.poison_p == turned.poison_p == pytest.approx(1 / (1 + np.exp(-2)))


def test_poisonous_mass_is_the_sum_over_poisonous_labels():
    prediction = heads.predict(outputs([0, 0], np.log([0.2, 0.3, 0.5])), POISON, SPECIES)
    assert prediction.poisonous_mass == pytest.approx(0.8)
    assert prediction.best.label == "c"
    assert prediction.best.p == pytest.approx(0.5)


def test_equal_probabilities_are_ordered_by_label():
    prediction = heads.predict(outputs([0, 0], [1, 1, 1]), POISON, SPECIES)
    assert [c.label for c in prediction.species] == ["a", "b", "c"]


def test_softmax_outputs_are_taken_as_they_are():
    head = SPECIES._replace(kind="softmax")
    np.testing.assert_allclose(
        heads.probabilities(np.array([0.2, 0.3, 0.5]), head), [0.2, 0.3, 0.5]
    )


def test_a_softmax_of_zero_stays_zero_and_finite():
    head = SPECIES._replace(kind="softmax")
    p = heads.probabilities(np.array([0.0, 0.25, 0.75]), head)
    assert p[0] == pytest.approx(0.0, abs=1e-300)
    assert np.isfinite(p).all()


@pytest.mark.parametrize("kind", ["logits", "softmax"])
def test_a_temperature_above_one_lowers_confidence(kind):
    head = SPECIES._replace(kind=kind)
    values = np.array([0.1, 0.2, 0.7])
    cold = heads.probabilities(values, head)
    warm = heads.probabilities(values, head._replace(temperature=2.0))
    assert warm.max() < cold.max()
    assert warm.argmax() == cold.argmax()
    assert warm.sum() == pytest.approx(1.0)


SIGMOID = HeadSpec("poison", ("edible", "poisonous"), kind="sigmoid", positive_label="poisonous")


@pytest.mark.parametrize("labels", [("edible", "poisonous"), ("poisonous", "edible")])
def test_one_sigmoid_is_the_probability_of_the_label_it_names(labels):
    head = SIGMOID._replace(labels=labels)
    read = heads.predict(outputs([0.9934], [0, 0, 0]), head, SPECIES)
    assert read.poison_p == pytest.approx(0.9934)
    head = head._replace(positive_label="edible")
    read = heads.predict(outputs([0.9934], [0, 0, 0]), head, SPECIES)
    assert read.poison_p == pytest.approx(0.0066, rel=1e-4)


def test_one_sigmoid_without_its_label_is_never_read():
    with pytest.raises(ValueError, match="not in"):
        heads.probabilities(np.array([0.9]), SIGMOID._replace(positive_label=""))


def test_a_sigmoid_heads_temperature_divides_its_logit():
    head = SIGMOID._replace(labels=("poisonous", "edible"), temperature=2.0)
    expected = 1 / (1 + np.exp(-np.log(0.9 / 0.1) / 2))
    assert heads.probabilities(np.array([0.9]), head)[0] == pytest.approx(expected)


def test_nan_stays_nan():
    prediction = heads.predict(outputs([np.nan, 0], [np.nan, 1, 2]), POISON, SPECIES)
    assert np.isnan(prediction.poison_p)
    assert np.isnan(prediction.poisonous_mass)


def test_infinite_logits_do_not_become_certainty():
    prediction = heads.predict(outputs([0, np.inf], [np.inf, 1, 2]), POISON, SPECIES)
    assert not np.isfinite(prediction.poison_p)


def test_energy_is_log_sum_exp_of_the_logits():
    assert heads.energy(np.array([1.0, 2.0, 3.0]), SPECIES) == pytest.approx(
        np.log(np.exp([1, 2, 3]).sum())
    )


def test_energy_of_a_head_without_logits_is_nan():
    assert np.isnan(heads.energy(np.array([0.2, 0.8, 0.0]), SPECIES._replace(kind="softmax")))


def test_standout_is_the_best_logit_above_the_mean_of_the_next_five():
    many = SPECIES._replace(labels=tuple("abcdefgh"), poisonous=(False,) * 8)
    logits = np.array([-30.0, 1.0, 2.0, 9.0, 3.0, 4.0, -20.0, 5.0])
    assert heads.standout(logits, many) == pytest.approx(9.0 - 3.0)
    assert heads.standout(logits + 7.0, many) == pytest.approx(9.0 - 3.0)


def test_standout_among_fewer_labels_has_fewer_rivals():
    assert heads.standout(np.array([0.0, 1.0, 3.0]), SPECIES) == pytest.approx(2.5)
    assert heads.standout(np.array([3.0]), SPECIES._replace(labels=("a",))) == 0.0


def test_standout_of_equal_logits_is_zero():
    assert heads.standout(np.array([2.0, 2.0, 2.0]), SPECIES) == 0.0


def test_standout_is_the_same_from_logits_and_from_their_softmax():
    logits = np.array([0.3, 2.0, -1.0])
    p = np.exp(logits) / np.exp(logits).sum()
    assert heads.standout(p, SPECIES._replace(kind="softmax")) == pytest.approx(
        heads.standout(logits, SPECIES)
    )


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_standout_of_what_is_not_finite_is_nan(odd):
    assert np.isnan(heads.standout(np.array([odd, 0.0, 3.0]), SPECIES))


def test_huge_logits_do_not_overflow():
    prediction = heads.predict(outputs([1e30, -1e30], [1e30, -1e30, 0]), POISON, SPECIES)
    assert prediction.poison_p == 0.0
    assert prediction.best.p == 1.0


def test_size_is_the_number_of_labels():
    assert SPECIES.size == 3


def prediction_of(poison, species):
    return heads.predict(outputs(poison, species), POISON, SPECIES)


def test_one_reading_agrees_with_itself():
    one = prediction_of([0, 1], [1, 3, 2])
    assert heads.worst_case([one]) == one
    np.testing.assert_equal(heads.worst_case([one, one])._asdict(), one._asdict())


def test_what_readings_agree_on_is_the_most_careful_of_each_number():
    first, second = prediction_of([1, 0], [3, 1, 0]), prediction_of([0, 2], [1, 3, 0])
    both = heads.worst_case([first, second])
    assert both.poison_p == second.poison_p
    assert both.poisonous_mass == second.poisonous_mass
    assert both.energy == pytest.approx(first.energy)
    assert both.standout == pytest.approx(first.standout)
    p = {candidate.label: candidate.p for candidate in both.species}
    assert p["a"] == {c.label: c.p for c in second.species}["a"]
    assert p["b"] == {c.label: c.p for c in first.species}["b"]
    assert sum(p.values()) < 0.5


def test_a_number_that_is_none_in_one_reading_is_none_in_what_they_agree_on():
    odd = heads.worst_case(
        [prediction_of([0, 0], [1, 2, 3]), prediction_of([np.nan, 0], [np.nan, 1, 2])]
    )
    assert np.isnan(odd.poison_p)
    assert np.isnan(odd.poisonous_mass)
    assert all(np.isnan(candidate.p) for candidate in odd.species)


KNOWN = HeadSpec(
    "species",
    ("a", "other", "b", "nothing"),
    poisonous=(False, False, True, False),
    background=heads.Background("other", "nothing"),
    deadly=(True, False, False, False),
)


def test_the_background_is_no_species_and_has_its_own_probabilities():
    prediction = heads.predict(outputs([0, 0], np.log([0.2, 0.1, 0.3, 0.4])), POISON, KNOWN)
    assert [c.label for c in prediction.species] == ["b", "a"]
    assert [c.p for c in prediction.species] == pytest.approx([0.3, 0.2])
    assert prediction.another_plant_p == pytest.approx(0.1)
    assert prediction.no_plant_p == prediction.no_plant_least_p == pytest.approx(0.4)
    assert KNOWN.plants == ("a", "b")


def test_energy_and_standout_are_those_of_the_plants():
    alone = SPECIES._replace(labels=("a", "b"), poisonous=(False, True))
    with_background = heads.predict(outputs([0, 0], [4, 9, 1, 9]), POISON, KNOWN)
    without = heads.predict(outputs([0, 0], [4, 1]), POISON, alone)
    assert with_background.energy == pytest.approx(without.energy)
    assert with_background.standout == without.standout == 3.0


def test_a_head_without_background_has_no_probability_of_it():
    prediction = heads.predict(outputs([0, 0], [1, 2, 3]), POISON, SPECIES)
    assert np.isnan(
        [prediction.no_plant_p, prediction.another_plant_p, prediction.no_plant_least_p]
    ).all()


def test_a_reading_says_whether_its_best_species_has_a_deadly_look_alike():
    best_a = heads.predict(outputs([0, 0], [5, 0, 1, 0]), POISON, KNOWN)
    best_b = heads.predict(outputs([0, 0], [1, 0, 5, 0]), POISON, KNOWN)
    assert (best_a.deadly, best_b.deadly) == (True, False)
    assert heads.worst_case([best_b, best_a, best_b]).deadly


def test_a_burst_is_as_strange_as_its_strangest_frame_and_knows_the_least_strange():
    low = heads.predict(outputs([0, 0], np.log([0.5, 0.2, 0.2, 0.1])), POISON, KNOWN)
    high = heads.predict(outputs([0, 0], np.log([0.5, 0.1, 0.1, 0.3])), POISON, KNOWN)
    together = heads.worst_case([low, high])
    assert together.no_plant_p == pytest.approx(0.3)
    assert together.another_plant_p == pytest.approx(0.2)
    assert together.no_plant_least_p == pytest.approx(0.1)


def test_the_words_of_a_manifest_for_what_a_head_gives():
    assert heads.KINDS == ("logits", "softmax", "sigmoid")
    assert (heads.POISONOUS, heads.EDIBLE) == ("poisonous", "edible")


def test_what_nobody_says_of_a_head_or_a_prediction_is_nothing():
    head = HeadSpec("species", ("clover",))
    assert (head.poisonous, head.deadly, head.positive_label) == ((), (), "")
    assert heads.HeadOutputs(np.zeros(2), np.zeros(3)).activation is None
    bare = heads.Prediction(0.1, (), 0.0, 1.0)
    assert bare.deadly is False
    assert heads.predict(outputs([0, 1], [0, 1, 2]), POISON, SPECIES).deadly is False
    assert np.isnan([bare.standout, bare.no_plant_p, bare.another_plant_p]).all()
    assert np.isnan(bare.no_plant_least_p)
