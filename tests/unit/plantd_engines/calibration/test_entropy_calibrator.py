"""The calibration set as TensorRT asks for it: every error is kept, nothing of a part is kept."""

import numpy as np
import pytest

from plantd.errors import CannotWriteError
from plantd_engines.calibration.calibration_set import CalibrationError
from plantd_engines.calibration.entropy_calibrator import Cache, CacheKey, Feed

KEY = CacheKey("a" * 64, "b" * 64, "8.2.1.8", 2)
SHAPE = (1, 2, 2, 3)
ADDRESS = 0x7F00


def ones():
    return np.ones(SHAPE, np.float32)


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "calibration.cache"), KEY)


@pytest.fixture
def copied():
    return []


@pytest.fixture
def feed(cache, copied):
    return feed_of([ones, ones, ones], cache, copied)


def feed_of(tensors, cache, copied):
    def to_device(tensor):
        copied.append(tensor)
        return ADDRESS

    return Feed("input", SHAPE, tensors, to_device, cache)


def calibrate(feed, batches=10):
    """Ask as TensorRT does; it goes on with what it has had when None comes."""
    feed.restart()
    assert feed.get_batch_size() == 1
    if feed.read_calibration_cache() is not None:
        return
    for _ in range(batches):
        if feed.get_batch(["input"]) is None:
            break
    feed.write_calibration_cache(memoryview(b"scales"))


def test_a_whole_set_leaves_a_cache(feed, cache, copied):
    calibrate(feed)
    feed.check_whole()
    assert len(copied) == 3
    assert cache.read() == b"scales"


def test_each_batch_is_one_address_of_device_memory(feed):
    assert feed.get_batch(["input"]) == [ADDRESS]


def test_the_cache_is_used_by_the_next(feed, cache, copied):
    calibrate(feed)
    again = feed_of([ones], cache, copied)
    calibrate(again)
    again.check_whole()
    assert len(copied) == 3


@pytest.mark.parametrize("field", CacheKey._fields)
def test_a_cache_of_another_key_is_not_used(field, feed, tmp_path):
    calibrate(feed)
    other = 3 if field == "recipe" else "c" * 64
    cache = Cache(str(tmp_path / "calibration.cache"), KEY._replace(**{field: other}))
    assert cache.read() is None


@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_cache_that_is_cut_short_is_not_used(kept, feed, cache, tmp_path):
    calibrate(feed)
    path = tmp_path / "calibration.cache"
    path.write_bytes(path.read_bytes()[:kept])
    assert cache.read() is None


def fails():
    raise ValueError("the leaf is torn")


def wrong_shape():
    return np.ones((1, 3, 2, 2), np.float32)


def one_value():
    return np.ones((1, 1, 1, 1), np.float32)


def wrong_type():
    return np.ones(SHAPE, np.float64)


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (fails, "picture 2 of 3: the leaf is torn"),
        (wrong_shape, r"picture 2 of 3: the tensor is \(1, 3, 2, 2\) float32; expected"),
        (one_value, r"the tensor is \(1, 1, 1, 1\)"),
        (wrong_type, "float64; expected"),
    ],
)
def test_a_batch_that_fails_raises_afterwards_and_leaves_no_cache(tensor, told, cache, copied):
    feed = feed_of([ones, tensor, ones], cache, copied)
    calibrate(feed)
    with pytest.raises(CalibrationError, match=told):
        feed.check()
    assert len(copied) == 1
    assert cache.read() is None


def test_after_an_error_no_further_build_calibrates(cache, copied):
    feed = feed_of([ones, fails, ones], cache, copied)
    calibrate(feed)
    calibrate(feed)
    with pytest.raises(CalibrationError, match="picture 2 of 3"):
        feed.check_whole()
    assert len(copied) == 1


def test_memory_that_cannot_be_had_is_kept_too(cache):
    def no_memory(tensor):
        raise MemoryError("cuMemAlloc failed: out of memory")

    feed = Feed("input", SHAPE, [ones], no_memory, cache)
    calibrate(feed)
    with pytest.raises(CalibrationError, match="out of memory"):
        feed.check()


def test_a_set_that_tensorrt_did_not_take_to_its_end_raises(feed, cache):
    calibrate(feed, batches=2)
    feed.check()
    with pytest.raises(CalibrationError, match="calibrated with 2 of 3 pictures"):
        feed.check_whole()
    assert cache.read() is None


def test_a_second_build_begins_with_the_first_picture(feed, copied):
    calibrate(feed, batches=2)
    calibrate(feed)
    feed.check_whole()
    assert len(copied) == 5


def test_other_inputs_than_the_bundles_raise(feed):
    assert feed.get_batch(["input", "mask"]) is None
    with pytest.raises(CalibrationError, match="asks for the inputs .*mask"):
        feed.check()


def test_a_cache_that_cannot_be_written_is_noted(tmp_path, copied):
    (tmp_path / "file").write_text("")
    cache = Cache(str(tmp_path / "file" / "calibration.cache"), KEY)
    feed = feed_of([ones], cache, copied)
    calibrate(feed)
    feed.check_whole()
    assert feed.note.startswith("the next build calibrates again: ")
    with pytest.raises(CannotWriteError):
        cache.write(b"scales")


def test_a_cache_that_cannot_be_read_is_noted_and_made_again(tmp_path, copied):
    (tmp_path / "calibration.cache").mkdir()
    feed = feed_of([ones], Cache(str(tmp_path / "calibration.cache"), KEY), copied)
    calibrate(feed)
    feed.check_whole()
    assert len(copied) == 1
    assert "calibra" in feed.note
