"""Pixels that lie in a file are those that a training would see in memory."""

import shutil

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos

from plantd.errors import CannotWriteError
from plantd_calibration.data.photo_lists import read_photos
from plantd_training import trunks
from plantd_training.data import pixel_files
from plantd_training.data.pictures import colours
from plantd_training.methods.examples import Batches, Examples

SPEC = trunks.input_spec("tiny", 48)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return read_photos(draw_photos(tmp_path_factory.mktemp("drawn"), each=(3, 1, 1)))


def test_the_file_has_every_photograph_s_pixels_and_is_mapped(photos, tmp_path):
    path = pixel_files.path_of(photos, SPEC, tmp_path)
    pixels = pixel_files.mapped(photos, SPEC, path)
    assert isinstance(pixels, np.memmap)
    np.testing.assert_array_equal(pixels, colours(photos, SPEC))
    assert [one.name for one in path.parent.iterdir()] == ["pixels.npy"]


def test_it_is_written_once(photos, tmp_path):
    path = pixel_files.path_of(photos, SPEC, tmp_path)
    pixel_files.mapped(photos, SPEC, path)
    before = path.stat().st_mtime_ns
    pixel_files.mapped(photos, SPEC, path)
    assert path.stat().st_mtime_ns == before


def test_other_photographs_or_another_size_have_another_file(photos, tmp_path):
    larger = SPEC._replace(width_px=52)
    paths = [
        pixel_files.path_of(*given, tmp_path)
        for given in ((photos, SPEC), (photos[1:], SPEC), (photos, larger))
    ]
    assert len(set(paths)) == 3


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(photos, tmp_path, monkeypatch):
    path = pixel_files.path_of(photos, SPEC, tmp_path)
    free = shutil.disk_usage(str(tmp_path))._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(CannotWriteError, match="15 photographs.* give a folder on a larger disk"):
        pixel_files.mapped(photos, SPEC, path)
    assert list(path.parent.iterdir()) == []


def test_a_batch_reads_its_own_pictures_only():
    pixels = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1).repeat(3, axis=3)
    chosen = (
        Examples(pixels, np.eye(10)).chosen(np.array([7, 2, 9, 4, 0])).chosen(np.array([3, 0, 1]))
    )
    assert chosen.read()[:, 0, 0, 0].tolist() == [4, 7, 2]
    assert chosen.labels.argmax(axis=1).tolist() == [4, 7, 2]
    batches = Batches(chosen, 2, slice(0, 2))
    assert len(batches) == 1
    (shown, labels), _ = batches[0]
    assert (shown[:, 0, 0, 0].tolist(), labels.argmax(axis=1).tolist()) == ([4, 7], [4, 7])
