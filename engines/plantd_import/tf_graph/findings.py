"""What is known to stand between a found graph and an engine: what, at which node, what helps.

How this works: each row of OBSTACLES names operators; a graph part that holds one of them has that
finding, once, with its first node. Rows that refuse end the import; the others are told and handled
(branches.py, placeholders.py, inference_graph.py).
"""

from typing import Callable, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import tensorflow as tf
from tensorflow.core.framework.node_def_pb2 import NodeDef

from plantd_import.tf_graph import branches, graph_walk, placeholders


class Finding(NamedTuple):
    """One thing worth saying about a graph.

    Attributes:
        node: the first node that shows it.
        nodes: how many nodes do.
        refuses: whether it must be cured first.
    """

    name: str
    node: str
    nodes: int
    sentence: str
    cure: str
    refuses: bool

    def __str__(self) -> str:
        more = "" if self.nodes == 1 else " and {} more".format(self.nodes - 1)
        return "{} ({}{}); {}".format(self.sentence, self.node, more, self.cure)


class _Obstacle(NamedTuple):
    name: str
    shows: Callable[[NodeDef], bool]
    sentence: str
    cure: str
    refuses: bool


TENSORRT_ENGINE = "TRTEngineOp"


def _starts(*prefixes: str) -> Callable[[NodeDef], bool]:
    return lambda node: node.op.startswith(prefixes)


def _among(*ops: str) -> Callable[[NodeDef], bool]:
    return lambda node: node.op in ops


def _is_unknown(node: NodeDef) -> bool:
    return node.op != TENSORRT_ENGINE and not hasattr(tf.raw_ops, node.op)


def _is_batch_norm_in_training(node: NodeDef) -> bool:
    # is_training is True where the attribute is left out.
    flag = node.attr["is_training"].b if "is_training" in node.attr else True
    return node.op.startswith("FusedBatchNorm") and flag


DECODERS = (
    "DecodeJpeg",
    "DecodePng",
    "DecodeImage",
    "DecodeBmp",
    "DecodeGif",
    "DecodeAndCropJpeg",
) + ("DecodeRaw", "DecodeBase64", "ReadFile")
_BEHIND = "name the float picture behind it as the input (--poison-input, --species-input)"

OBSTACLES = (
    _Obstacle(
        "tensorrt_engine",
        _among(TENSORRT_ENGINE),
        "the graph was built for one kind of GPU already, by TF-TRT",
        "import the frozen graph that it was made from; plantd-engine builds the device's own plan",
        True,
    ),
    _Obstacle(
        "variables",
        _starts("Variable", "VarHandleOp", "AutoReloadVariable", "TemporaryVariable"),
        "the graph is not frozen: its weights are variables",
        "freeze it where its checkpoint is (freeze_graph, or "
        "tf.compat.v1.graph_util.convert_variables_to_constants) and import the result",
        True,
    ),
    _Obstacle(
        "fake_quantisation",
        _starts("FakeQuant"),
        "the graph imitates 8-bit arithmetic (trained with quantisation in mind)",
        "export the float graph; plantd quantises by itself where the hardware gains from it",
        True,
    ),
    _Obstacle(
        "quantised",
        _starts("Quantize", "Requanti", "Dequantize", "UniformQuanti"),
        "the graph is quantised",
        "import the float graph it was made from",
        True,
    ),
    _Obstacle(
        "image_decoding",
        _among(*DECODERS),
        "the graph decodes pictures itself",
        _BEHIND,
        True,
    ),
    _Obstacle(
        "input_pipeline",
        _starts("Iterator", "Queue", "FIFOQueue", "ParseExample", "ParseSingle", "OneShotIter"),
        "the graph reads its own training data",
        _BEHIND,
        True,
    ),
    _Obstacle(
        "lookup",
        _starts("LookupTable", "HashTable", "MutableHashTable"),
        "the graph turns numbers into words by a table",
        "name the output before it (--poison-output, --species-output); labels are given apart",
        True,
    ),
    _Obstacle(
        "loop",
        _among("Enter", "Exit", "NextIteration", "LoopCond", "While", "StatelessWhile"),
        "the graph holds a loop",
        "export the network without it: plantd looks at each picture once",
        True,
    ),
    _Obstacle(
        "choices",
        _among(*branches.CHOICES),
        "the graph chooses between training and inference",
        "the side for inference is taken",
        False,
    ),
    _Obstacle(
        "learning_phase",
        placeholders.is_phase_node,
        "the graph asks for the learning phase",
        "it is set to inference",
        False,
    ),
    _Obstacle(
        "default",
        lambda node: node.op == placeholders.WITH_DEFAULT and not placeholders.is_phase_node(node),
        "the graph has an input with a default",
        "the default is used, unless it is the picture's own input or --set gives a value",
        False,
    ),
)
TRAINING = (
    _Obstacle(
        "random",
        _starts("Random", "StatelessRandom", "Multinomial", "TruncatedNormal"),
        "the graph draws random numbers: its dropout is always on",
        "export it for inference (training=False, or learning phase 0)",
        True,
    ),
    _Obstacle(
        "batch_statistics",
        _is_batch_norm_in_training,
        "the graph normalises by the statistics of the batch: it was exported for training",
        "export it for inference (training=False, or learning phase 0)",
        True,
    ),
)


def findings(nodes: Sequence[NodeDef], functions: Iterable[str] = ()) -> Tuple[Finding, ...]:
    """Return what is worth saying about a part of a graph, refusals first.

    Args:
        nodes: the part between picture and answers.
        functions: names of the graph's own functions, which are not unknown operators.
    """
    own = frozenset(functions)
    unknown = _Obstacle(
        "custom_operator",
        lambda node: node.op not in own and _is_unknown(node),
        "the graph uses an operator that TensorFlow does not have",
        "import a graph without it: neither TensorRT nor ONNX Runtime would know it",
        True,
    )
    found = [_found(one, nodes) for one in (unknown,) + OBSTACLES]
    return tuple(sorted(filter(None, found), key=lambda one: not one.refuses))


def training_left(nodes: Sequence[NodeDef]) -> Tuple[Finding, ...]:
    """Return what still trains in a graph whose choices have been settled for inference."""
    return tuple(filter(None, (_found(one, nodes) for one in TRAINING)))


def arithmetic_before_network(nodes: Sequence[NodeDef], image: str) -> Optional[str]:
    """Say what a graph computes on the picture before its first layer, or None.

    Such a graph scales its pictures itself, and the input spec must not do so again.
    """
    arithmetic = ("Sub", "Mul", "Div", "RealDiv", "Add", "AddV2", "Resize", "Cast", "Reverse")
    reached = {image}
    seen: List[str] = []
    for node in nodes:
        if not any(graph_walk.node_of(tensor) in reached for tensor in node.input):
            continue
        if node.op.startswith(("Conv", "DepthwiseConv", "MatMul", "FusedBatchNorm")):
            break
        reached.add(node.name)
        if node.op.startswith(arithmetic):
            seen.append("{} ({})".format(node.op, node.name))
    if not seen:
        return None
    return (
        "the graph itself computes {} on its input before the first layer; the input spec must "
        "not do the same again".format(", ".join(seen))
    )


def _found(obstacle: _Obstacle, nodes: Sequence[NodeDef]) -> Optional[Finding]:
    shown = [node for node in nodes if obstacle.shows(node)]
    if not shown:
        return None
    first = shown[0]
    return Finding(
        obstacle.name,
        "{}, {}".format(first.name, first.op),
        len(shown),
        obstacle.sentence,
        obstacle.cure,
        obstacle.refuses,
    )
