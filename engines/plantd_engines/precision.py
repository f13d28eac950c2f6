"""Which precision a plan is built in: what is asked for, as far as the GPU can."""

from typing import Any, NamedTuple, Tuple

from plantd.engine import trt as wrapper
from plantd.engine.machine import Machine
from plantd.errors import UnavailableError

ASKED = ("auto", "fp32", "fp16", "int8")
# Where TensorRT does not say (from 11 on): the GPUs that compute FP16, and those that multiply
# four bytes at once (DP4A), at a multiple of FP32. From 7.0 on all do both.
# Source: CUDA C++ Programming Guide, throughput of native arithmetic instructions.
FAST_FP16 = ("5.3", "6.0", "6.2")
FAST_INT8 = ("6.1",)
FIRST_WITH_BOTH = 7


class Abilities(NamedTuple):
    """What the GPU is fast at."""

    fp16: bool
    int8: bool


def abilities_of(trt: Any, machine: Machine) -> Abilities:
    """Return what the GPU is fast at, by TensorRT's word where it gives one."""
    builder = trt.Builder(wrapper.logger_for(trt))
    both = int(machine.sm.split(".")[0]) >= FIRST_WITH_BOTH
    return Abilities(
        bool(getattr(builder, "platform_has_fast_fp16", both or machine.sm in FAST_FP16)),
        bool(getattr(builder, "platform_has_fast_int8", both or machine.sm in FAST_INT8)),
    )


def chosen(asked: str, can: Abilities, machine: Machine) -> Tuple[str, str]:
    """Return the precision to build in, and why it is not the one that was asked for.

    Raises UnavailableError for INT8 on a GPU that is not fast at it: it would be slower and less
    exact than FP16.
    """
    if asked == "int8" and not can.int8:
        raise UnavailableError(
            "INT8 is refused: {} (SM {}) has no fast INT8 (no DP4A instruction), so that it would "
            "be slower and less exact than FP16; set engine.precision to auto".format(
                machine.gpu, machine.sm
            )
        )
    if asked == "fp16" and not can.fp16:
        return "fp32", "{} (SM {}) has no fast FP16".format(machine.gpu, machine.sm)
    if asked == "auto":
        return ("fp16" if can.fp16 else "fp32"), ""
    return asked, ""
