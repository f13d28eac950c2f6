"""The calibration set on its way to the GPU: pictures -> tensors -> device memory -> the feed."""

import contextlib
from typing import Callable, Iterator, NamedTuple

import numpy as np

from plantd import bundle as bundles
from plantd import picture
from plantd.engine.gpu import Buffer, Card
from plantd.engine.plan import RECIPE
from plantd.errors import EngineError
from plantd.tensor import InputSpec, to_tensor
from plantd_engines.calibration import calibration_set
from plantd_engines.calibration.calibration_set import CalibrationSet, Listed
from plantd_engines.calibration.entropy_calibrator import Cache, CacheKey, Feed


class Calibration(NamedTuple):
    """What a build calibrates with.

    Attributes:
        bundle: its directory, for the network's input; graph: sha256 of its model.onnx.
        folder: the calibration set; cache: the file of TensorRT's calibration cache.
    """

    bundle: str
    graph: str
    folder: str
    cache: str


@contextlib.contextmanager
def feed_on(card: Card, asked: Calibration, tensorrt: str) -> Iterator[Feed]:
    """Give the feed of a calibration; the GPU's context is current in this thread meanwhile.

    Args:
        tensorrt: its version.

    Raises CalibrationError for a list that is none, EngineError when the GPU fails.
    """
    spec = bundles.load(asked.bundle).manifest.input
    found = calibration_set.read(asked.folder, asked.graph)
    key = CacheKey(asked.graph, found.digest, tensorrt, RECIPE)
    try:
        to_device = _to_device(card, _open(card, spec))
        tensors = [_tensor_of(found, each, spec) for each in found.calibrate]
        yield Feed(spec.name, spec.shape, tensors, to_device, Cache(asked.cache, key))
    finally:
        card.close()


def _open(card: Card, spec: InputSpec) -> Buffer:
    try:
        card.open()
        return card.buffer(spec.shape, is_mapped=False)
    except card.error as error:
        raise EngineError(
            "the GPU gives no memory to calibrate with ({}); build again, with less beside it: "
            "systemctl stop plantd".format(error)
        ) from error


def _tensor_of(found: CalibrationSet, each: Listed, spec: InputSpec) -> Callable[[], np.ndarray]:
    return lambda: to_tensor(picture.decode(calibration_set.picture_bytes(found, each)), spec)


def _to_device(card: Card, buffer: Buffer) -> Callable[[np.ndarray], int]:
    def copy(tensor: np.ndarray) -> int:
        np.copyto(buffer.host, tensor)
        buffer.upload(card.stream)
        # TensorRT reads on a stream of its own: the tensor must be there before it is told so.
        card.wait()
        return int(buffer.address)

    return copy
