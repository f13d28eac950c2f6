"""The engines of a real device: the contract, the default bundle, and what zero-copy is worth."""

import os
import time

import numpy as np
import pytest
from support import orders, tiny_bundle
from support.engine_contract import EngineContract

from plantd import bundle
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config
from plantd_engines import building
from plantd_engines.proof.golden_test import prove
from plantd_engines.supervision import Supervisor

pytestmark = pytest.mark.device

PLANTS70 = os.path.join(os.path.dirname(__file__), "../../engines/bundles/plants70")
RUNS = 50


def built(model: Bundle, folder: str, precision: str) -> str:
    """Build the bundle's plan as `plantd-engine build` does; return the plans' directory."""
    order = orders.order_of(model, folder, precision, workspace_mb=256)
    plan = building.ensure_plan(order, Supervisor(print).run, print).plan
    print("{}: {} {}".format(plan.model, plan.precision, plan.reason))
    return order.engines_path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("device"))


@pytest.fixture(scope="module")
def model(folder) -> Bundle:
    return bundle.load(tiny_bundle.make(os.path.join(folder, "tiny")))


@pytest.fixture(scope="module")
def plans(model, folder) -> str:
    return built(model, folder, "fp32")


@pytest.fixture(params=["onnxruntime", "tensorrt", "tensorrt zero_copy"])
def engine(request, model):
    backend, _, zero_copy = request.param.partition(" ")
    config = EngineConfig(
        backend=backend, threads=2, precision="fp32", workspace_mb=256, zero_copy=bool(zero_copy)
    )
    path = request.getfixturevalue("plans") if backend == "tensorrt" else ""
    return engine_from_config(config, model, path)


class TestEngine(EngineContract):
    pass


@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_the_default_bundle_is_built_and_proven(precision, tmp_path):
    model = bundle.load(PLANTS70)
    path = built(model, str(tmp_path), precision)
    config = EngineConfig(backend="tensorrt", precision=precision, workspace_mb=256)
    print(prove(model, engine_from_config(config, model, path)))


def test_zero_copy_answers_the_same_and_is_timed(tmp_path):
    model = bundle.load(PLANTS70)
    path = built(model, str(tmp_path), "auto")
    answers = []
    for zero_copy in (False, True):
        config = EngineConfig(backend="tensorrt", workspace_mb=256, zero_copy=zero_copy)
        with engine_from_config(config, model, path) as engine:
            times_ms = [timed_ms(engine, model) for _ in range(5 + RUNS)][5:]
            answers.append(engine.infer(model.golden.tensors[:1]).species)
        print(
            "zero_copy {}: median {:.2f} ms, p95 {:.2f} ms over {} inferences".format(
                zero_copy, np.median(times_ms), np.percentile(times_ms, 95), RUNS
            )
        )
    np.testing.assert_array_equal(answers[0], answers[1])


def timed_ms(engine, model) -> float:
    started_at = time.monotonic()
    engine.infer(model.golden.tensors[:1])
    return (time.monotonic() - started_at) * 1000.0
