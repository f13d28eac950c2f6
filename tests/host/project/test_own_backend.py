"""The example of a backend of one's own keeps the contract of every engine, and answers."""

import os
import subprocess
import sys

import pytest
from own_backend import OpenVinoEngine
from support import tiny_bundle
from support.checkout import TOP
from support.engine_contract import EngineContract
from support.picture_bytes import encode_png

from plantd import bundle
from plantd.engine.self_test import self_test

DEFAULT = TOP / "engines" / "bundles" / "plants70"


@pytest.fixture
def model(tmp_path):
    return bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))


@pytest.fixture
def engine(model):
    return OpenVinoEngine(model, threads=1)


class TestOwnBackend(EngineContract):
    backends = ("openvino",)


def test_it_answers_as_the_default_bundle_says():
    model = bundle.load(str(DEFAULT))
    with OpenVinoEngine(model, threads=1) as engine:
        self_test(model, engine)


def test_it_is_proven_and_then_answers_for_a_picture(model, tmp_path):
    (tmp_path / "red.png").write_bytes(encode_png(tiny_bundle.flat(tiny_bundle.RED)))
    done = subprocess.run(
        [sys.executable, str(TOP / "examples" / "own_backend.py"), model.path, "red.png"],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=str(TOP / "daemon")),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        timeout=1200,
    )
    assert (done.returncode, done.stdout) == (0, "poisonous poison_head\n")
