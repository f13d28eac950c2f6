"""An engine that is a little wrong, asked where that shows."""

import numpy as np
import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.errors import BundleError
from plantd.heads import HeadOutputs
from plantd_engines.proof.golden_test import check_near, decision_at, logit_distance


class Drifted(OnnxRuntimeEngine):
    """The bundle's own graph, its poison head off by so many logits."""

    drift = 0.0
    precision = "fp16"

    @property
    def info(self):
        return super().info._replace(precision=self.precision)

    def infer_impl(self, tensor):
        outputs = super().infer_impl(tensor)
        return outputs._replace(poison=outputs.poison + np.float32([0.0, self.drift]))


@pytest.fixture(scope="module")
def near_bundle(tmp_path_factory):
    path = tiny_bundle.make(str(tmp_path_factory.mktemp("near") / "tiny"))
    tiny_bundle.add_near(path)
    return bundle.load(path)


def asked(near_bundle, drift, precision="fp16"):
    with Drifted(near_bundle, threads=1) as engine:
        engine.drift, engine.precision = drift, precision
        return check_near(near_bundle, engine)


def test_the_pictures_come_in_pairs_with_different_answers(near_bundle):
    near = near_bundle.near
    decided = [
        decision_at(near_bundle, HeadOutputs(*outputs))
        for outputs in zip(near.poison, near.species)
    ]
    assert len(decided) >= 2
    assert len(decided) % 2 == 0
    for one, other in zip(decided[::2], decided[1::2]):
        assert one != other


def test_every_kind_of_answer_is_met(near_bundle):
    answers = {
        decision_at(near_bundle, HeadOutputs(*outputs)).answer
        for outputs in zip(near_bundle.near.poison, near_bundle.near.species)
    }
    assert answers == {"edible", "poisonous", "unsure"}


def test_the_graph_itself_passes(near_bundle):
    figures = asked(near_bundle, 0.0, "fp32")
    assert figures["near"] == len(near_bundle.near.pictures)
    assert figures["near_logit_max"] < 1e-3


def test_what_half_precision_may_cost_passes(near_bundle):
    assert asked(near_bundle, 0.02)["near_logit_max"] == pytest.approx(0.02, abs=0.005)


def test_an_answer_that_moves_is_refused_with_its_picture(near_bundle):
    with pytest.raises(BundleError, match=r"picture \d+ beside a threshold \(.*the answer moved"):
        asked(near_bundle, 0.6)


def test_logits_that_are_off_are_refused_though_no_answer_moves(near_bundle):
    with pytest.raises(
        BundleError, match=r"a logit differs by 0\.0[6-9]\d .* at most 0.05 in fp32"
    ):
        asked(near_bundle, 0.07, "fp32")


def test_nan_is_refused(near_bundle):
    with pytest.raises(BundleError, match="the answer moved"):
        asked(near_bundle, float("nan"))


def test_a_bundle_of_before_has_nothing_to_ask(near_bundle):
    assert asked(near_bundle._replace(near=None), 5.0) == {}


def test_a_probability_near_one_hides_nothing_in_logits(near_bundle):
    sure = HeadOutputs(np.float32([0.0, 4.0]), near_bundle.near.species[0])
    surer = sure._replace(poison=np.float32([0.0, 5.0]))
    assert logit_distance(near_bundle, sure, surer) == pytest.approx(1.0, abs=1e-3)


def test_arrays_that_do_not_fit_are_refused(tmp_path, near_bundle):
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    broken = near_bundle.near._replace(poison=near_bundle.near.poison[:, :1])
    arrays = {"near_" + name: values for name, values in broken._asdict().items()}
    golden = bundle.load(path).golden._asdict()
    np.savez_compressed(path + "/golden.npz", **golden, **arrays)
    bundle.write_manifest(path, near_bundle.manifest)
    with pytest.raises(BundleError, match="near the thresholds"):
        bundle.load(path)
