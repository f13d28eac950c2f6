"""On which devices a training runs: TensorFlow's own strategies, by one option."""

from typing import List, Optional

import tensorflow as tf

from plantd.errors import UsageError

Chosen = Optional[tf.distribute.Strategy]


def strategy(choice: str, logical_devices: Optional[int] = None) -> Chosen:
    """Return the strategy, or None for one device. Call it before anything else of TensorFlow.

    Args:
        choice: none; mirrored (all GPUs of this machine); workers.
        logical_devices: split the one processor into so many, to try `mirrored` without GPUs.
    Raises UsageError for `workers`, and when TensorFlow runs already.
    """
    if choice == "workers":
        raise UsageError(
            "several workers are not offered: Keras 3 does not train under "
            "MultiWorkerMirroredStrategy (keras issue 20585); use --distribute mirrored on one "
            "machine with several GPUs, or plantd-train weights --distribute, by Keras on JAX"
        )
    if logical_devices is not None and (choice != "mirrored" or logical_devices < 1):
        raise UsageError(
            "--logical-devices {}: expected one or more, with --distribute mirrored".format(
                logical_devices
            )
        )
    if choice == "none":
        return None
    if logical_devices is None:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.MirroredStrategy(_logical(logical_devices))


def _logical(count: int) -> List[str]:
    (processor,) = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
    try:
        tf.config.set_logical_device_configuration(processor, parts)
    except RuntimeError as error:
        raise UsageError("logical devices must be asked for before TensorFlow starts") from error
    return ["CPU:{}".format(place) for place in range(count)]
