"""The architecture holds, and each check of it can fail."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Callable, List

import pytest
from support import layers, rooms, shape
from support.checkout import TOP

MODULES = layers.modules_in(TOP)

Check = Callable[[List[layers.Module]], List[str]]
CHECKS = [
    layers.wrong_way,
    layers.in_wrong_place,
    layers.more_than_one_wrapper,
    layers.impure,
    layers.badly_named,
    layers.without_readme,
    rooms.upward,
    rooms.without_a_row,
    rooms.folder_circles,
    rooms.not_by_the_door,
    rooms.unnamed,
    shape.overloaded_constructors,
    shape.too_long,
]


def output_of(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints; its traceback fails the test."""
    done = subprocess.run(
        [sys.executable, "-c", code] + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
    )
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


def device_modules() -> List[str]:
    """Every module that runs on a device, in the order of their names."""
    listed = (TOP / "tools" / "device_sources.txt").read_text().split()
    sources = [TOP / line for line in listed]
    return [
        module.name
        for module in MODULES
        if any(source == module.path or source in module.path.parents for source in sources)
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_module_breaks(check: Check) -> None:
    assert check(MODULES) == []


def test_the_checks_see_every_room() -> None:
    names = {module.name for module in MODULES}
    built = {
        root for root, folder in layers.ROOTS.items() if (TOP / folder / "__init__.py").exists()
    }
    assert {"plantd", "plantd_import", "plantd_training"} <= built <= names
    assert set(layers.PURE) | {"plantd.pipeline", "plantd.cli", "plantd.__main__"} <= names
    assert "plantd.pipeline" in device_modules()
    assert not {"plantd_import", "plantd_training"} & {
        layers.top_of(name) for name in device_modules()
    }


def test_every_device_module_imports_where_no_device_library_is() -> None:
    code = (
        "import importlib, sys, traceback\n"
        "for name in sys.argv[1:]:\n"
        "    try: importlib.import_module(name)\n"
        "    except BaseException: print(name); traceback.print_exc(file=sys.stdout)\n"
    )
    assert output_of(code, *device_modules()) == ""


def test_the_command_line_loads_neither_cv2_nor_numpy() -> None:
    code = "import sys, plantd.cli\nprint(sorted({'cv2', 'numpy'} & set(sys.modules)))\n"
    assert output_of(code).strip() == "[]"


def test_the_builder_of_plans_needs_no_opencv() -> None:
    code = (
        "import sys\n"
        "sys.modules['cv2'] = None\n"
        "from plantd_engines import network, store\n"
        "from plantd_engines.calibration import entropy_calibrator\n"
    )
    assert output_of(code) == ""


PLANTED = [
    (layers.wrong_way, "daemon/plantd/frame.py", "import plantd_engines.cli\n"),
    (layers.wrong_way, "daemon/plantd/frame.py", "def late():\n    import plantd_training\n"),
    (
        layers.wrong_way,
        "engines/plantd_engines/plan.py",
        "from plantd_import import inspect_graph\n",
    ),
    (layers.wrong_way, "engines/plantd_import/graph.py", "import plantd_calibration\n"),
    (layers.in_wrong_place, "daemon/plantd/sinks/record.py", "import cv2\n"),
    (layers.in_wrong_place, "daemon/plantd/tensors/fast.py", "from cv2 import resize\n"),
    (layers.in_wrong_place, "daemon/plantd/engine/onnxrt.py", "import tensorflow.lite as lite\n"),
    (
        layers.in_wrong_place,
        "calibration/plantd_calibration/fit.py",
        "import importlib\nimportlib.import_module('keras')\n",
    ),
    (layers.in_wrong_place, "engines/plantd_engines/build.py", "__import__('tf2onnx')\n"),
    (layers.impure, "daemon/plantd/verdict.py", "from time import monotonic\n"),
    (layers.impure, "daemon/plantd/wire.py", "import logging.handlers\n"),
    (layers.badly_named, "daemon/plantd/engine/tensorrt.py", ""),
    (layers.badly_named, "daemon/plantd/systemd.py", ""),
    (layers.badly_named, "daemon/plantd/camera/utils.py", ""),
    (layers.badly_named, "engines/plantd_training/helpers/__init__.py", ""),
    (layers.without_readme, "daemon/plantd/light/__init__.py", ""),
    (rooms.without_a_row, "daemon/plantd/attic/chest.py", ""),
    (
        shape.overloaded_constructors,
        "daemon/plantd/service/lifecycle.py",
        "class Service:\n    def __init__(self, a, b, c, d, e, f, *, g=1):\n        pass\n",
    ),
    (shape.too_long, "daemon/plantd/wire.py", "\n" * 301),
]


@pytest.mark.parametrize(("check", "path", "code"), PLANTED)
def test_a_planted_violation_is_found(check: Check, path: str, code: str, tmp_path: Path) -> None:
    write(tmp_path, path, code)
    found = check(layers.modules_in(tmp_path))
    assert len(found) == 1
    names = (Path(path).name, str(Path(path).parent), Path(path).parent.name)
    assert any(name in found[0] for name in names)


@pytest.mark.parametrize("library", layers.WRAPPED)
def test_a_second_wrapper_is_found(library: str, tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/one.py", "import %s.part\n" % library)
    assert layers.more_than_one_wrapper(layers.modules_in(tmp_path)) == []
    write(tmp_path, "engines/plantd_engines/two.py", "def late():\n    import %s\n" % library)
    (found,) = layers.more_than_one_wrapper(layers.modules_in(tmp_path))
    assert "plantd.one, plantd_engines.two" in found


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/camera/child.py", "import cv2\nimport time\n")
    write(tmp_path, "daemon/plantd/tensor.py", "import cv2\nimport numpy\n")
    write(
        tmp_path,
        "engines/plantd_training/networks/fit.py",
        "import keras\nfrom plantd import tensor\n",
    )
    modules = layers.modules_in(tmp_path)
    found = [
        line for check in CHECKS if check is not layers.without_readme for line in check(modules)
    ]
    assert found == []


def test_an_arrow_back_is_found(tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/camera/choice.py", "from plantd.bundle import load\n")
    write(tmp_path, "daemon/plantd/bundle/__init__.py", "def load(): pass\n")
    modules = layers.modules_in(tmp_path)
    assert rooms.upward(modules) == []
    assert rooms.folder_circles(modules) == []
    write(tmp_path, "daemon/plantd/bundle/manifest.py", "from plantd.camera import choice\n")
    modules = layers.modules_in(tmp_path)
    (found,) = rooms.upward(modules)
    assert "plantd.bundle imports plantd.camera, which does not stand below it" in found
    assert rooms.folder_circles(modules) == ["in a circle: plantd.bundle, plantd.camera"]


def test_rooms_of_one_row_do_not_import_each_other(tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/camera/choice.py", "from plantd.light import choice\n")
    write(tmp_path, "daemon/plantd/light/choice.py", "")
    (found,) = rooms.upward(layers.modules_in(tmp_path))
    assert "plantd.camera imports plantd.light" in found


def test_a_private_module_is_entered_by_its_own_room_only(tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/camera/choice.py", "from plantd.camera import deadlines\n")
    write(tmp_path, "daemon/plantd/camera/deadlines.py", "")
    write(tmp_path, "daemon/plantd/service/devices.py", "from plantd.camera import choice\n")
    assert rooms.not_by_the_door(layers.modules_in(tmp_path)) == []
    write(tmp_path, "daemon/plantd/service/devices.py", "from plantd.camera import deadlines\n")
    (found,) = rooms.not_by_the_door(layers.modules_in(tmp_path))
    assert "plantd.camera.deadlines is private to plantd.camera" in found


def test_every_door_is_used() -> None:
    assert rooms.doors_that_nobody_uses(MODULES) == []


def test_a_folder_holds_at_most_twenty_modules() -> None:
    folders = Counter(module.path.parent for module in MODULES if module.path.name != "__init__.py")
    assert {str(folder): count for folder, count in folders.items() if count > 20} == {}


def test_a_module_that_its_readme_does_not_name_is_found(tmp_path: Path) -> None:
    for name in ("patterns", "schedule"):
        write(tmp_path, "daemon/plantd/light/%s.py" % name, "")
    write(tmp_path, "daemon/plantd/light/README.md", "`patterns.py`; schedule, too.\n")
    (found,) = rooms.unnamed(layers.modules_in(tmp_path))
    assert "plantd.light.schedule" in found


def test_relative_imports_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "daemon/plantd/a/__init__.py", "from . import b\n")
    write(tmp_path, "daemon/plantd/a/b.py", "from ..c import d\nfrom .e import f\n")
    named = {
        module.name: [found.name for found in module.imports]
        for module in layers.modules_in(tmp_path)
    }
    assert named == {"plantd.a": ["plantd.a.b"], "plantd.a.b": ["plantd.c.d", "plantd.a.e.f"]}


def write(top: Path, path: str, code: str) -> None:
    """Plant a module in a tree of its own."""
    (top / path).parent.mkdir(parents=True, exist_ok=True)
    (top / path).write_text(code)
