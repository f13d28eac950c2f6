import sys
from pathlib import Path

import pytest

from plantd.camera.gstreamer_facts import gstreamer_facts


@pytest.mark.gstreamer
def test_this_machines_opencv_and_elements_are_found() -> None:
    facts = gstreamer_facts(("appsink", "jpegdec", "nosuchelement"))
    assert facts.usable
    assert facts.elements == {"appsink", "jpegdec"}
    assert facts.problem == ""
    assert facts.opencv_version.count(".") >= 2
    assert facts.gstreamer.startswith("GStreamer 1.")


@pytest.mark.gstreamer
def test_without_the_tool_the_elements_are_unknown_and_not_absent() -> None:
    facts = gstreamer_facts(("appsink",), inspect="gst-inspect-0.0")
    assert facts.elements is None
    assert facts.problem == "gst-inspect-0.0 is not installed"


def test_an_opencv_that_cannot_be_imported_is_a_problem_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('no libgomp')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts = gstreamer_facts((), sys.executable)
    assert not facts.usable
    assert facts.problem == "OpenCV cannot be imported: ImportError: no libgomp"


def test_a_python_that_is_not_there_is_a_problem_in_words() -> None:
    assert gstreamer_facts((), "/nowhere/python3").problem == (
        "OpenCV cannot be imported: no answer"
    )
