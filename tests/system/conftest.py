"""A whole plantd for each test: its own directory, a tiny model, the fake button."""

import shutil
import tempfile

import pytest
from running import RunningService
from support import tiny_bundle

CAMERA_FPS = 20


@pytest.fixture
def directory():
    # Short: a Unix socket's path has at most 107 bytes.
    path = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def photo(directory) -> str:
    """The picture that stands before the camera; `tiny_bundle.stand` puts another one there."""
    path = directory + "/photo.png"
    tiny_bundle.stand(path, tiny_bundle.GREEN)
    return path


@pytest.fixture
def sections(directory, photo):
    bundle = tiny_bundle.make(directory + "/tiny")
    return {
        "camera": {
            "source": "file://" + photo,
            "fps": CAMERA_FPS,
            "read_timeout_s": 1.0,
            "press_timeout_s": 2.0,
        },
        "model": {"bundle": bundle},
        "engine": {"threads": 1},
        "telemetry": {"interval_s": 0.2},
    }


@pytest.fixture
def service(directory, sections):
    made = RunningService(directory, sections)
    yield made
    made.close()
