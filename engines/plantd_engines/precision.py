"""Which precision a plan is built in: what is asked for, as far as the GPU can."""

from typing import Any, NamedTuple, Tuple

from plantd.engine import trt as wrapper
from plantd.engine.machine import Machine
from plantd.errors import GraphError, UnavailableError

ASKED = ("auto", "fp32", "fp16", "int8")
# Where TensorRT does not say (from 11 on): the GPUs that compute FP16, and those that multiply
# four bytes at once (DP4A), at a multiple of FP32. From 7.0 on all do both.
# Source: CUDA C++ Programming Guide, throughput of native arithmetic instructions.
FAST_FP16 = ("5.3", "6.0", "6.2")
FAST_INT8 = ("6.1",)
FIRST_WITH_BOTH = 7


class Abilities(NamedTuple):
    """What the GPU is fast at, and whether this TensorRT calibrates (8 does, from 10 on none)."""

    fp16: bool
    int8: bool
    calibrates: bool = False


def is_typed(trt: Any) -> bool:
    """Return whether precision lies in the graph's types."""
    flags = trt.NetworkDefinitionCreationFlag
    return hasattr(flags, "STRONGLY_TYPED") or not hasattr(trt.BuilderFlag, "FP16")


def abilities_of(trt: Any, machine: Machine) -> Abilities:
    """Return what the GPU is fast at, by TensorRT's word where it gives one."""
    builder = trt.Builder(wrapper.logger_for(trt))
    both = int(machine.sm.split(".")[0]) >= FIRST_WITH_BOTH
    return Abilities(
        bool(getattr(builder, "platform_has_fast_fp16", both or machine.sm in FAST_FP16)),
        bool(getattr(builder, "platform_has_fast_int8", both or machine.sm in FAST_INT8)),
        not is_typed(trt) and hasattr(trt, "IInt8EntropyCalibrator2"),
    )


def chosen(
    asked: str, can: Abilities, machine: Machine, is_quantised: bool = False
) -> Tuple[str, str]:
    """Return the precision to build in, and why it is not the one that was asked for.

    Args:
        is_quantised: the graph says itself how it is quantised; it is built in INT8 or not at all.

    Raises UnavailableError for INT8 on a GPU that is not fast at it: it would be slower and less
    exact than FP16. GraphError for a quantised graph that is asked for in another precision.
    """
    if (is_quantised or asked == "int8") and not can.int8:
        raise UnavailableError(
            "INT8 is refused: {} (SM {}) has no fast INT8 (no DP4A instruction), so that it would "
            "be slower and less exact than FP16; {}".format(
                machine.gpu,
                machine.sm,
                "install the bundle that this quantised one was made of"
                if is_quantised
                else "set engine.precision to auto",
            )
        )
    if is_quantised:
        if asked not in ("auto", "int8"):
            raise GraphError(
                "the graph is quantised to INT8 and cannot be built in {}; set engine.precision to "
                "auto, or install the bundle that it was made of".format(asked)
            )
        return "int8", ""
    if asked == "fp16" and not can.fp16:
        return "fp32", "{} (SM {}) has no fast FP16".format(machine.gpu, machine.sm)
    if asked == "auto":
        return ("fp16" if can.fp16 else "fp32"), ""
    return asked, ""


def check_calibration(machine: Machine, can: Abilities, has_set: bool) -> None:
    """Raise unless INT8 can be had of a graph that holds no quantisation of its own.

    UnavailableError where this TensorRT does not calibrate, GraphError where there is no set.
    """
    if not can.calibrates:
        raise UnavailableError(
            "TensorRT {} takes INT8 only from a graph that holds its quantisation "
            "(QuantizeLinear): calibrating in the builder ended with TensorRT 8; make a quantised "
            "bundle with plantd-calibrate int8, or set engine.precision to auto".format(
                machine.tensorrt
            )
        )
    if not has_set:
        raise GraphError(
            "INT8 without calibration is refused: the graph holds no quantisation "
            "(QuantizeLinear), and no calibration set is named; make a quantised bundle with "
            "plantd-calibrate int8, or give --calibration FOLDER (engine.calibration) with a set "
            "made by plantd-calibrate inputs"
        )


def ladder(precision: str, can: Abilities, is_quantised: bool) -> Tuple[str, ...]:
    """Return the precisions to try in turn, from the one that was chosen down to FP32."""
    if is_quantised:
        # There is no other graph to build from.
        return (precision,)
    steps = ("int8",) + (("fp16",) if can.fp16 else ()) + ("fp32",)
    return steps[steps.index(precision) :]
