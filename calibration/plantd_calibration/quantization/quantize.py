"""A bundle's graph in 8 bits or in half precision, as ONNX Runtime and TensorRT both accept it.

8 bits: explicit Q/DQ nodes, symmetric, signed in weights and activations, scales by channel, biases
left in float: TensorRT rejects zero points and quantised biases. The heads stay in float: they are
little of the work and all of the answer.
"""

import contextlib
import io
import logging
import tempfile
import warnings
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from plantd import picture
from plantd.errors import GraphError
from plantd.tensor import InputSpec, to_tensor
from plantd_calibration.data.photos import Photo

CPU_INFO = Path("/proc/cpuinfo")
# With them 8-bit products are summed in 32 bits; without, pairs of them saturate in 16.
VNNI = ("avx_vnni", "avx512_vnni")


class PhotoReader(quantization.CalibrationDataReader):  # type: ignore[misc]  # it has no types
    """The calibration set, photograph by photograph; one that cannot be read raises."""

    def __init__(self, photos: Sequence[Photo], spec: InputSpec) -> None:
        """Args: what is read, in this order; how it is brought to size."""
        self._spec = spec
        self._photos = iter(photos)

    def get_next(self) -> Optional[Dict[str, np.ndarray]]:
        """Return the next input, None after the last one."""
        photo = next(self._photos, None)
        if photo is None:
            return None
        return {self._spec.name: to_tensor(picture.read(str(photo.path)), self._spec)}


def has_vnni(cpu_info: Path = CPU_INFO) -> bool:
    """Return whether this CPU sums 8-bit products without saturating."""
    words = cpu_info.read_text(encoding="utf-8").split() if cpu_info.exists() else []
    return any(flag in words for flag in VNNI)


def quantize(
    model: onnx.ModelProto,
    photos: Sequence[Photo],
    spec: InputSpec,
    heads: Sequence[str],
    reduce_range: bool,
) -> onnx.ModelProto:
    """Return the graph in 8 bits.

    Args:
        photos: the calibration set.
        heads: the outputs; what computes them stays in float.
        reduce_range: 7 bits for weights, for CPUs that saturate.
    Raises PictureError or NotFoundError for a photograph that cannot be read: no set shrinks.
    """
    with tempfile.TemporaryDirectory(prefix="plantd-int8-") as scratch, _quietly():
        plain, prepared, made = (
            str(Path(scratch) / name) for name in ("a.onnx", "b.onnx", "c.onnx")
        )
        onnx.save(single_precision(model), plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            made,
            PhotoReader(photos, spec),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            reduce_range=reduce_range,
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=_computing(onnx.load(prepared), heads),
            calibrate_method=quantization.CalibrationMethod.MinMax,
            extra_options={
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": False,
            },
        )
        return onnx.load(made)


def half_precision(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph computing in FP16, its input and outputs in FP32."""
    from onnxconverter_common.float16 import convert_float_to_float16

    with _quietly():
        made: onnx.ModelProto = convert_float_to_float16(
            single_precision(model), keep_io_types=True
        )
    return made


def single_precision(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy whose weights are float32: stored halves behind a Cast are widened."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    halves = {t.name: t for t in copy.graph.initializer if t.data_type == TensorProto.FLOAT16}
    kept: List[onnx.NodeProto] = []
    for node in copy.graph.node:
        widened = node.op_type == "Cast" and node.input[0] in halves
        if not widened:
            kept.append(node)
            continue
        values = numpy_helper.to_array(halves[node.input[0]]).astype(np.float32)
        copy.graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
    del copy.graph.node[:]
    copy.graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    wanted = [t for t in copy.graph.initializer if t.name in used]
    del copy.graph.initializer[:]
    copy.graph.initializer.extend(wanted)
    return copy


def _computing(model: onnx.ModelProto, outputs: Sequence[str]) -> List[str]:
    """Return the names of the nodes from each output back to its matrix product."""
    producers = {name: node for node in model.graph.node for name in node.output}
    found = []
    for output in outputs:
        name = output
        while name in producers:
            node = producers[name]
            found.append(node.name)
            if node.op_type in ("Gemm", "MatMul", "Conv"):
                break
            name = node.input[0]
        else:
            raise GraphError("nothing in the graph computes the output {}".format(output))
    return found


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The quantiser and the converter warn of what is done on purpose here."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(before)
