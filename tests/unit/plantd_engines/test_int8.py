"""INT8: quantised graphs on any TensorRT, calibration with TensorRT 8 where the GPU is fast at it.

TensorRT and the GPU are played by the strict stand-in: no Xavier and no Orin ran any of this.
"""

import json
import os

import numpy as np
import pytest
from support import calibration_sets, gpu, orders, tiny_bundle
from support.orders import naming

from plantd import bundle, picture
from plantd.config import EngineConfig
from plantd.engine import plan as plans
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import EngineError, GraphError, UnavailableError
from plantd_engines import building, tasks
from plantd_engines.building import BuildRequest
from plantd_engines.calibration.calibration_set import CalibrationError

EIGHTS = ("8.2", "8.6.1")
XAVIER, ORIN = "7.2", "8.7"
WHOLE = ["get_batch_size", "read_calibration_cache"]
WHOLE += ["get_batch"] * (calibration_sets.CALIBRATED + 1) + ["write_calibration_cache"]
FROM_CACHE = WHOLE[:2]


def run(task, folder):
    """The child's task, in this process."""
    return tasks.TASKS[task.name](json.loads(json.dumps(task.arguments)))


@pytest.fixture
def said():
    return []


@pytest.fixture
def tiny(tmp_path):
    return tiny_bundle.make(str(tmp_path / "tiny"))


def order_of(path, tmp_path) -> BuildRequest:
    return orders.order_of(bundle.load(path), str(tmp_path), "int8")


@pytest.fixture
def pictures(tiny, tmp_path):
    graph = bundle.load(tiny).manifest.files["model.onnx"]
    return calibration_sets.make(str(tmp_path / "set"), graph)


@pytest.fixture
def order(tiny, pictures, tmp_path):
    return naming(order_of(tiny, tmp_path), pictures)


def cache_files(order):
    there = os.listdir(order.cache_path) if os.path.isdir(order.cache_path) else []
    return [name for name in there if name.startswith("calibration-")]


@pytest.mark.parametrize("sm", [XAVIER, ORIN])
@pytest.mark.parametrize("version", EIGHTS)
def test_a_calibrated_plan_is_built_judged_and_serves(version, sm, order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version, sm=sm)
    plan = building.ensure_plan(order, run, said.append).plan
    assert (plan.precision, plan.reason) == ("int8", "")
    assert plan.calibration == order.calibration_digest
    assert plan.proof["n"] == calibration_sets.JUDGING
    assert plan.proof["lost"] == plan.proof["missed"] == 0
    model = bundle.load(order.bundle)
    config = EngineConfig(backend="tensorrt", precision="int8")
    with engine_from_config(config, model, order.engines_path) as engine:
        self_test(model, engine)
        assert engine.info.precision == "int8"
    del engine
    stack.assert_nothing_left()


def test_the_whole_set_is_looked_at_once_in_its_order(order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    assert stack.world.calibration_calls == WHOLE
    expected = calibration_sets.tensors_of(order.calibration)
    np.testing.assert_array_equal(stack.world.calibrated_with, expected)


def test_the_next_build_calibrates_from_the_cache(order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    assert len(cache_files(order)) == 1
    stack.world.calibration_calls.clear()
    assert building.ensure_plan(order._replace(force=True), run, said.append).is_new
    assert stack.world.calibration_calls == FROM_CACHE


def test_with_cudnn_after_all_the_set_is_not_looked_at_twice(order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, fault="needs cudnn")
    building.ensure_plan(order, run, said.append)
    assert stack.world.calibration_calls == WHOLE + FROM_CACHE


def test_a_cache_of_another_set_is_not_used(order, said, tmp_path, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    stack.world.calibration_calls.clear()
    other = calibration_sets.make(str(tmp_path / "other"), order.graph, seed=2)
    assert building.ensure_plan(naming(order, other), run, said.append).is_new
    assert stack.world.calibration_calls == WHOLE


def test_a_cache_of_another_tensorrt_is_not_used(order, said, monkeypatch):
    with pytest.MonkeyPatch.context() as before:
        gpu.stand_in(before, "8.2", sm=XAVIER)
        building.ensure_plan(order, run, said.append)
    stack = gpu.stand_in(monkeypatch, "8.6.1", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    assert stack.world.calibration_calls == WHOLE


def test_a_damaged_cache_is_not_used(order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    path = os.path.join(order.cache_path, *cache_files(order))
    os.truncate(path, os.path.getsize(path) - 3)
    stack.world.calibration_calls.clear()
    building.ensure_plan(order._replace(force=True), run, said.append)
    assert stack.world.calibration_calls == WHOLE


def test_a_cache_that_cannot_be_kept_stops_no_build(order, said, tmp_path, monkeypatch, capsys):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    (tmp_path / "file").write_text("not a directory")
    blocked = order._replace(cache_path=str(tmp_path / "file" / "cache"))
    assert building.ensure_plan(blocked, run, said.append).plan.precision == "int8"
    assert "the next build calibrates again: " in capsys.readouterr().out


def test_a_batch_that_fails_refuses_the_plan_and_leaves_no_cache(order, said, monkeypatch):
    """TensorRT takes the exception for the end of the set: it would calibrate with two of five."""
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    name = calibration_sets.replace_picture(order.calibration, 2, b"no picture")
    damaged = naming(order, order.calibration)
    with pytest.raises(CalibrationError, match="failed at picture 3 of 5: the file is"):
        building.ensure_plan(damaged, run, said.append)
    assert name == "c2.png"
    assert stack.world.calibration_calls[-1] == "write_calibration_cache"
    assert len(stack.world.calibrated_with) == 2
    assert cache_files(order) == []
    assert plans.plans_in(order.engines_path) == []


def test_the_last_plan_stays_when_a_batch_fails(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    before = building.ensure_plan(order._replace(precision="fp16"), run, said.append).plan
    calibration_sets.replace_picture(order.calibration, 0, b"no picture")
    with pytest.raises(CalibrationError):
        building.ensure_plan(naming(order, order.calibration), run, said.append)
    assert plans.plans_in(order.engines_path) == [before]


def test_without_memory_for_a_tensor_nothing_is_calibrated(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, fault="memory")
    with pytest.raises(EngineError, match="no memory to calibrate with .*out of memory"):
        building.ensure_plan(order, run, said.append)


@pytest.mark.parametrize("spoil", ["gone", "changed"])
def test_a_set_that_is_not_whole_is_refused_before_the_build(spoil, order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    path = os.path.join(order.calibration, "c3.png")
    if spoil == "gone":
        os.unlink(path)
    else:
        with open(path, "ab") as target:
            target.write(b"!")
    with pytest.raises(CalibrationError, match=r"c3\.png.*plantd-calibrate inputs"):
        building.ensure_plan(order, run, said.append)
    assert stack.world.calibration_calls == []


def test_a_set_for_another_graph_is_refused(order, said, tmp_path, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    foreign = calibration_sets.make(str(tmp_path / "foreign"), "f" * 64)
    with pytest.raises(CalibrationError, match="made for the graph ffffffffffff"):
        building.ensure_plan(naming(order, foreign), run, said.append)


@pytest.mark.parametrize("version", EIGHTS)
def test_int8_is_refused_on_a_tx2_calibrated_or_not(version, order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version, sm="6.2")
    with pytest.raises(UnavailableError, match=r"INT8 is refused: .*SM 6\.2.*no DP4A"):
        building.ensure_plan(order, run, said.append)
    assert stack.world.calibration_calls == []


@pytest.mark.parametrize("version", ["10.0.1", "10.16.1.11", "11.4"])
def test_calibrating_is_refused_from_tensorrt_10_on(version, order, said, monkeypatch):
    gpu.stand_in(monkeypatch, version, sm=ORIN)
    with pytest.raises(UnavailableError, match="ended with TensorRT 8; make a quantised bundle"):
        building.ensure_plan(order, run, said.append)


def test_without_a_set_it_says_what_makes_one(tiny, said, tmp_path, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    with pytest.raises(GraphError, match="without calibration is refused.*plantd-calibrate inputs"):
        building.ensure_plan(order_of(tiny, tmp_path), run, said.append)


def test_int8_that_fails_its_golden_pictures_becomes_fp16_with_the_reason(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, int8="wrong")
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp16"
    assert plan.reason.startswith("INT8 failed: golden picture 0: the poison head differs by")
    (kept,) = plans.plans_in(order.engines_path)
    assert kept.reason == plan.reason
    assert not building.ensure_plan(order, run, said.append).is_new


def test_int8_that_answers_otherwise_becomes_fp16_with_the_reason(order, said, monkeypatch):
    """Its golden pictures pass; the pictures that judge do not."""
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, int8="doubtful")
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp16"
    assert "does not answer as the graph does: same answer: " in plan.reason


def test_a_judge_of_few_pictures_proves_nothing(order, said, tmp_path, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    few = calibration_sets.make(str(tmp_path / "few"), order.graph, judging=20)
    plan = building.ensure_plan(naming(order, few), run, said.append).plan
    assert plan.precision == "fp16"
    assert "same answer: 20 of 20, asked: surely 0.95" in plan.reason


def test_when_fp16_fails_too_fp32_is_built_with_both_reasons(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, int8="wrong", half="wrong")
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp32"
    assert "INT8 failed: golden" in plan.reason
    assert "; FP16 failed: golden" in plan.reason


def test_an_order_that_names_no_set_keeps_the_calibrated_plan(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    building.ensure_plan(order, run, said.append)
    plain = order._replace(calibration="", calibration_digest="")
    assert not building.ensure_plan(plain, run, said.append).is_new


def test_an_open_batch_is_calibrated_with_a_profile(tmp_path, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    path = tiny_bundle.make(str(tmp_path / "open"))
    tiny_bundle.open_batch(path)
    order = order_of(path, tmp_path)
    folder = calibration_sets.make(str(tmp_path / "set"), order.graph)
    assert building.ensure_plan(naming(order, folder), run, said.append).plan.precision == "int8"
    assert stack.world.calibrated_with[0].shape == tiny_bundle.INPUT.shape


class TestQuantisedGraph:
    """The graph says itself how it is quantised: nothing is calibrated."""

    @pytest.fixture
    def order(self, tiny, tmp_path):
        return order_of(tiny_bundle.quantise(tiny), tmp_path)

    @pytest.mark.parametrize("asked", ["auto", "int8"])
    @pytest.mark.parametrize("version", gpu.VERSIONS)
    def test_it_is_built_in_int8(self, version, asked, order, said, monkeypatch):
        stack = gpu.stand_in(monkeypatch, version, sm=ORIN)
        plan = building.ensure_plan(order._replace(precision=asked), run, said.append).plan
        assert (plan.precision, plan.reason, plan.calibration) == ("int8", "", "")
        assert stack.world.calibration_calls == []
        config = EngineConfig(backend="tensorrt", precision=asked)
        model = bundle.load(order.bundle)
        with engine_from_config(config, model, order.engines_path) as engine:
            self_test(model, engine)

    @pytest.mark.parametrize("version", gpu.VERSIONS)
    def test_a_tx2_refuses_it_whatever_is_asked(self, version, order, said, monkeypatch):
        gpu.stand_in(monkeypatch, version, sm="6.2")
        with pytest.raises(UnavailableError, match="install the bundle that this quantised one"):
            building.ensure_plan(order._replace(precision="auto"), run, said.append)

    @pytest.mark.parametrize("asked", ["fp16", "fp32"])
    def test_another_precision_is_refused(self, asked, order, said, monkeypatch):
        gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
        with pytest.raises(GraphError, match="quantised to INT8 and cannot be built in " + asked):
            building.ensure_plan(order._replace(precision=asked), run, said.append)

    def test_a_calibration_set_is_not_used(self, order, said, tmp_path, monkeypatch):
        stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
        folder = calibration_sets.make(str(tmp_path / "set"), order.graph)
        building.ensure_plan(naming(order, folder), run, said.append)
        assert "the graph holds its own quantisation: the calibration set is not used" in said
        assert stack.world.calibration_calls == []
        assert not building.ensure_plan(naming(order, folder), run, said.append).is_new

    def test_wrong_answers_are_an_error_for_there_is_no_other_graph(self, order, said, monkeypatch):
        gpu.stand_in(monkeypatch, "8.2", sm=XAVIER, int8="wrong")
        with pytest.raises(plans.PlanError, match="golden picture 0"):
            building.ensure_plan(order, run, said.append)
        assert plans.plans_in(order.engines_path) == []


def test_pictures_of_another_kind_are_decoded_as_the_service_does(order, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "8.2", sm=XAVIER)
    photo = picture.encode_jpeg(tiny_bundle.flat((40, 200, 90), 300, 200), 90)
    calibration_sets.replace_picture(order.calibration, 0, photo)
    building.ensure_plan(naming(order, order.calibration), run, said.append)
    expected = calibration_sets.tensors_of(order.calibration)
    np.testing.assert_array_equal(stack.world.calibrated_with, expected)
