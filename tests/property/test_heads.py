"""What holds for every pair of head outputs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantd import heads
from plantd.heads import HeadOutputs, HeadSpec

POISON = HeadSpec("poison", ("edible", "poisonous"))
LABELS = ("a", "b", "c", "d")
BAD = {"b", "d"}
logit = st.floats(-60, 60, width=32)


def spec(labels) -> HeadSpec:
    return HeadSpec("species", tuple(labels), poisonous=tuple(x in BAD for x in labels))


@given(st.lists(logit, min_size=4, max_size=4), st.permutations(range(4)))
def test_the_order_of_labels_does_not_matter(values, order):
    straight = heads.predict(
        HeadOutputs(np.zeros(2, np.float32), np.array(values, np.float32)), POISON, spec(LABELS)
    )
    turned = heads.predict(
        HeadOutputs(np.zeros(2, np.float32), np.array([values[i] for i in order], np.float32)),
        POISON,
        spec([LABELS[i] for i in order]),
    )
    assert {c.label for c in straight.species} == {c.label for c in turned.species}
    for left, right in zip(
        sorted(straight.species, key=lambda c: c.label),
        sorted(turned.species, key=lambda c: c.label),
    ):
        assert left.poisonous == right.poisonous
        np.testing.assert_allclose(left.p, right.p, atol=1e-12)
    np.testing.assert_allclose(straight.poisonous_mass, turned.poisonous_mass, atol=1e-12)
    np.testing.assert_allclose(straight.energy, turned.energy, atol=1e-9)
    np.testing.assert_allclose(straight.standout, turned.standout, atol=1e-6)


@given(st.lists(logit, min_size=4, max_size=4), st.floats(0.05, 20))
def test_probabilities_sum_to_one_and_keep_their_order(values, temperature):
    head = spec(LABELS)._replace(temperature=temperature)
    p = heads.probabilities(np.array(values), head)
    np.testing.assert_allclose(p.sum(), 1.0)
    assert (p >= 0).all()
    assert p[int(np.argmax(values))] == p.max()
