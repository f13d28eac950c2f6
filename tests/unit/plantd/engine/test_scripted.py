"""The fake engine fails when told to, with the reason it was given."""

import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.engine.scripted import ScriptedEngine
from plantd.errors import EngineError
from plantd.tensor import to_tensor


def test_a_fault_is_raised_until_it_is_taken_back(tmp_path):
    model = bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))
    tensor = to_tensor(tiny_bundle.flat(tiny_bundle.RED), tiny_bundle.INPUT)
    with ScriptedEngine(model) as engine:
        engine.fault = "a broken context"
        with pytest.raises(EngineError, match="a broken context"):
            engine.infer(tensor)
        engine.fault = None
        assert engine.infer(tensor).poison.size == 2
