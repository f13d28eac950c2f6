"""Pictures made worse are measured as such, and limits refuse them without refusing good ones."""

import numpy as np
import pytest
from host.support.drawn_plant import drawn_plant

from plantd import picture, quality
from plantd.quality import Quality, QualityLimits
from plantd_calibration.data import corruptions
from plantd_calibration.thresholds import picture_limits
from plantd_calibration.thresholds.picture_limits import CorruptedPhotos


@pytest.fixture(scope="module")
def plants():
    random = np.random.default_rng(1)
    return [drawn_plant(random, 320, 240, (200, 40, 220)) for _ in range(12)]


def measured(pixels) -> Quality:
    grey = picture.thumbnail_grey(np.ascontiguousarray(pixels))
    return quality.measure(grey, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize(
    ("way", "field", "sign"),
    [
        ("darkened", "brightness", -1),
        ("overexposed", "bright_share", 1),
        ("unfocused", "sharpness", -1),
        ("shrunk", "height_px", -1),
        ("finger across", "flat_share", 1),
        ("fingertip", "flat_share", 1),
        ("drop", "sharpness", -1),
    ],
)
def test_a_stronger_fault_measures_worse(plants, way, field, sign):
    strengths = [change.of(plants[0]) for _, change in corruptions.WAYS[way].changes()]
    values = [sign * getattr(measured(pixels), field) for pixels in strengths]
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_a_fault_changes_neither_type_nor_the_original(plants):
    before = plants[0].copy()
    for way in corruptions.WAYS.values():
        for _, change in way.changes():
            worse = change.of(plants[0])
            assert worse.dtype == np.uint8
            assert worse.shape[2] == 3
    np.testing.assert_array_equal(plants[0], before)


def test_a_small_picture_is_not_enlarged():
    tiny = np.zeros((20, 30, 3), np.uint8)
    assert corruptions.shrunk(tiny, 100).shape == tiny.shape


def test_a_camera_that_moved_leaves_the_less_even_pictures(plants):
    still = np.mean([measured(pixels).evenness for pixels in plants])
    for _, change in corruptions.WAYS["moved"].changes():
        assert np.mean([measured(change.of(pixels)).evenness for pixels in plants]) < 0.9 * still


def test_the_same_picture_is_always_moved_alike(plants):
    np.testing.assert_array_equal(corruptions.moved(plants[0], 8), corruptions.moved(plants[0], 8))


def test_a_cover_hides_the_share_it_is_told_to(plants):
    white = np.full_like(plants[0], 255)
    for make in (corruptions.finger_across, corruptions.fingertip):
        hidden = (make(white, 0.3)[:, :, 0] < 150).mean()
        assert hidden == pytest.approx(0.3, abs=0.02)


def seen_at(plants, way, strength, right) -> CorruptedPhotos:
    change = dict(corruptions.WAYS[way].changes())[strength]
    qualities = [measured(change.of(pixels)) for pixels in plants]
    return CorruptedPhotos(corruptions.WAYS[way], strength, np.full(len(plants), right), qualities)


def test_limits_refuse_what_the_network_cannot_read_and_spare_the_rest(plants):
    clean = [measured(pixels) for pixels in plants]
    seen = [
        seen_at(plants, "darkened", 0.5, True),
        seen_at(plants, "darkened", 0.06, False),
        seen_at(plants, "unfocused", 8.0, False),
        seen_at(plants, "finger across", 1.2, False),
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
    harmless = CorruptedPhotos(corruptions.WAYS["unfocused"], 1.0, np.ones(5, bool), [clean[0]] * 5)
    limits = picture_limits.limits_from([harmless], 1.0, clean)
    assert limits.sharpness_min == pytest.approx(12.0)
    assert isinstance(limits, QualityLimits)


def test_no_limit_is_looser_than_the_floor():
    """A network that names photographs it knows even in the dark allows nothing by that."""
    dim = Quality(20, 20, 1.0, 2.0, 1.0, 0.0, 0.1, 0.0)
    clean = [Quality(480, 480, 900.0, 110.0, 0.0, 0.0, 50.0, 0.0)] * 50
    seen = [
        CorruptedPhotos(way, 2.0, np.zeros(5, bool), [dim] * 5) for way in corruptions.WAYS.values()
    ]
    limits = picture_limits.limits_from(seen, 1.0, clean)
    for name in ("side_min_px", "brightness_min", "contrast_min", "sharpness_min"):
        assert getattr(limits, name) >= getattr(picture_limits.FLOOR, name)
    for name in ("dark_share_max", "brightness_max", "bright_share_max", "flat_share_max"):
        assert getattr(limits, name) <= getattr(picture_limits.FLOOR, name)
