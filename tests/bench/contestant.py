"""One way to do one piece of work, timed in a process of its own: `contestant.py WORK WAY FILE`.

Prints one JSON line once it is ready ({"version"} or {"absent"}), then a median in milliseconds for
each line that it reads. Runs in the environment of whoever it measures; imports nothing of plantd
unless plantd is what it measures.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Callable, Dict, Tuple

REPEATS = 5
SIDE_PX = 300
Call = Callable[[], Any]


def decode_plantd(path: str) -> Tuple[str, Call]:
    from plantd import __version__, picture

    data = Path(path).read_bytes()
    return __version__, lambda: picture.decode(data)


def decode_opencv(path: str) -> Tuple[str, Call]:
    import cv2
    import numpy as np

    data = np.fromfile(path, np.uint8)
    return cv2.__version__, lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)


def decode_turbojpeg(path: str) -> Tuple[str, Call]:
    from turbojpeg import TurboJPEG

    decoder, data = TurboJPEG(), Path(path).read_bytes()
    return "", lambda: decoder.decode(data)


def decode_pillow(path: str) -> Tuple[str, Call]:
    import numpy as np
    import PIL
    from PIL import Image

    return PIL.__version__, lambda: np.asarray(Image.open(path).convert("RGB"))


def decode_torchvision(path: str) -> Tuple[str, Call]:
    import torchvision

    data = torchvision.io.read_file(path)
    return torchvision.__version__, lambda: torchvision.io.decode_jpeg(data)


def input_plantd(path: str) -> Tuple[str, Call]:
    import os

    from plantd import __version__, bundle, picture, tensor

    bundles = os.path.join(os.path.dirname(__file__), "..", "..", "engines", "bundles")
    spec = bundle.load(os.path.join(bundles, "plants70")).manifest.input
    pixels = picture.read(path)
    return __version__, lambda: tensor.to_tensor(pixels, spec)


def input_opencv(path: str) -> Tuple[str, Call]:
    import cv2
    import numpy as np

    pixels = cv2.imread(path)
    left = (pixels.shape[1] - pixels.shape[0]) // 2

    def made() -> Any:
        square = pixels[:, left : left + pixels.shape[0]]
        small = cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        return (cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.float32) - 127.0) / 128.0

    return cv2.__version__, made


def input_pillow(path: str) -> Tuple[str, Call]:
    import numpy as np
    import PIL
    from PIL import Image, ImageOps

    pixels = Image.open(path).convert("RGB")
    size = (SIDE_PX, SIDE_PX)

    def made() -> Any:
        fitted = ImageOps.fit(pixels, size, Image.Resampling.BOX)
        return (np.asarray(fitted, np.float32) - 127.0) / 128.0

    return PIL.__version__, made


def input_torchvision(path: str) -> Tuple[str, Call]:
    import torch
    import torchvision
    from torchvision.transforms.v2 import functional

    torch.set_num_threads(2)
    pixels = torchvision.io.read_image(path)

    def made() -> Any:
        small = functional.resize(pixels, [SIDE_PX], antialias=True)
        cropped = functional.center_crop(small, [SIDE_PX, SIDE_PX])
        return (cropped.float() - 127.0) / 128.0

    return torchvision.__version__, made


def infer_plantd(path: str) -> Tuple[str, Call]:
    import os

    import numpy as np

    from plantd import __version__, bundle
    from plantd.engine.onnxrt import OnnxRuntimeEngine

    engine = OnnxRuntimeEngine(bundle.load(os.path.dirname(path)), 2)
    engine.open()
    zeros = np.zeros(engine.input_shape, np.float32)
    return __version__, lambda: engine.infer(zeros)


def infer_onnxruntime(path: str) -> Tuple[str, Call]:
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    put = session.get_inputs()[0]
    zeros = np.zeros([side if isinstance(side, int) else 1 for side in put.shape], np.float32)
    return onnxruntime.__version__, lambda: session.run(None, {put.name: zeros})


def infer_openvino(path: str) -> Tuple[str, Call]:
    import numpy as np
    import openvino

    settings = {"INFERENCE_NUM_THREADS": 2, "INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(path, "CPU", settings)
    shape = [side.get_max_length() for side in model.inputs[0].partial_shape]
    zeros = np.zeros([max(1, side) for side in shape], np.float32)
    return openvino.__version__, lambda: model([zeros])


def infer_tensorflow(path: str) -> Tuple[str, Call]:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    call = tf.saved_model.load(path + "/saved").signatures["serving_default"]
    ((name, put),) = call.structured_input_signature[1].items()
    zeros = tf.zeros([side or 1 for side in put.shape], put.dtype)
    return tf.__version__, lambda: [one.numpy() for one in call(**{name: zeros}).values()]


def infer_litert(path: str) -> Tuple[str, Call]:
    from importlib.metadata import version

    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path + "/model.tflite", num_threads=2)
    interpreter.allocate_tensors()
    (put,) = interpreter.get_input_details()
    outputs = [each["index"] for each in interpreter.get_output_details()]
    zeros = np.zeros(put["shape"], np.float32)

    def made() -> Any:
        interpreter.set_tensor(put["index"], zeros)
        interpreter.invoke()
        return [interpreter.get_tensor(each) for each in outputs]

    return version("ai-edge-litert"), made


WAYS: Dict[str, Dict[str, Callable[[str], Tuple[str, Call]]]] = {
    "decode": {
        "plantd": decode_plantd,
        "OpenCV": decode_opencv,
        "PyTurboJPEG": decode_turbojpeg,
        "Pillow": decode_pillow,
        "torchvision": decode_torchvision,
    },
    "input": {
        "plantd": input_plantd,
        "OpenCV": input_opencv,
        "Pillow": input_pillow,
        "torchvision": input_torchvision,
    },
    "infer": {
        "plantd": infer_plantd,
        "ONNX Runtime": infer_onnxruntime,
        "OpenVINO": infer_openvino,
        "TensorFlow": infer_tensorflow,
        "LiteRT": infer_litert,
    },
}


def main() -> int:
    """Answer lines with times until there are no more."""
    work, way, path = sys.argv[1:4]
    try:
        version, call = WAYS[work][way](path)
        call()
    except Exception as error:  # noqa: BLE001  # whatever a library lacks is told
        say({"absent": "{}: {}".format(type(error).__name__, str(error).splitlines()[0])})
        return 0
    say({"version": version})
    for _ in sys.stdin:
        say({"ms": median(timed(call) for _ in range(REPEATS))})
    return 0


def timed(call: Call) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def say(what: Dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
