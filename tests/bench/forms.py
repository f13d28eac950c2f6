"""The default bundle's layers for TensorFlow and LiteRT: `forms.py FOLDER`, in .venv-host.

Neither reads ONNX, so the network is built anew: the trunk, the side and the heads of plants70,
with weights by chance, since what they are costs no time. Writes FOLDER/saved and
FOLDER/model.tflite.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

from plantd import bundle
from plantd_training.trunks import lite

ROOT = Path(__file__).resolve().parents[2]
TRUNK = "lite2"


def main() -> int:
    """Write both."""
    folder = sys.argv[1]
    manifest = bundle.load(str(ROOT / "engines" / "bundles" / "plants70")).manifest
    net = lite.build(TRUNK, manifest.input.width_px, imagenet=False)
    pooled = keras.layers.GlobalAveragePooling2D()(net.output)
    heads = [
        keras.layers.Dense(head.size, name=name)(pooled)
        for name, head in (("poison", manifest.poison), ("species", manifest.species))
    ]
    whole = keras.Model(net.input, heads)
    whole.export(os.path.join(folder, "saved"), verbose=False)
    lite_model = tf.lite.TFLiteConverter.from_saved_model(os.path.join(folder, "saved")).convert()
    Path(folder, "model.tflite").write_bytes(lite_model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
