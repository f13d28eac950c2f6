"""Pixels to the network's input: the only resize and the only normalisation anywhere.

Serving, evaluation, calibration and the golden outputs go through `to_tensor`; training ends in
`normalise`. Which size, colour order, rule and constants apply is data in the model bundle.
"""

from functools import lru_cache
from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from plantd.errors import BundleError
from plantd.frame import FieldOfView

LAYOUTS = ("NHWC", "NCHW")
COLOURS = ("RGB", "BGR")
RULES = ("center_crop", "stretch", "letterbox")
INTERPOLATIONS = {
    "area": cv2.INTER_AREA,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "nearest": cv2.INTER_NEAREST,
}

Triple = Tuple[float, float, float]


class InputSpec(NamedTuple):
    """How pixels become the network's input. The constants are in the network's colour order.

    Attributes:
        name: the graph's input.
        width_px, height_px: what the network sees.
        layout: NHWC or NCHW.
        colour: RGB or BGR.
        rule: center_crop (fill the size, cut what sticks out), stretch, or letterbox (black bars).
        interpolation: area, bilinear, bicubic or nearest. Enlarging with `area` is bilinear.
        scale, mean, std: value = (pixel * scale - mean) / std, by channel.
    """

    name: str
    width_px: int
    height_px: int
    layout: str
    colour: str
    rule: str
    interpolation: str
    scale: float
    mean: Triple
    std: Triple

    @property
    def shape(self) -> Tuple[int, int, int, int]:
        """Shape of the tensor, batch 1."""
        if self.layout == "NCHW":
            return (1, 3, self.height_px, self.width_px)
        return (1, self.height_px, self.width_px, 3)


def field_of_view(height_px: int, width_px: int, spec: InputSpec) -> FieldOfView:
    """Return where `resize` looks in a picture of this size."""
    if spec.rule == "stretch":
        return FieldOfView(0.0, 0.0, float(height_px), float(width_px))
    factors = width_px / spec.width_px, height_px / spec.height_px
    factor = max(factors) if spec.rule == "letterbox" else min(factors)
    height, width = spec.height_px * factor, spec.width_px * factor
    return FieldOfView((height_px - height) / 2.0, (width_px - width) / 2.0, height, width)


def to_tensor(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return the network's input, `spec.shape` float32, for (height, width, 3) uint8 BGR pixels."""
    return from_resized(resize(pixels, spec), spec)


def from_resized(resized: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return the network's input for pixels that `resize` already brought to size.

    Args:
        resized: (spec.height_px, spec.width_px, 3) uint8 BGR: what the record keeps of a press.
    """
    expected = (spec.height_px, spec.width_px, 3)
    if resized.shape != expected or resized.dtype != np.uint8:
        raise BundleError(
            "the kept network input is {} {}; the model {!r} expects {} uint8; "
            "replay it with the model that made it".format(
                resized.shape, resized.dtype, spec.name, expected
            )
        )
    coloured = cv2.cvtColor(resized, cv2.COLOR_BGR2RGB) if spec.colour == "RGB" else resized
    values = np.asarray(cv2.LUT(coloured, _table(spec)))
    if spec.layout == "NCHW":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[np.newaxis])


def unstacked(kept: np.ndarray, spec: InputSpec) -> List[np.ndarray]:
    """Return a burst's resized pixels, kept one below the other; `from_resized` checks each."""
    count = max(1, kept.shape[0] // spec.height_px)
    return [kept] if count == 1 else list(np.split(kept[: count * spec.height_px], count))


@lru_cache(maxsize=4)
def _table(spec: InputSpec) -> np.ndarray:
    """Return (1, 256, 3) float32: what `normalise` makes of each value of each channel."""
    return normalise(np.arange(256.0).reshape(1, 256, 1).repeat(3, axis=2), spec)


def normalise(coloured: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return (pixel * scale - mean) / std in float32, in any shape that ends in the channels.

    Args:
        coloured: (..., width, 3) values from 0 to 255, channels in `spec.colour` order.
    """
    scale = np.float32(spec.scale) / np.asarray(spec.std, np.float32)
    offset = np.asarray(spec.mean, np.float32) / np.asarray(spec.std, np.float32)
    values = np.array(coloured, np.float32, order="C")
    # A row of pixels at once: numpy takes three times as long over rows of three values.
    *above, width, channels = values.shape
    rows = values.reshape((*above, width * channels))
    rows *= np.tile(scale, width)
    rows -= np.tile(offset, width)
    return values


def resize(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return (spec.height_px, spec.width_px, 3) uint8 BGR by the bundle's rule."""
    if spec.rule == "center_crop":
        return _scaled(_cropped_to_aspect(pixels, spec), spec.width_px, spec.height_px, spec)
    if spec.rule == "letterbox":
        return _letterboxed(pixels, spec)
    return _scaled(pixels, spec.width_px, spec.height_px, spec)


def _cropped_to_aspect(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    height, width = pixels.shape[:2]
    factor = min(width / spec.width_px, height / spec.height_px)
    crop_width = max(1, round(spec.width_px * factor))
    crop_height = max(1, round(spec.height_px * factor))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return pixels[top : top + crop_height, left : left + crop_width]


def _letterboxed(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    height, width = pixels.shape[:2]
    factor = min(spec.width_px / width, spec.height_px / height)
    inner_width = min(spec.width_px, max(1, round(width * factor)))
    inner_height = min(spec.height_px, max(1, round(height * factor)))
    left, top = (spec.width_px - inner_width) // 2, (spec.height_px - inner_height) // 2
    canvas = np.zeros((spec.height_px, spec.width_px, 3), np.uint8)
    inner = _scaled(pixels, inner_width, inner_height, spec)
    canvas[top : top + inner_height, left : left + inner_width] = inner
    return canvas


def _scaled(pixels: np.ndarray, width_px: int, height_px: int, spec: InputSpec) -> np.ndarray:
    method = INTERPOLATIONS[spec.interpolation]
    scaled = cv2.resize(pixels, (width_px, height_px), interpolation=method)
    return np.asarray(scaled, np.uint8)
