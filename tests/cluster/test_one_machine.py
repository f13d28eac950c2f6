"""Shards of photographs shared out by Ray, on this machine alone: --cluster local."""

import os
import secrets

import pytest
from host.support import coloured_plants

from plantd import bundle
from plantd.errors import BundleError, UnavailableError
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.cluster.option import LOCAL
from plantd_calibration.cluster.tasks import Task
from plantd_calibration.data import inference
from plantd_calibration.data.inference import MIRRORED, CachedInference
from plantd_calibration.data.photo_lists import read_photos
from plantd_training.evaluation import predictors, shared_answers
from plantd_training.evaluation.predictors import OnnxPredictor

# Ends what hangs; every task loads its libraries anew.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    drawn = coloured_plants.draw_world(tmp_path_factory.mktemp("world"), each=(4, 2, 2))
    return drawn.bundle, read_photos(drawn.data)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(LOCAL, tmp_path_factory.mktemp("shared")) as joined:
        yield joined


def test_photographs_that_a_cluster_looks_at_give_what_one_process_gives(
    world, cluster, tmp_path, monkeypatch
):
    loaded, photos = bundle.load(str(world[0])), world[1]
    alone = CachedInference(loaded, tmp_path / "alone").observe(photos, MIRRORED)
    monkeypatch.setattr(inference, "SHARD", 16)
    shared = CachedInference(loaded, tmp_path / "shared", cluster).observe(photos, MIRRORED)
    for one, other in zip(alone, shared):
        assert one.tobytes() == other.tobytes()
    (alone_in,), (shared_in,) = ((tmp_path / name).iterdir() for name in ("alone", "shared"))
    assert alone_in.name == shared_in.name


def test_answers_of_a_cluster_are_those_of_one_process_and_kept(
    world, cluster, tmp_path, monkeypatch
):
    path, photos = world
    with OnnxPredictor(path) as predictor:
        alone = predictors.answers(predictor, photos)
    monkeypatch.setattr(shared_answers, "SHARD", 16)
    source = shared_answers.Source(OnnxPredictor, path)
    shared = shared_answers.answers(source, photos, cluster, tmp_path)
    assert list(map(repr, shared)) == list(map(repr, alone))
    before = {one: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    assert len(before) == -(-len(photos) // 16)
    assert shared_answers.answers(source, photos, cluster, tmp_path) is not None
    assert {one: one.stat().st_mtime_ns for one in tmp_path.iterdir()} == before


def test_what_a_task_refuses_is_raised_here(cluster, tmp_path):
    with pytest.raises(BundleError, match="there is no model bundle at"):
        cluster.run([Task("it", bundle.load, (str(tmp_path / "nothing"),))])


def test_a_task_that_ends_its_process_every_time_is_given_up_in_one_sentence(cluster):
    with pytest.raises(UnavailableError, match="it was given up after 4 tries"):
        cluster.run([Task("it", os.abort, ())])


def test_a_task_has_one_thread_and_its_own_process(cluster, tmp_path):
    threads, pids = tmp_path / "threads", tmp_path / "pids"
    echo = "printenv OMP_NUM_THREADS TF_NUM_INTRAOP_THREADS >> {0}; echo $PPID >> {1}"
    told = echo.format(threads, pids)
    cluster.run([Task(secrets.token_hex(2), os.system, (told,)) for _ in range(3)])
    assert threads.read_text().split() == ["1"] * 6
    assert len(set(pids.read_text().split())) == 3
