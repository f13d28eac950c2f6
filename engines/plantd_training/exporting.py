"""A frozen graph to the bundle's model.onnx, shown to agree with TensorFlow."""

from typing import Dict, Sequence

import numpy as np
import onnx
import onnxruntime
import tf2onnx
from tensorflow.core.framework import graph_pb2

from plantd.errors import GraphError
from plantd_training.half import stored_in_half

# TensorRT 8.2's parser takes opset 13; IR 7 is what ONNX 1.8 wrote with it.
OPSET = 13
IR_VERSION = 7
ONNX_DOMAIN = ("", "ai.onnx")


def onnx_from_graph(
    graph: graph_pb2.GraphDef, input_name: str, output_names: Sequence[str]
) -> onnx.ModelProto:
    """Return the ONNX model, weights stored in half precision; names as the graph has them."""
    converted, _ = tf2onnx.convert.from_graph_def(
        graph,
        input_names=[input_name + ":0"],
        output_names=[name + ":0" for name in output_names],
        opset=OPSET,
    )
    model = stored_in_half(_renamed(converted, [input_name, *output_names]))
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    _check_domains(model)
    return model


def run_onnx(model: onnx.ModelProto, value: np.ndarray) -> Dict[str, np.ndarray]:
    """Return the outputs by name for (n, ...) inputs, one picture at a time, by ONNX Runtime."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    feed = session.get_inputs()[0].name
    rows = [session.run(names, {feed: value[i : i + 1]}) for i in range(len(value))]
    return {name: np.concatenate([row[i] for row in rows]) for i, name in enumerate(names)}


def _renamed(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """TensorFlow's tensors end in :0, which no engine needs in a name."""
    plain = {name + ":0": name for name in names}
    for node in model.graph.node:
        node.input[:] = [plain.get(name, name) for name in node.input]
        node.output[:] = [plain.get(name, name) for name in node.output]
    for value in [*model.graph.input, *model.graph.output]:
        value.name = plain.get(value.name, value.name)
    return model


def _check_domains(model: onnx.ModelProto) -> None:
    foreign = sorted({n.op_type for n in model.graph.node if n.domain not in ONNX_DOMAIN})
    if foreign:
        raise GraphError("the graph did not convert: {} are no ONNX operators".format(foreign))
