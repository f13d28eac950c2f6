"""The one fit of linear heads."""

import numpy as np
from host.support.blobs import blobs

from plantd_calibration.stats.linear_heads import NEVER, fit_poison, fit_species


def test_a_probe_is_a_matrix_and_a_bias_on_plain_features():
    features, labels = blobs(1)
    other, truth = blobs(2)
    linear = fit_species(features, labels, 0.1)
    assert (np.argmax(other @ linear.kernel + linear.bias, axis=1) == truth).mean() > 0.95


def test_the_poison_probe_weighs_both_labels_the_same_however_rare():
    features, labels = blobs(1)
    keep = (labels != 3) | (np.arange(len(labels)) % 10 == 0)
    linear = fit_poison(features[keep], (labels[keep] == 3).astype(int), 0.1)
    other, truth = blobs(2)
    logits = linear.logits(other)
    assert (logits[truth == 3].argmax(axis=1) == 1).mean() > 0.9
    np.testing.assert_allclose(logits.sum(axis=1), 0.0, atol=1e-4)


def test_a_label_without_a_photograph_is_never_answered():
    features, labels = blobs(1)
    linear = fit_species(features, labels, 0.1, labels=6)
    assert (linear.logits(features)[:, 4:] == NEVER).all()


def test_two_labels_are_two_logits():
    features, labels = blobs(1)
    keep = labels < 2
    logits = fit_species(features[keep], labels[keep], 0.1).logits(features[keep])
    assert logits.shape == (keep.sum(), 2)
    assert (logits.argmax(axis=1) == labels[keep]).mean() > 0.95
