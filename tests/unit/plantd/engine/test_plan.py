"""Which plan may be loaded, and what is said when none may."""

import json
import os

import pytest
from support import plans

from plantd.engine.plan import PlanKey, differences, find, json_from_plan, plan_from_json, plans_in
from plantd.errors import PlanError

KEY = PlanKey("a" * 64, plans.TX2, "auto", 512)


def kept(directory, key=KEY, precision="fp16", data=b"plan", **changes):
    return plans.keep(str(directory), plans.plan_for(key, precision, **changes), data)


def test_a_manifest_reads_back_as_written():
    plan = plans.plan_for(KEY)._replace(reason="why", proof={"poison_max": 0.5}, stamp={"/a": "1"})
    assert plan_from_json(json.loads(json.dumps(json_from_plan(plan)))) == plan


def test_a_manifest_of_before_calibration_is_read():
    plan = plans.plan_for(KEY)
    tree = json_from_plan(plan)
    del tree["calibration"]
    assert plan_from_json(tree) == plan


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(graph="b" * 64),
        KEY._replace(machine=plans.TX2._replace(tensorrt="8.0.1.6")),
        KEY._replace(machine=plans.TX2._replace(cuda="11.4")),
        KEY._replace(machine=plans.TX2._replace(l4t="32.6.1")),
        KEY._replace(machine=plans.TX2._replace(gpu="NVIDIA Tegra X1")),
        KEY._replace(machine=plans.TX2._replace(sm="5.3")),
        KEY._replace(precision="fp32"),
        KEY._replace(workspace_mb=256),
        KEY._replace(recipe=KEY.recipe + 1),
    ],
)
def test_everything_a_plan_depends_on_is_in_its_key(other):
    assert other.digest != KEY.digest
    assert len(differences(KEY, other)) == 1


def test_the_plan_of_the_key_is_found_before_a_newer_one(tmp_path):
    wanted = kept(tmp_path)
    kept(tmp_path, KEY._replace(workspace_mb=64), data=b"newer")
    assert find(str(tmp_path), KEY) == wanted


def test_after_a_change_of_options_the_last_plan_serves(tmp_path):
    last = kept(tmp_path)
    assert find(str(tmp_path), KEY._replace(workspace_mb=64)) == last


def test_fp32_is_never_served_by_a_plan_of_less_precision(tmp_path):
    kept(tmp_path, precision="fp16")
    with pytest.raises(PlanError, match=r"built for precision auto \(here fp32\)"):
        find(str(tmp_path), KEY._replace(precision="fp32"))


def test_a_quantised_graphs_plan_serves_auto_after_a_change_of_options(tmp_path):
    last = kept(tmp_path, precision="int8")
    assert find(str(tmp_path), KEY._replace(workspace_mb=64)) == last


def test_int8_is_served_only_where_it_is_asked_for(tmp_path):
    kept(tmp_path, KEY._replace(precision="int8"), precision="int8")
    with pytest.raises(PlanError, match="precision int8"):
        find(str(tmp_path), KEY)


@pytest.mark.parametrize(
    ("here", "said"),
    [
        (plans.TX2._replace(tensorrt="8.0.1.6"), r"TensorRT 8.2.1.8 \(here 8.0.1.6\)"),
        (
            plans.TX2._replace(gpu="Xavier", sm="7.2"),
            r"GPU NVIDIA Tegra X2 \(here Xavier\), SM 6.2",
        ),
        (plans.TX2._replace(l4t="32.6.1"), r"L4T 32.7.1 \(here 32.6.1\)"),
    ],
)
def test_a_stale_plan_is_never_loaded_and_says_what_changed(tmp_path, here, said):
    kept(tmp_path)
    with pytest.raises(PlanError, match=said + ".*make engine"):
        find(str(tmp_path), KEY._replace(machine=here))


def test_plans_of_other_models_are_named(tmp_path):
    kept(tmp_path, model="ferns 2.0.0")
    with pytest.raises(PlanError, match=r"of other models \(ferns 2.0.0\)"):
        find(str(tmp_path), KEY._replace(graph="b" * 64))


def test_no_directory_is_no_plan(tmp_path):
    with pytest.raises(PlanError, match="no TensorRT plan in .*absent; build it"):
        find(str(tmp_path / "absent"), KEY)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "key": {}}'])
def test_an_unreadable_manifest_counts_as_no_plan_and_is_mentioned(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert plans_in(str(tmp_path)) == []
    with pytest.raises(PlanError, match="1 unreadable manifest"):
        find(str(tmp_path), KEY)


@pytest.mark.parametrize(
    "changed", [{"number": None}, {"number": "7"}, {"proof": 3}, {"stamp": []}, {"file": "../x"}]
)
def test_a_manifest_whose_values_cannot_be_is_no_plan(changed):
    tree = json.loads(json.dumps(json_from_plan(plans.plan_for(KEY))))
    assert plan_from_json(tree)
    with pytest.raises(PlanError, match="a plan manifest that is not one"):
        plan_from_json(dict(tree, **changed))


def test_the_newest_plan_comes_first(tmp_path):
    kept(tmp_path)
    newer = kept(tmp_path, KEY._replace(workspace_mb=64), data=b"newer")
    os.utime(str(tmp_path / newer.manifest_file), (0, 0))  # a clock that jumped back
    assert plans_in(str(tmp_path))[0] == newer
