"""One table: each stage of the data's way beside what a user would take instead.

    .venv/bin/python tests/bench/table.py --rounds 7

All ways of one piece of work are loaded at once, each in a process of its own, and take turns: what
slows the machine for a while slows all alike. What is not there is named with its reason. A limit
is what the same machine needs at best, in the same run, for the least that must be done: to copy
the pixels, or to multiply and add as often as the network does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import cv2
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(ROOT, "engines", "bundles", "plants70", "model.onnx")
CONTESTANT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "contestant.py")
OTHERS = os.path.join(ROOT, ".venv-bench", "bin", "python")
HOST = os.path.join(ROOT, ".venv-host", "bin", "python")
FORMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forms.py")
OURS = ("plantd", "OpenCV")
# Rows: what is done to a picture of so many pixels; the larger one shows how the time grows.
SIZES = ((1280, 720), (2560, 1440))
WAYS = {
    "decode": ("plantd", "OpenCV", "PyTurboJPEG", "Pillow", "torchvision"),
    "input": ("plantd", "OpenCV", "Pillow", "torchvision"),
    "infer": ("plantd", "ONNX Runtime", "OpenVINO", "TensorFlow", "LiteRT"),
}
# They read no ONNX: forms.py builds the same layers for them, with weights by chance.
WITH_FORMS = ("TensorFlow", "LiteRT")


class Way(NamedTuple):
    """One contestant's process; `absent` says why there is none."""

    name: str
    process: "subprocess.Popen[str]"
    absent: str
    version: str


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "bench", "table.json"))
    options = parser.parse_args(argv)
    rows: List[Dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="plantd-bench-") as folder:
        for work in ("decode", "input"):
            for size in SIZES:
                path = _photograph(folder, size)
                limit = _copied_ms(size)
                name = "{} {} x {}".format(work, *size)
                rows.append(_row(name, work, path, options.rounds, limit))
        _make_forms(folder)
        rows.append(_row("infer", "infer", MODEL, options.rounds, _multiplied_ms(), folder))
    os.makedirs(os.path.dirname(options.out), exist_ok=True)
    with open(options.out, "w", encoding="utf-8") as target:
        json.dump(rows, target, indent=1)
    _print(rows)
    return 0


def _make_forms(folder: str) -> None:
    """Where that fails, the two say that their files are missing."""
    places = os.pathsep.join(os.path.join(ROOT, name) for name in ("daemon", "engines"))
    environment = dict(os.environ, PYTHONPATH=places, CUDA_VISIBLE_DEVICES="")
    if os.path.exists(HOST):
        subprocess.run([HOST, FORMS, folder], env=environment, stderr=subprocess.DEVNULL)


def _row(
    name: str, work: str, path: str, rounds: int, limit_ms: float, forms: str = ""
) -> Dict[str, Any]:
    ways = [_started(work, way, forms if way in WITH_FORMS else path) for way in WAYS[work]]
    here = [way for way in ways if not way.absent]
    times: Dict[str, List[float]] = {way.name: [] for way in here}
    for _ in range(rounds):
        for way in here:
            times[way.name].append(_asked(way.process)["ms"])
        here.reverse()
    for way in ways:
        way.process.communicate()
    return {
        "row": name,
        "limit_ms": limit_ms,
        "ms": {way: median(values) for way, values in times.items()},
        "versions": {way.name: way.version for way in here},
        "absent": {way.name: way.absent for way in ways if way.absent},
    }


def _started(work: str, name: str, path: str) -> Way:
    python = sys.executable if name in OURS else HOST if name == "TensorFlow" else OTHERS
    if not os.path.exists(python):
        python = OTHERS
    process = subprocess.Popen(
        [python, CONTESTANT, work, name, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    said = json.loads(line) if line else {"absent": "it said nothing"}
    return Way(name, process, said.get("absent", ""), said.get("version", ""))


def _asked(process: "subprocess.Popen[str]") -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _photograph(folder: str, size: Sequence[int]) -> str:
    """Write soft structure with some noise: about a quarter of a byte a pixel, as a camera's."""
    width_px, height_px = size
    random = np.random.RandomState(1)
    small = random.randint(0, 256, (height_px // 16, width_px // 16, 3)).astype(np.uint8)
    pixels = cv2.resize(small, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
    noisy = np.clip(pixels + random.normal(0.0, 4.0, pixels.shape), 0, 255).astype(np.uint8)
    path = os.path.join(folder, "{}x{}.jpg".format(*size))
    cv2.imwrite(path, noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return path


def _copied_ms(size: Sequence[int]) -> float:
    """Return how long it takes to write so many pixels once."""
    pixels = np.ones((size[1], size[0], 3), np.uint8)
    target = np.empty_like(pixels)
    return min(_timed(lambda: np.copyto(target, pixels)) for _ in range(15))


def _multiplied_ms() -> float:
    """Return how long as many multiplications take as the network's, in one product of matrices."""
    code = (
        "import onnx,sys,time,numpy as np\n"
        "model=onnx.shape_inference.infer_shapes(onnx.load(sys.argv[1]))\n"
        "g=model.graph\n"
        "dims=lambda v:[d.dim_value or 1 for d in v.type.tensor_type.shape.dim]\n"
        "shape={v.name:dims(v) for v in list(g.value_info)+list(g.output)+list(g.input)}\n"
        "shape.update({i.name:list(i.dims) for i in g.initializer})\n"
        "n=0\n"
        "for node in g.node:\n"
        "    if node.op_type=='Conv':\n"
        "        w=shape[node.input[1]]\n"
        "        o=shape[node.output[0]]\n"
        "        n+=w[0]*w[1]*w[2]*w[3]*o[2]*o[3]\n"
        "a=np.ones((512,512),np.float32)\n"
        "times=[]\n"
        "for _ in range(100):\n"
        "    t=time.perf_counter(); a@a; times.append(time.perf_counter()-t)\n"
        "print(min(times)*1000*n/512**3)\n"
    )
    done = subprocess.run(
        [OTHERS, "-c", code, MODEL], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return float(done.stdout) if done.returncode == 0 else float("nan")


def _timed(call: Any) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def _print(rows: Sequence[Dict[str, Any]]) -> None:
    print("milliseconds, medians; in brackets: against plantd's")
    for row in rows:
        ours = row["ms"].get("plantd", float("nan"))
        parts = ["{} {:.2f} ({:.2f})".format(*one, one[1] / ours) for one in row["ms"].items()]
        print("{:<20} limit {:>7.3f}  {}".format(row["row"], row["limit_ms"], "  ".join(parts)))
        for name, why in row["absent"].items():
            print("{:<20} {} is not measured: {}".format("", name, why))
    for work in ("decode", "input"):
        first, second = (
            row["ms"].get("plantd", float("nan")) for row in rows if row["row"].startswith(work)
        )
        print("growth of {} with 4 times the pixels: {:.1f}".format(work, second / first))


if __name__ == "__main__":
    sys.exit(main())
