"""Pictures made worse are measured as such, and limits refuse them without refusing good ones."""

import numpy as np
import pytest
from host.support.drawn_plant import drawn_plant

from plantd import picture, quality
from plantd.quality import Quality, QualityLimits
from plantd_calibration import degrading, picture_limits
from plantd_calibration.picture_limits import Seen


@pytest.fixture(scope="module")
def plants():
    random = np.random.default_rng(1)
    return [drawn_plant(random, 320, 240, (200, 40, 220)) for _ in range(12)]


def measured(pixels) -> Quality:
    grey = picture.thumbnail_grey(np.ascontiguousarray(pixels))
    return quality.measure(grey, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize(
    ("fault", "field", "sign"),
    [
        ("too_dark", "brightness", -1),
        ("blown_out", "bright_share", 1),
        ("blurred", "sharpness", -1),
        ("too_small", "height_px", -1),
        ("covered", "flat_share", 1),
    ],
)
def test_a_stronger_fault_measures_worse(plants, fault, field, sign):
    strengths = [change.of(plants[0]) for _, change in degrading.FAULTS[fault].changes()]
    values = [sign * getattr(measured(pixels), field) for pixels in strengths]
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_a_fault_changes_neither_type_nor_the_original(plants):
    before = plants[0].copy()
    for fault in degrading.FAULTS.values():
        for _, change in fault.changes():
            worse = change.of(plants[0])
            assert worse.dtype == np.uint8
            assert worse.shape[2] == 3
    np.testing.assert_array_equal(plants[0], before)


def test_a_small_picture_is_not_enlarged():
    tiny = np.zeros((20, 30, 3), np.uint8)
    assert degrading.shrunk(tiny, 100).shape == tiny.shape


def seen_at(plants, fault, strength, right) -> Seen:
    change = dict(degrading.FAULTS[fault].changes())[strength]
    qualities = [measured(change.of(pixels)) for pixels in plants]
    return Seen(fault, strength, np.full(len(plants), right), qualities)


def test_limits_refuse_what_the_network_cannot_read_and_spare_the_rest(plants):
    clean = [measured(pixels) for pixels in plants]
    seen = [
        seen_at(plants, "too_dark", 0.5, True),
        seen_at(plants, "too_dark", 0.06, False),
        seen_at(plants, "blurred", 8.0, False),
        seen_at(plants, "covered", 1.2, False),
    ]
    limits = picture_limits.limits_from(seen, 1.0, clean)
    for name, measure in picture_limits.MEASURES.items():
        values = [measure.of(one) for one in clean]
        low = measure.bad == picture_limits.LOW
        refused = [v < getattr(limits, name) if low else v > getattr(limits, name) for v in values]
        assert sum(refused) <= 1, name
    dark = [quality.faults(one, limits) for one in seen[1].qualities]
    assert np.mean(["too_dark" in names for names in dark]) >= 0.8
    blurred = [quality.faults(one, limits) for one in seen[2].qualities]
    assert np.mean(["blurred" in names for names in blurred]) >= 0.8
    covered = [quality.faults(one, limits) for one in seen[3].qualities]
    assert np.mean(["covered" in names for names in covered]) >= 0.8


def test_a_fault_that_hides_nothing_gives_the_limit_that_spares():
    clean = [Quality(100, 100, float(s), 90.0, 0.0, 0.0, 40.0, 0.0) for s in range(10, 211)]
    harmless = Seen("blurred", 1.0, np.ones(5, bool), [clean[0]] * 5)
    limits = picture_limits.limits_from([harmless], 1.0, clean)
    assert limits.sharpness_min == pytest.approx(12.0)
    assert isinstance(limits, QualityLimits)


def test_no_limit_is_looser_than_the_floor():
    """A network that names photographs it knows even in the dark allows nothing by that."""
    dim = Quality(20, 20, 1.0, 2.0, 1.0, 0.0, 0.1, 0.0)
    clean = [Quality(480, 480, 900.0, 110.0, 0.0, 0.0, 50.0, 0.0)] * 50
    seen = [Seen(fault, 2.0, np.zeros(5, bool), [dim] * 5) for fault in degrading.FAULTS]
    limits = picture_limits.limits_from(seen, 1.0, clean)
    for name in ("side_min_px", "brightness_min", "contrast_min", "sharpness_min"):
        assert getattr(limits, name) >= getattr(picture_limits.FLOOR, name)
    for name in ("dark_share_max", "brightness_max", "bright_share_max", "flat_share_max"):
        assert getattr(limits, name) <= getattr(picture_limits.FLOOR, name)
