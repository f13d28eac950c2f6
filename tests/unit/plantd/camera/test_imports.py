"""Who loads OpenCV, and when: late, its libgomp finds no room (opencv #14884)."""

import ast
import subprocess
import sys
from pathlib import Path

import plantd.camera
from plantd.camera.capture_process import environment

ROOM = Path(plantd.camera.__file__).parent


def modules_after(code: str) -> str:
    command = [sys.executable, "-c", code + "; import sys; print(sorted(sys.modules))"]
    return subprocess.check_output(command, env=environment()).decode()


def test_the_service_gets_its_camera_without_opencv() -> None:
    loaded = modules_after("import plantd.camera.choice, plantd.camera.gstreamer_facts")
    assert "'plantd.camera.supervisor'" in loaded
    assert "'cv2'" not in loaded


def test_the_capture_process_loads_neither_opencv_nor_numpy_nor_asyncio() -> None:
    loaded = modules_after("import plantd.camera.capture_child")
    assert "'plantd.camera.gst.conversion'" in loaded
    assert "'cv2'" not in loaded
    assert "'numpy'" not in loaded
    assert "'asyncio'" not in loaded


def test_where_a_picture_is_looked_at_opencv_is_loaded_before_gstreamer() -> None:
    source = (ROOM / "capture_child.py").read_text(encoding="utf-8")
    assert source.index("    preload(job)") < source.index("        gst = Gst()")


def test_opencv_is_the_first_import() -> None:
    tree = ast.parse((ROOM / "opencv_facts.py").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert isinstance(imports[0], ast.Import)
    assert [alias.name for alias in imports[0].names] == ["cv2"]
