"""The network in bfloat16 is that in Keras: its features and its gradients, up to rounding."""

import numpy as np
import pytest
from keras import ops

from plantd.errors import UnavailableError, UsageError
from plantd_calibration.stats.linear_heads import Linear
from plantd_training import trunks
from plantd_training.methods import bfloat16
from plantd_training.methods.finetune import Examples
from plantd_training.methods.recipe import Finetune
from plantd_training.networks import folded_lite
from plantd_training.networks.probe import Probe
from plantd_training.trunks import lite

PLAN = Finetune(
    **{"canvas_px": 72, "answer_px": 64, "epochs": 4, "averaged": 0, "warmup": 1, "batch": 8},
    **{"rate": 0.01, "decay": 0.01, "smoothing": 0.1, "dropout": 0.1, "poison_share": 0.7},
    **{"batch_norm": False, "depthwise": False, "frozen_stride": 8, "folds": 2, "seed": 3},
)


def weights_of(body):
    random = np.random.default_rng(1)
    found = {layer.name: layer.get_weights() for layer in body.layers if layer.weights}
    for head, labels in (("poison", 2), ("species", 3)):
        kernel = random.normal(0, 0.1, (1280, labels)).astype(np.float32)
        found[head] = [kernel, np.zeros(labels, np.float32)]
    return found


def alike(one, other):
    return float(np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.fixture(scope="module")
def both():
    pytest.importorskip("torch", reason="torch is no part of plantd's environments")
    body = trunks.build("lite0", None)
    frozen = trunks.names_below("lite0", 8)
    blocks = lite.blocks(lite.VARIANTS["lite0"])
    return body, folded_lite.FoldedLite(blocks, weights_of(body), frozen, ("poison", "species"))


def test_its_features_are_keras_s(both):
    import torch

    body, net = both
    pictures = np.random.default_rng(0).normal(0, 0.6, (2, 3, 64, 64)).astype(np.float32)
    with torch.no_grad():
        found = net.features(torch.tensor(pictures)).numpy()
    wanted = ops.convert_to_numpy(ops.mean(body(np.moveaxis(pictures, 1, 3)), axis=(1, 2)))
    assert alike(found, wanted) > 0.998


def test_its_gradients_are_those_that_torch_finds_in_float32(both):
    import torch

    functional = torch.nn.functional
    random = np.random.default_rng(2)
    x = torch.tensor(random.normal(0, 1, (2, 8, 13, 13)).astype(np.float32), requires_grad=True)
    for stride in (1, 2):
        kernel = torch.tensor(random.normal(0, 0.3, (8, 1, 5, 5)).astype(np.float32))
        low, high = folded_lite._padding(13, 5, stride)
        padded = functional.pad(x, (low, high, low, high))
        wanted = functional.relu6(functional.conv2d(padded, kernel, stride=stride, groups=8))
        (expected,) = torch.autograd.grad(wanted.square().sum(), x)
        depth, none = folded_lite._depth(torch), torch.zeros(8).bfloat16()
        given = x.bfloat16().contiguous(memory_format=torch.channels_last)
        found = depth.apply(given, kernel.bfloat16(), none, stride)
        (seen,) = torch.autograd.grad(found.float().square().sum(), x)
        assert alike(seen.numpy(), expected.numpy()) > 0.99


def test_what_is_frozen_does_not_learn(both):
    _, net = both
    assert "top_conv" in net.parameters
    assert "stem_conv" not in net.parameters
    assert not any(name.endswith("_depthwise") for name in net.parameters)


def test_what_learned_comes_in_keras_s_order_of_axes(both):
    body, net = both
    kernel = net.learned()["block10_expand_conv"][0]
    np.testing.assert_array_equal(kernel, body.get_layer("block10_expand_conv").get_weights()[0])


def test_the_rate_warms_up_and_falls_to_almost_nothing():
    rates = [bfloat16.rate(PLAN, step, 10) for step in range(40)]
    assert rates[0] == pytest.approx(PLAN.rate / 10)
    assert max(rates) == pytest.approx(PLAN.rate)
    assert rates[-1] < 0.02 * PLAN.rate


def test_averaged_epochs_are_trained_at_the_largest_rate():
    plan = PLAN._replace(averaged=2)
    assert bfloat16.rate(plan, 40, 10) == pytest.approx(plan.rate / 10)
    assert bfloat16.rate(plan, 59, 10) == pytest.approx(plan.rate)


def test_a_recipe_that_lets_more_learn_is_refused():
    odd = PLAN._replace(depthwise=True)
    with pytest.raises(UsageError, match="use --trainer keras"):
        bfloat16.check("lite0", (("flip", 1.0),), odd)
    with pytest.raises(UsageError, match="varies pictures by erasing"):
        bfloat16.check("lite0", (("erasing", 0.2),), PLAN)


def test_without_torch_the_way_out_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(UnavailableError, match="--trainer keras"):
        folded_lite.library()


@pytest.fixture(scope="module")
def drawn():
    """Pictures of three colours and what trains on them; the first species is not poisonous."""
    pytest.importorskip("torch", reason="torch is no part of plantd's environments")
    random = np.random.default_rng(5)
    pixels = random.integers(0, 256, (24, 72, 72, 3), dtype=np.uint8)
    places = np.arange(24) % 3
    pixels[..., 0] = np.where(places == 0, 250, 20)[:, None, None]
    labels = np.concatenate([np.eye(2)[places // 2], np.eye(3)[places]], axis=1).astype(np.float32)
    first = Probe(*(Linear(np.zeros((1280, size)), np.zeros(size)) for size in (2, 3)))

    def train(plan, folder):
        given = ("lite0", trunks.input_spec("lite0", 64), (("flip", 1.0), ("mixup", 0.2)))
        return bfloat16.train(*given, plan, Examples(pixels, labels), folder, first)

    return train


def test_a_training_goes_on_where_it_stood_and_learns(drawn, tmp_path, caplog):
    caplog.set_level("INFO")
    plan = PLAN._replace(rate=0.001)
    drawn(plan._replace(epochs=1), tmp_path)
    found = drawn(plan, tmp_path)
    told = [line.rpartition(" ")[2] for line in caplog.messages if "loss" in line]
    assert len(told) == 4
    assert float(told[-1]) < float(told[0])
    assert found["species"][0].shape == (1280, 3)
    assert all(np.isfinite(values).all() for layer in found.values() for values in layer)


def test_what_averaged_epochs_ended_with_is_averaged_after_a_kill_too(drawn, tmp_path):
    plan = PLAN._replace(epochs=1, averaged=2, rate=0.001)
    ends = [
        drawn(plan._replace(epochs=1, averaged=n), tmp_path / "went_on")["top_conv"][0]
        for n in (1, 2)
    ]
    at_once = drawn(plan, tmp_path / "at_once")["top_conv"][0]
    np.testing.assert_allclose(ends[1], at_once, atol=1e-6)
    assert not np.array_equal(ends[0], ends[1])
