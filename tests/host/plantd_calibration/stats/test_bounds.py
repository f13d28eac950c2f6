"""What a count of misses proves."""

import numpy as np
import pytest

from plantd.errors import UsageError
from plantd_calibration.stats import bounds


def test_no_miss_in_68_proves_four_point_three_per_cent():
    assert bounds.smallest_alpha(68, 0.95) == pytest.approx(0.0431, abs=5e-5)


def test_one_per_cent_takes_299():
    assert bounds.needed(0.01, 0.95) == 299
    assert bounds.smallest_alpha(299, 0.95) <= 0.01 < bounds.smallest_alpha(298, 0.95)


def test_a_wish_too_small_is_refused_with_the_number_it_takes():
    with pytest.raises(UsageError, match=r"takes 299 .* there are 68, which prove 0\.0431"):
        bounds.check_wish(0.01, 68, 0.95)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, float("nan")])
def test_an_alpha_that_is_no_rate_is_refused(alpha):
    with pytest.raises(UsageError, match="expected a rate"):
        bounds.check_wish(alpha, 1000, 0.95)


def test_a_provable_wish_passes():
    bounds.check_wish(0.05, 68, 0.95)


def test_the_bound_holds_in_95_of_100_repetitions():
    random = np.random.default_rng(0)
    truth = 0.05
    misses = random.binomial(80, truth, 4000)
    covered = np.mean([bounds.upper_bound(int(k), 80, 0.95) >= truth for k in misses])
    assert covered >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_bound_and_p_value_say_the_same():
    for k in range(12):
        assert (bounds.upper_bound(k, 70, 0.95) <= 0.1) == (
            bounds.p_value(k, 70, 0.1) <= 0.05 + 1e-12
        )


def test_a_rate_of_nothing_may_be_anything():
    assert bounds.rate(0, 0)[2:] == (0.0, 1.0)
    assert np.isnan(bounds.rate(0, 0).share)


def test_an_interval_holds_its_share():
    one = bounds.rate(3, 77)
    assert one.low < one.share < one.high
    assert bounds.rate(0, 77).low == 0.0
    assert bounds.rate(77, 77).high == 1.0
