"""The session is made as the service wants it, and answers."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from support import tiny_bundle

from plantd.engine import onnx_session


def test_it_has_few_threads_that_never_spin_and_plans_no_block(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(tiny_bundle.network())
    session = onnx_session.session_from_file(onnxruntime, str(path), 2)
    options = session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert not options.enable_mem_pattern
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    image = session.get_inputs()[0]
    answers = session.run(None, {image.name: np.zeros(image.shape, np.float32)})
    assert len(answers) == 2


ANSWERS = """
import sys
from plantd.engine.onnxrt import _runtime
from plantd.engine.onnx_session import session_from_file
session_from_file(_runtime(), sys.argv[1], 1)
"""


def test_nothing_is_written_into_the_home_directory(tmp_path: Path) -> None:
    path, home = tmp_path / "model.onnx", tmp_path / "home"
    path.write_bytes(tiny_bundle.network())
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    environment.update(HOME=str(home), PYTHONPATH=os.pathsep.join(sys.path))
    environment.pop("XDG_CACHE_HOME", None)
    subprocess.run([sys.executable, "-c", ANSWERS, str(path)], env=environment, check=True)
    assert list(home.rglob("*")) == []
