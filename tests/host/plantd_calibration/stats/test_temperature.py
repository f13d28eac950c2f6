"""Temperatures and calibration error."""

import numpy as np
import pytest

from plantd_calibration.stats import temperature


def labelled(n=4000, sharpness=1.0, seed=0):
    """Logits that are `sharpness` times what the labels were drawn from."""
    random = np.random.default_rng(seed)
    true = random.normal(0, 1.5, (n, 5))
    p = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = np.asarray([random.choice(5, p=row) for row in p])
    return true * sharpness, labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_factor_on_the_logits(sharpness):
    assert temperature.fit(*labelled(sharpness=sharpness)) == pytest.approx(sharpness, rel=0.08)


def test_the_right_temperature_lowers_error_and_loss():
    logits, labels = labelled(sharpness=3.0)
    before = temperature.reliability(logits, labels, 1.0)
    after = temperature.reliability(logits, labels, temperature.fit(logits, labels))
    assert after.error < before.error / 2
    assert after.loss < before.loss


def test_every_photograph_is_in_one_bin():
    logits, labels = labelled(n=300)
    assert sum(one.n for one in temperature.reliability(logits, labels, 1.0).bins) == 300


def test_certainty_that_is_right_has_no_error():
    logits = np.asarray([[60.0, 0.0], [0.0, 60.0]])
    assert temperature.reliability(logits, np.asarray([0, 1]), 1.0).error == pytest.approx(0.0)


def test_certainty_that_is_wrong_is_all_error():
    logits = np.asarray([[60.0, 0.0], [0.0, 60.0]])
    assert temperature.reliability(logits, np.asarray([1, 0]), 1.0).error == pytest.approx(1.0)
