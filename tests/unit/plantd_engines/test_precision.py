"""The precision that is built: what is asked for, as far as the GPU can."""

import pytest
from support import gpu, plans

from plantd.engine.machine import machine_from_modules
from plantd.errors import UnavailableError
from plantd_engines.precision import Abilities, abilities_of, chosen, ladder

TX2 = Abilities(fp16=True, int8=False)


@pytest.mark.parametrize(
    ("asked", "can", "built", "reason"),
    [
        ("auto", TX2, "fp16", ""),
        ("auto", Abilities(False, False), "fp32", ""),
        ("fp32", TX2, "fp32", ""),
        ("fp16", TX2, "fp16", ""),
        ("fp16", Abilities(False, True), "fp32", "NVIDIA Tegra X2 (SM 6.2) has no fast FP16"),
        ("int8", Abilities(True, True), "int8", ""),
    ],
)
def test_precision_follows_what_the_gpu_is_fast_at(asked, can, built, reason):
    assert chosen(asked, can, plans.TX2) == (built, reason)


def test_int8_is_refused_on_a_tx2_with_the_reason():
    with pytest.raises(UnavailableError, match=r"INT8 is refused: NVIDIA Tegra X2 .*DP4A"):
        chosen("int8", TX2, plans.TX2)


@pytest.mark.parametrize("version", gpu.VERSIONS)
@pytest.mark.parametrize(
    ("sm", "can"),
    [
        ("6.2", Abilities(True, False)),
        ("6.1", Abilities(False, True)),
        ("8.7", Abilities(True, True)),
    ],
)
def test_abilities_are_known_with_and_without_tensorrts_word(version, sm, can, monkeypatch):
    stack = gpu.stand_in(monkeypatch, version, sm=sm)
    machine = machine_from_modules(stack.tensorrt, stack.cuda)
    calibrates = version.startswith("8.")
    assert abilities_of(stack.tensorrt, machine) == can._replace(calibrates=calibrates)


@pytest.mark.parametrize(
    ("precision", "can", "quantised", "steps"),
    [
        ("int8", Abilities(True, True), False, ("int8", "fp16", "fp32")),
        ("int8", Abilities(False, True), False, ("int8", "fp32")),
        ("int8", Abilities(True, True), True, ("int8",)),
        ("fp16", TX2, False, ("fp16", "fp32")),
        ("fp32", TX2, False, ("fp32",)),
    ],
)
def test_what_fails_is_built_again_one_step_more_exactly(precision, can, quantised, steps):
    assert ladder(precision, can, quantised) == steps
