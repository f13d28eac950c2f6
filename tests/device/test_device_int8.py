"""INT8 on a real device: calibrated by TensorRT 8, quantised graphs on any, refused on a TX2."""

import pytest
from support import calibration_sets, orders, tiny_bundle

from plantd import bundle
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import UnavailableError
from plantd_engines import building
from plantd_engines.building import BuildRequest
from plantd_engines.precision import Abilities
from plantd_engines.supervision import Supervisor, Task

pytestmark = pytest.mark.device

run = Supervisor(print).run


@pytest.fixture
def tiny(tmp_path) -> str:
    return tiny_bundle.make(str(tmp_path / "tiny"))


def order_of(path: str, folder: str) -> BuildRequest:
    return orders.order_of(bundle.load(path), folder, "int8", workspace_mb=256)


def abilities(order: BuildRequest, folder: str) -> Abilities:
    seen = run(Task("survey", {"root": "/", "model": order.model_path}), folder)
    return Abilities(**seen["abilities"])


def proven(order: BuildRequest) -> None:
    """Build, then load what was built as the daemon does."""
    plan = building.ensure_plan(order, run, print).plan
    assert (plan.precision, plan.reason) == ("int8", "")
    model = bundle.load(order.bundle)
    config = EngineConfig(backend="tensorrt", precision="int8", workspace_mb=256)
    with engine_from_config(config, model, order.engines_path) as engine:
        self_test(model, engine)


def test_a_drawn_set_calibrates_or_int8_is_refused_with_the_reason(tiny, tmp_path):
    order = order_of(tiny, str(tmp_path))
    folder = calibration_sets.make(str(tmp_path / "set"), order.graph)
    order = orders.naming(order, folder)
    can = abilities(order, str(tmp_path))
    print(can)
    if can.int8 and can.calibrates:
        proven(order)
        return
    told = "calibrating in the builder ended" if can.int8 else "no DP4A"
    with pytest.raises(UnavailableError, match=told):
        building.ensure_plan(order, run, print)


def test_a_quantised_graph_is_built_or_refused_with_the_reason(tiny, tmp_path):
    order = order_of(tiny_bundle.quantise(tiny), str(tmp_path))
    if abilities(order, str(tmp_path)).int8:
        proven(order)
        return
    with pytest.raises(UnavailableError, match="no DP4A"):
        building.ensure_plan(order, run, print)
