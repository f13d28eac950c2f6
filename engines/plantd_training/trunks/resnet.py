"""ResNet-50 as Keras has it: the trunk of the 2019 study.

ImageNet weights come from Keras (fetched once, where there is a network) or from a local file in
Keras's format without the top; else they are drawn at random. Source: He et al., Deep Residual
Learning for Image Recognition, CVPR 2016; keras.applications.ResNet50.
"""

from typing import Optional

import keras

from plantd.errors import NotFoundError, UnavailableError

NAME = "resnet50"
SIDE_PX = 300
IMAGENET = "imagenet"
# Pixels in BGR with ImageNet's means taken off. Source: keras.applications.resnet.preprocess_input.
MEAN_BGR = (103.939, 116.779, 123.68)


def build(side_px: Optional[int], weights: Optional[str]) -> keras.Model:
    """Return (n, side, side, 3) BGR, means taken off, to (n, side/32, side/32, 2048).

    Args:
        weights: None for random ones, "imagenet", or the path of a file.
    """
    if weights not in (None, IMAGENET):
        return _from_file(side_px, str(weights))
    try:
        return _application(side_px, weights)
    except Exception as error:  # urllib's and http's own classes come through
        raise UnavailableError(
            "the ImageNet weights of ResNet-50 cannot be fetched ({}); give a local file by "
            "weights: PATH".format(error)
        ) from error


def _from_file(side_px: Optional[int], path: str) -> keras.Model:
    model = _application(side_px, None)
    try:
        model.load_weights(path)
    except FileNotFoundError as error:
        raise NotFoundError("there is no weights file {}".format(path)) from error
    except (OSError, ValueError) as error:
        raise NotFoundError(
            "{} does not fit ResNet-50 without its top: {}".format(path, error)
        ) from error
    return model


def _application(side_px: Optional[int], weights: Optional[str]) -> keras.Model:
    return keras.applications.ResNet50(
        include_top=False, weights=weights, input_shape=(side_px, side_px, 3), name=NAME
    )
