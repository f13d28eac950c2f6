"""From an order to a proven plan, with the children's tasks run in this process."""

import os

import pytest
from support import calibration_sets, gpu, orders, plans, tiny_bundle

from plantd import bundle
from plantd.config import EngineConfig
from plantd.engine.plan import json_from_plan, plans_in, read_plan
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import GraphError, PlanError, UnavailableError
from plantd_engines import building, tasks
from plantd_engines.proof.agreement import WITHOUT_NEAR
from plantd_engines.supervision import OutOfMemoryError


class Here:
    """Runs tasks in this process; fails those it is told to."""

    def __init__(self):
        self.done = []
        self.fail = {}

    def __call__(self, task, folder):
        self.done.append((task.name, task.arguments.get("workspace_mb")))
        error = self.fail.get(task.name)
        if error is not None and error(task.arguments) is not None:
            raise error(task.arguments)
        return tasks.TASKS[task.name](task.arguments)


@pytest.fixture
def run():
    return Here()


@pytest.fixture
def said():
    return []


@pytest.fixture
def order(tmp_path):
    model = bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))
    return orders.order_of(model, str(tmp_path), "auto")


@pytest.mark.parametrize("version", gpu.VERSIONS)
def test_the_built_plan_serves_the_daemon(version, order, run, said, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version)
    outcome = building.ensure_plan(order, run, said.append)
    assert outcome.is_new
    assert outcome.plan.precision == "fp16"
    assert outcome.plan.proof["pictures"] == 3.0
    model = bundle.load(order.bundle)
    config = EngineConfig(backend="tensorrt")
    with engine_from_config(config, model, order.engines_path) as engine:
        self_test(model, engine)
        assert engine.info.plan == "sha256:" + outcome.plan.sha256
    del engine
    stack.assert_nothing_left()


def test_the_proof_reads_the_plan_back_from_its_file(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    building.ensure_plan(order, run, said.append)
    assert [name for name, _ in run.done] == ["survey", "build", "check"]


def test_the_second_time_nothing_is_built(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    first = building.ensure_plan(order, run, said.append)
    run.done.clear()
    second = building.ensure_plan(order, run, said.append)
    assert (second.is_new, second.plan) == (False, first.plan)
    assert [name for name, _ in run.done] == ["survey"]


def test_force_builds_all_the_same(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    building.ensure_plan(order, run, said.append)
    outcome = building.ensure_plan(order._replace(force=True), run, said.append)
    assert outcome.is_new
    assert outcome.plan.number == 2


def test_another_tensorrt_builds_again(order, run, said, monkeypatch):
    with pytest.MonkeyPatch.context() as before:
        gpu.stand_in(before, "8.2")
        building.ensure_plan(order, run, said.append)
    gpu.stand_in(monkeypatch, "8.6.1")
    assert building.ensure_plan(order, run, said.append).is_new


def test_a_damaged_plan_is_built_again(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    plan = building.ensure_plan(order, run, said.append).plan
    os.truncate(os.path.join(order.engines_path, plan.file), 10)
    assert building.ensure_plan(order, run, said.append).is_new
    assert len(read_plan(order.engines_path, plans_in(order.engines_path)[0])) > 10


def test_fp16_that_answers_wrong_becomes_fp32_with_the_reason(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", half="wrong")
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp32"
    assert plan.reason.startswith("FP16 failed: golden picture 0: the poison head differs by")
    (kept,) = plans_in(order.engines_path)
    assert kept.reason == plan.reason


def test_fp16_that_moves_an_answer_becomes_fp32_and_the_picture_is_named(
    order, run, said, monkeypatch
):
    """Its golden pictures pass; the pictures beside the thresholds do not."""
    gpu.stand_in(monkeypatch, "8.2", half="doubtful")
    tiny_bundle.add_near(order.bundle)
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp32"
    assert "picture 0 beside a threshold (" in plan.reason
    assert "the answer moved from " in plan.reason
    assert plan.proof["near"] >= 2


def test_fp16_that_moves_no_answer_is_proven_beside_the_thresholds(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    tiny_bundle.add_near(order.bundle)
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp16"
    assert plan.proof["near"] >= 2
    assert 0.0 <= plan.proof["near_logit_max"] <= 0.1
    assert WITHOUT_NEAR not in said


def test_a_bundle_of_before_is_proven_on_golden_pictures_alone_and_that_is_said(
    order, run, said, monkeypatch
):
    gpu.stand_in(monkeypatch, "8.2")
    plan = building.ensure_plan(order, run, said.append).plan
    assert "near" not in plan.proof
    assert WITHOUT_NEAR in said


def judging(order, tmp_path):
    folder = calibration_sets.make(str(tmp_path / "set"), order.graph)
    return order._replace(judge=folder)


def test_where_a_judge_set_is_fp16_is_asked_about_it_too(order, run, said, tmp_path, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    plan = building.ensure_plan(judging(order, tmp_path), run, said.append).plan
    assert (plan.precision, plan.proof["n"]) == ("fp16", calibration_sets.JUDGING)
    assert [name for name, _ in run.done] == ["survey", "build", "check", "judge"]


def test_fp16_that_moves_the_answer_on_one_photograph_becomes_fp32(
    order, run, said, tmp_path, monkeypatch
):
    gpu.stand_in(monkeypatch, "8.2")
    order = judging(order, tmp_path)
    tree = calibration_sets.tree_in(order.judge)
    first = tree["judge"][0]
    first["poison"] = [-value for value in first["poison"]]
    first["species"] = [-value for value in first["species"]]
    calibration_sets.write_list(order.judge, tree)
    plan = building.ensure_plan(order, run, said.append).plan
    assert plan.precision == "fp32"
    assert "FP16 failed: 1 of 120 answers moved, the first on j0.png: from " in plan.reason


def test_fp16_that_cannot_be_written_becomes_fp32(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "11.4")
    refusal = GraphError("the constant 'w' reaches 1e+06")
    run.fail["build"] = lambda asked: refusal if asked["precision"] == "fp16" else None
    plan = building.ensure_plan(order, run, said.append).plan
    assert (plan.precision, plan.reason) == ("fp32", "FP16 failed: " + str(refusal))


def test_fp32_that_answers_wrong_is_an_error_and_the_last_plan_stays(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    before = building.ensure_plan(order, run, said.append).plan
    run.fail["check"] = lambda asked: PlanError("golden picture 0: wrong")
    with pytest.raises(PlanError, match="wrong"):
        building.ensure_plan(order._replace(force=True), run, said.append)
    assert plans_in(order.engines_path) == [before]
    assert read_plan(order.engines_path, before)


def test_when_memory_ends_the_workspace_is_halved(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    death = OutOfMemoryError("build was killed (signal 9)")
    run.fail["build"] = lambda asked: death if asked["workspace_mb"] > 128 else None
    plan = building.ensure_plan(order, run, said.append).plan
    assert [mb for name, mb in run.done if name == "build"] == [512, 256, 128]
    assert plan.built_workspace_mb == 128
    assert "build was killed (signal 9); trying with half the workspace" in said


def test_when_not_even_the_smallest_fits_it_says_what_helps(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    run.fail["build"] = lambda asked: OutOfMemoryError("build was killed (signal 9)")
    with pytest.raises(OutOfMemoryError, match="not even 32 MB .*add swap; the last good plan"):
        building.ensure_plan(order, run, said.append)
    assert plans_in(order.engines_path) == []


def test_int8_is_refused_on_a_tx2(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    with pytest.raises(UnavailableError, match="no DP4A"):
        building.ensure_plan(order._replace(precision="int8"), run, said.append)


def test_int8_without_calibration_is_refused_where_the_gpu_could(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2", sm="7.2")
    with pytest.raises(GraphError, match="INT8 without calibration is refused: .*plantd-calibrate"):
        building.ensure_plan(order._replace(precision="int8"), run, said.append)


def test_the_timing_cache_is_kept_and_given_to_the_next_build(order, run, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    building.ensure_plan(order, run, said.append)
    (name,) = os.listdir(order.cache_path)
    building.ensure_plan(order._replace(force=True), run, said.append)
    with open(os.path.join(order.cache_path, name), "rb") as source:
        assert source.read() == b"measured" * 2


def test_a_timing_cache_that_cannot_be_kept_stops_no_build(order, run, said, tmp_path, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    (tmp_path / "file").write_text("not a directory")
    blocked = order._replace(cache_path=str(tmp_path / "file" / "cache"))
    assert building.ensure_plan(blocked, run, said.append).is_new
    assert any(line.startswith("the next build measures again: ") for line in said)


def test_a_machine_that_changes_during_the_build_is_noticed(order, said, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    plan = plans.plan_for(order.key_on(plans.TX2._replace(tensorrt="8.0.1.6")))
    asked = {"bundle": order.bundle, "plan": json_from_plan(plan), "folder": "", "root": "/"}
    with pytest.raises(PlanError, match="the machine changed"):
        tasks.check(asked)


class TestUpToDate:
    """Without TensorRT: only files are read."""

    @pytest.fixture
    def built(self, order, run, said, tmp_path, monkeypatch):
        gpu.stand_in(monkeypatch, "8.2")
        root = tmp_path / "root"
        (root / "proc/device-tree").mkdir(parents=True)
        (root / "proc/device-tree/model").write_text("quill")
        (root / "libnvinfer.so.8").write_text("a library")
        (root / "proc/self").mkdir()
        (root / "proc/self/maps").write_text("7f r 0 0 7 {}/libnvinfer.so.8\n".format(root))
        building.ensure_plan(order, run, said.append, str(root))
        return str(root)

    def test_the_same_machine_and_order_is_up_to_date(self, order, built):
        assert building.plan_up_to_date(order, built) is not None

    def test_another_option_is_not(self, order, built):
        assert building.plan_up_to_date(order._replace(workspace_mb=64), built) is None

    def test_another_graph_is_not(self, order, built):
        assert building.plan_up_to_date(order._replace(graph="b" * 64), built) is None

    def test_another_library_is_not(self, order, built):
        with open(os.path.join(built, "libnvinfer.so.8"), "a") as target:
            target.write("newer")
        assert building.plan_up_to_date(order, built) is None

    def test_a_damaged_plan_is_not(self, order, built):
        (plan,) = plans_in(order.engines_path)
        os.truncate(os.path.join(order.engines_path, plan.file), 10)
        assert building.plan_up_to_date(order, built) is None

    def test_after_a_full_check_the_new_stamp_counts(self, order, built, run, said, monkeypatch):
        os.utime(os.path.join(built, "libnvinfer.so.8"), (1, 1))
        assert building.plan_up_to_date(order, built) is None
        gpu.stand_in(monkeypatch, "8.2")
        assert not building.ensure_plan(order, run, said.append, built).is_new
        assert building.plan_up_to_date(order, built) is not None
