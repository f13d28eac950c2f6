"""A frozen TensorFlow graph becomes an ONNX graph of opset 13 and IR 7, by tf2onnx's Python API.

tf2onnx's exit code and return value prove nothing (it leaves unknown ops in and says nothing), so
what comes out is checked here: operators, domains, versions, ONNX's own checker.
"""

import logging
from typing import NamedTuple, Tuple

import onnx
import tensorflow as tf
from onnx import helper
from tensorflow.core.framework import graph_pb2
from tf2onnx import optimizer, tfonnx
from tf2onnx.handler import tf_op

from plantd.errors import GraphError
from plantd.messages import first_line
from plantd_import.onnx_graph import constant_folding
from plantd_import.tf_graph import inference_graph, weight_stubs

# TensorRT 8.2, the last one for the TX2, reads opset 13 or lower; IR 7 belongs to it.
OPSET = 13
IR_VERSION = 7
STANDARD_DOMAINS = ("", "ai.onnx")


class Conversion(NamedTuple):
    """An ONNX model, how many nodes the two graphs have, and how many were folded on the way."""

    model: onnx.ModelProto
    nodes_before: int
    nodes_after: int
    folds: constant_folding.Folds


def onnx_from_graph(
    graph: graph_pb2.GraphDef,
    input_name: str,
    output_names: Tuple[str, ...],
    stub_from_bytes: int = weight_stubs.STUB_FROM_BYTES,
) -> Conversion:
    """Return the graph as ONNX; `graph` is used up (its weights are taken out of it).

    Args:
        input_name, output_names: tensors, such as `input_1:0`. They keep their names.
        stub_from_bytes: larger constants do not pass through the converter.

    Raises GraphError with the node that has no counterpart in ONNX.
    """
    nodes_before = len(graph.node)
    weights = weight_stubs.take_out(graph, stub_from_bytes)
    # It says in many lines what is raised here in one.
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    with tf.Graph().as_default() as stubbed:
        _rebuild(graph)
        _check_tensors(stubbed, (input_name, *output_names))
        try:
            network = tfonnx.process_tf_graph(
                stubbed,
                opset=OPSET,
                input_names=[input_name] + sorted(weights),
                output_names=list(output_names),
            )
        except Exception as error:
            raise GraphError(
                "tf2onnx cannot convert the graph: {}; 'plantd-import inspect' lists its "
                "operators".format(first_line(error))
            ) from error
    # Its default copies the whole graph before each of a dozen passes, to hide their failures.
    network = optimizer.optimize_graph(network, catch_errors=False)
    model = network.make_model("plantd")
    weight_stubs.remove_inputs(model, weights)
    folds = constant_folding.fold(model, weights)
    _finish(model)
    check_standard(model)
    return Conversion(model, nodes_before, len(model.graph.node), folds)


def is_convertible(op: str) -> bool:
    """Return whether the converter, or what settles a graph before it, knows an operator."""
    return op in tf_op.create_mapping(OPSET, None) or op in inference_graph.SETTLED_OPS


def check_standard(model: onnx.ModelProto) -> None:
    """Raise GraphError unless the model is opset 13, IR 7 and uses ONNX's own operators only."""
    strangers = [
        "{} ({})".format(node.name, ":".join(filter(None, (node.domain, node.op_type))))
        for node in model.graph.node
        if node.domain not in STANDARD_DOMAINS or not _is_known(node)
    ]
    if strangers:
        raise GraphError(
            "the converted graph still holds operators that are not ONNX's: {}; take them out of "
            "the TensorFlow graph and do their work before it".format(", ".join(strangers[:5]))
        )
    versions = {opset.domain: opset.version for opset in model.opset_import}
    if versions != {"": OPSET} or model.ir_version != IR_VERSION:
        raise GraphError(
            "the converted graph has opsets {} and IR {}; expected opset {} and IR {}".format(
                versions, model.ir_version, OPSET, IR_VERSION
            )
        )
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise GraphError("ONNX's checker refuses the graph: {}".format(error)) from error


def _rebuild(graph: graph_pb2.GraphDef) -> None:
    try:
        tf.import_graph_def(graph, name="")
    except (ValueError, tf.errors.OpError) as error:
        raise GraphError(
            "the graph cannot be rebuilt for one picture at a time: {}; freeze it again with batch "
            "1 or an open batch".format(first_line(error))
        ) from error


def _check_tensors(graph: tf.Graph, names: Tuple[str, ...]) -> None:
    for name in names:
        try:
            graph.get_tensor_by_name(name)
        except (KeyError, ValueError) as error:
            raise GraphError(
                "there is no tensor {}; 'plantd-import inspect' lists the candidates, such as "
                "NODE:0".format(name)
            ) from error


def _finish(model: onnx.ModelProto) -> None:
    model.ir_version = IR_VERSION
    used = {node.domain or "" for node in model.graph.node} | {""}
    kept = [opset for opset in model.opset_import if opset.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(o.domain, o.version) for o in kept)


def _is_known(node: onnx.NodeProto) -> bool:
    return bool(onnx.defs.has(node.op_type, OPSET, ""))
