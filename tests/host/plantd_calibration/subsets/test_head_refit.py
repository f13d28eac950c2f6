"""Held-out answers by fitting again: only where that says something about the bundle."""

import numpy as np
import pytest

from plantd.errors import BundleError
from plantd_calibration.data.inference import ModelOutputs
from plantd_calibration.stats.linear_heads import NEVER, Strength
from plantd_calibration.subsets import head_refit

CENTERS = np.random.default_rng(5).normal(0, 1.2, (4, 12))
STRENGTH = Strength(0.03, 0.1)


def drawn(n, seed):
    random = np.random.default_rng(seed)
    species = random.integers(0, 4, n)
    features = CENTERS[species] + random.normal(0, 1.5, (n, 12))
    return features, species


def fit_of(n=240, seed=1) -> head_refit.Fit:
    features, species = drawn(n, seed)
    groups = [str(i // 2) for i in range(n)]
    return head_refit.Fit((features, features), (species == 3).astype(int), species, groups)


def shipped_by(heads, n=200, seed=2):
    features, species = drawn(n, seed)
    poison, names = (head.logits(features) for head in heads)
    return ModelOutputs(poison, names, features, np.zeros((n, 8))), species


@pytest.fixture
def fit():
    return fit_of()


def test_the_penalties_of_the_bundle_are_found_again(fit):
    shipped, places = shipped_by(head_refit.linear_heads(fit, STRENGTH, 4))
    found = head_refit.out_of_fold(fit, shipped, places)
    assert found.strength == STRENGTH
    assert found.worst < 1e-6


def test_out_of_fold_answers_are_worse_than_those_of_heads_that_saw_the_photographs(fit):
    heads = head_refit.linear_heads(fit, STRENGTH, 4)
    shipped, places = shipped_by(heads)
    found = head_refit.out_of_fold(fit, shipped, places)
    held = (found.species.argmax(1) == fit.species).mean()
    seen = (heads[1].logits(fit.features[0]).argmax(1) == fit.species).mean()
    assert 0.4 < held < seen


def test_a_group_is_never_on_both_sides():
    """A photograph whose duplicate was fitted to would be known by heart."""
    random = np.random.default_rng(0)
    features = np.repeat(random.normal(0, 1, (60, 80)), 2, axis=0)
    species = np.repeat(random.integers(0, 4, 60), 2)
    groups = [str(i // 2) for i in range(120)]
    fit = head_refit.Fit((features, features), (species == 3).astype(int), species, groups)
    heads = head_refit.linear_heads(fit, Strength(1.0, 1.0), 4)
    held = random.normal(0, 1, (60, 80))
    shipped = ModelOutputs(*(h.logits(held) for h in heads), held, np.zeros((60, 8)))
    found = head_refit.out_of_fold(fit, shipped, random.integers(0, 4, 60))
    assert (found.species.argmax(1) == species).mean() < 0.5


def test_heads_that_were_fitted_otherwise_are_refused(fit):
    heads = [
        head._replace(kernel=head.kernel * 3) for head in head_refit.linear_heads(fit, STRENGTH, 4)
    ]
    with pytest.raises(BundleError, match="--fit-on test-half"):
        head_refit.out_of_fold(fit, *shipped_by(heads))


def test_a_trunk_that_knows_the_photographs_is_found_out(fit):
    """Features that give the answer away on train and nowhere else, as an overfitted trunk's do."""
    known = CENTERS[fit.species] * 4
    leaked = fit._replace(features=(known, known))
    shipped, places = shipped_by(head_refit.linear_heads(leaked, STRENGTH, 4))
    with pytest.raises(BundleError, match="trained on these photographs"):
        head_refit.out_of_fold(leaked, shipped, places)


def test_a_bundle_without_shared_features_is_refused(fit):
    shipped, places = shipped_by(head_refit.linear_heads(fit, STRENGTH, 4))
    with pytest.raises(BundleError, match="not single matrix products"):
        head_refit.out_of_fold(fit, shipped._replace(features=np.empty((200, 0))), places)


def test_two_species_are_two_logits(fit):
    two = fit.take(np.flatnonzero(fit.species < 2))
    poison = (np.arange(len(two.poison)) % 2).astype(int)
    head = head_refit.linear_heads(two._replace(poison=poison), STRENGTH, 4)[1]
    logits = head.logits(two.features[0])
    assert (logits.argmax(1) == two.species).mean() > 0.7
    assert (logits[:, 2:] == NEVER).all()
