"""Inside a root, as an ordinary user: installed from an index, then from a wheelhouse, then used.

The tests run in this order, each on what the one before left. PYTHON names the system's Python.
"""

import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Sequence

import pytest
from support import gpu
from support.checkout import TOP

SETTINGS = ["PYTHON=" + os.environ["PYTHON"]]
INSTALLED = "/opt/plantd/venv/bin/python3"
OFFLINE = ["sudo", "unshare", "--net"]
CUDA = "/usr/local/cuda/bin/nvcc"
CUDA_HEADER = "/usr/local/cuda/include/cuda.h"
# Compiles nothing, but only where a real pycuda would find what it compiles with.
PYCUDA_SETUP = """
import os, shutil
from setuptools import setup
import numpy
nvcc = shutil.which("nvcc")
assert nvcc and nvcc.startswith(os.environ["CUDA_ROOT"]), nvcc
setup(name="pycuda", version="2022.1", packages=["pycuda"])
"""


def run(command: Sequence[str], **settings: str) -> "subprocess.CompletedProcess[str]":
    """What a command of this checkout says and how it ends."""
    done = subprocess.run(
        list(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        cwd=str(TOP),
        env=dict(os.environ, **settings),
        timeout=800,
    )
    print(done.stdout)
    return done


def test_it_is_installed_from_an_index() -> None:
    done = run(["sudo", "make", "install"] + SETTINGS)
    assert done.returncode == 0
    assert run(["plantd", "--version"]).stdout.startswith("plantd ")


def test_a_wheelhouse_is_gathered() -> None:
    done = run(["make", "wheelhouse"] + SETTINGS)
    assert done.returncode == 0
    assert "wheels for Python" in done.stdout


def test_it_is_installed_without_a_network() -> None:
    assert run(["sudo", "rm", "-rf", "/opt/plantd"]).returncode == 0
    done = run(OFFLINE + ["make", "install"] + SETTINGS)
    assert done.returncode == 0
    assert "packages from build/wheelhouse" in done.stdout


def test_every_library_can_be_imported() -> None:
    checks = json.loads(run(["plantd", "doctor", "--json"]).stdout)["checks"]
    libraries = {one["id"]: one for one in checks if one["id"].startswith("library.")}
    assert {"library.cv2", "library.numpy", "library.onnxruntime"} <= set(libraries)
    assert [one for one in libraries.values() if one["state"] != "ok"] == []


def test_the_engine_is_proven_by_what_is_installed_without_a_network() -> None:
    done = run(OFFLINE + ["make", "engine"] + SETTINGS)
    assert done.returncode == 0
    assert "TensorRT is not installed here" in done.stdout
    assert "agrees with" in done.stdout
    assert ".venv" not in done.stdout


def test_a_backend_without_its_library_is_one_sentence() -> None:
    done = run(["make", "engine", "ARGS=--set engine.backend=tensorrt"] + SETTINGS)
    assert "make: *** [Makefile" in done.stdout
    assert "Error 69" in done.stdout
    assert "TensorRT is not installed for " + INSTALLED in done.stdout
    assert "Traceback" not in done.stdout


def test_on_the_stand_in_a_plan_is_built_and_proven() -> None:
    done = run(
        ["make", "engine", "ARGS=--set engine.backend=tensorrt"] + SETTINGS,
        PYTHONPATH=gpu.STACK,
        PLANTD_TEST_TENSORRT="8.2",
    )
    assert done.returncode == 0
    assert "the plan is built and proven" in done.stdout


@pytest.fixture(scope="module")
def pycuda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pycuda to compile, and a machine that has a compiler for it."""
    folder = tmp_path_factory.mktemp("pycuda")
    source = folder / "pycuda-2022.1"
    (source / "pycuda").mkdir(parents=True)
    (source / "pycuda" / "__init__.py").write_text("")
    (source / "setup.py").write_text(PYCUDA_SETUP)
    (source / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: pycuda\nVersion: 2022.1\n")
    with tarfile.open(str(folder / "pycuda-2022.1.tar.gz"), "w:gz") as archive:
        archive.add(str(source), "pycuda-2022.1")
    run(["sudo", "mkdir", "-p", os.path.dirname(CUDA)])
    run(["sudo", "install", "-m", "755", "/bin/true", CUDA])
    run(["sudo", "install", "-D", "-m", "644", "/dev/null", CUDA_HEADER])
    return folder


def test_a_wheelhouse_without_pycuda_says_what_a_gpu_needs(pycuda: Path) -> None:
    done = run(OFFLINE + ["make", "install"] + SETTINGS)
    assert done.returncode == 0
    assert "pycuda is missing: the GPU stays idle" in done.stdout
    assert "sudo apt-get install g++ python3-dev && sudo make install" in done.stdout


def test_where_cuda_is_pycuda_is_compiled_and_its_wheel_kept(pycuda: Path) -> None:
    places = "{} {}/build/wheelhouse".format(pycuda, TOP)
    settings = SETTINGS + ["WHEELHOUSE=none", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=" + places]
    done = run(["sudo", "make", "install"] + settings)
    assert done.returncode == 0
    assert "pycuda, compiled with " + CUDA in done.stdout
    assert run([INSTALLED, "-c", "import pycuda"]).returncode == 0
    again = run(OFFLINE + ["make", "install"] + SETTINGS)
    assert again.returncode == 0
    assert "compiled with" not in again.stdout
    assert run([INSTALLED, "-c", "import pycuda"]).returncode == 0


def test_an_update_that_leaves_the_gpu_idle_says_so() -> None:
    done = run(OFFLINE + ["make", "install", "PYTHONPATH=" + gpu.STACK] + SETTINGS)
    assert done.returncode == 0
    assert "GPU idle: TensorRT is here, and engine.backend is not tensorrt" in done.stdout


def test_where_tensorrt_is_a_first_installation_proposes_it() -> None:
    assert run(["sudo", "rm", "/etc/plantd/plantd.yaml"]).returncode == 0
    done = run(OFFLINE + ["make", "install", "PYTHONPATH=" + gpu.STACK] + SETTINGS)
    assert done.returncode == 0
    assert "GPU idle" not in done.stdout
    said = run(["plantd", "show-config"]).stdout
    assert "backend: tensorrt" in said
    assert "meanwhile: onnxruntime" in said
