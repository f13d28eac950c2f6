"""One network trained by two machines at once, of which one loses its power in the middle.

The machines are network namespaces with two devices each; both see one folder, being here.
"""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from cluster.namespaces import two_machines
from host.support.drawn_photos import draw_photos
from host.support.recipes import write_recipe
from support.checkout import TOP

from plantd_training.runtime.team import TOLERANCE

PORT = "7711"
# Ends what hangs; on two busy cores a minute's work takes many.
PATIENCE_S = 900.0
pytestmark = pytest.mark.timeout(3 * PATIENCE_S)
PLAN = {
    **{"canvas_px": 72, "answer_px": 64, "epochs": 4, "averaged": 2, "warmup": 1, "batch": 8},
    **{"rate": 0.0001, "decay": 0.01, "smoothing": 0.1, "dropout": 0.1, "poison_share": 0.7},
    **{"batch_norm": False, "depthwise": False, "frozen_stride": 0, "folds": 2, "seed": 3},
    "inverse_penalty": 1.0,
}
# The network that ships.
ALL = ("--only", "2")
TENSORFLOW = TOP / ".venv-host" / "bin" / "python"


class World:
    """Drawn photographs, a recipe, and two machines that share a folder."""

    def __init__(self, folder, machines):
        self.folder, self.machines = folder, machines
        draw_photos(folder / "drawn", each=(8, 3, 1))
        write_recipe(folder, augment={"flip": 1, "crop": 0.3, "mixup": 0.2}, finetune=PLAN)
        self.environment = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join(path for path in sys.path if path),
            JAX_COMPILATION_CACHE_DIR=str(folder / "compiled"),
            JAX_PLATFORMS="cpu",
            XLA_FLAGS="--xla_force_host_platform_device_count=2",
        )

    def words(self, cache, *more):
        """The command that trains."""
        given = ("--data", self.folder / "drawn", "--recipe", self.folder / "recipe.yaml")
        words = ("weights", *given, "--cache", self.folder / cache, *more)
        return [sys.executable, "-m", "plantd_training", *map(str, words)]

    def begin(self, number):
        """Let a machine train with the other; return the program and what it says, as a file."""
        where = "{}:{}".format(self.machines[0].address, PORT)
        seat = ("--distribute", where, "--processes", 2, "--process", number)
        log = self.folder / "log{}".format(number)
        words = self.words("shared", *ALL, *seat)
        return self.machines[number].begin(words, self.environment, log), log

    def weights(self, cache):
        """The weights of the network that ships, in Keras's order."""
        (path,) = (self.folder / cache).glob("whole_*/all/weights.npz")
        with np.load(str(path)) as kept:
            return [kept[name] for name in sorted(kept.files)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with two_machines() as machines:
        yield World(tmp_path_factory.mktemp("together"), machines)


@pytest.fixture(scope="module")
def alone(world):
    """What one process trains by the ordinary command, on JAX."""
    environment = dict(world.environment, KERAS_BACKEND="jax", XLA_FLAGS="")
    subprocess.run(world.words("alone", *ALL), env=environment, check=True)
    return world.weights("alone")


@pytest.fixture(scope="module")
def trained(world):
    """Both have trained; the second lost its power after two epochs, and its command came again."""
    (first, said), (second, _) = world.begin(0), world.begin(1)
    until(lambda: "all: epoch 2 of" in said.read_text() or first.poll() is not None, said)
    world.machines[1].lose_power()
    second.wait(PATIENCE_S)
    second, _ = world.begin(1)
    assert first.wait(PATIENCE_S) == 0, said.read_text()
    assert second.wait(PATIENCE_S) == 0, said.read_text()
    return said.read_text()


def until(holds, said):
    """Wait until something holds; fail with what was said after a while."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, said.read_text()
        threading.Event().wait(0.05)


def test_weights_are_those_of_one_process_within_the_stated_tolerance(world, trained, alone):
    together = world.weights("shared")
    assert len(together) == len(alone)
    most = max(np.abs(one - other).max() for one, other in zip(together, alone))
    assert most <= TOLERANCE, most
    start = np.load(str(next((world.folder / "shared").glob("whole_*/features.npz"))))
    assert np.isfinite(start["features"]).all()


def test_who_lost_another_goes_on_from_the_last_epoch(trained):
    assert "another process was lost (try 1 of 4)" in trained
    assert "all: goes on after epoch" in trained
    assert trained.count("all: epoch 1 of") == 1


def test_each_machine_has_two_devices_and_all_four_train(world, trained):
    assert "4 devices of 2 processes train together" in trained


def test_tensorflow_answers_with_these_weights_as_jax_does(world, trained):
    if not TENSORFLOW.exists():
        pytest.fail("no .venv-host beside this one: make venv-host")
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from plantd_calibration.data.photo_lists import read_photos\n"
        "from plantd_training.data.photos import labels_of\n"
        "from plantd_training.methods import finetune, unseen\n"
        "from plantd_training.methods.recipe_file import read_recipe\n"
        "folder = Path(sys.argv[1])\n"
        "(path,) = (folder / 'shared').glob('whole_*/all/weights.npz')\n"
        "labels = labels_of(read_photos(folder / 'drawn'))\n"
        "weights = unseen.read_weights(path)\n"
        "net = unseen.network_of(read_recipe(folder / 'recipe.yaml'), labels, weights)\n"
        "drawn = np.random.default_rng(1).uniform(-1, 1, (3, 64, 64, 3)).astype('float32')\n"
        "np.savez(sys.argv[2], *finetune.logits(net, drawn))\n"
    )
    answers = []
    for python, backend in ((sys.executable, "jax"), (str(TENSORFLOW), "tensorflow")):
        path = str(world.folder / "answers_{}.npz".format(backend))
        environment = dict(world.environment, KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="2")
        words = [python, "-c", program, str(world.folder), path]
        subprocess.run(words, env=environment, check=True)
        with np.load(path) as kept:
            answers.append([kept[name] for name in sorted(kept.files)])
    for one, other in zip(*answers):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def test_a_batch_that_cannot_be_dealt_evenly_is_refused(world):
    environment = dict(world.environment, XLA_FLAGS="--xla_force_host_platform_device_count=3")
    words = world.words("uneven", *ALL, "--distribute", "local")
    told = subprocess.run(words, env=environment, stderr=subprocess.PIPE)
    assert told.returncode == 64
    assert b"a batch of 8 cannot be dealt evenly among 3 devices" in told.stderr


def test_who_waits_for_nobody_says_so(world):
    seat = ("--distribute", "127.0.0.1:7712", "--processes", "2", "--process", "1")
    words = world.words("nobody", *ALL, *seat, "--wait", "5")
    told = subprocess.run(words, env=world.environment, stderr=subprocess.PIPE)
    assert told.returncode == 69
    assert b"the 2 processes did not meet at 127.0.0.1:7712 within 5 seconds" in told.stderr


def test_tensorflow_is_not_loaded_where_jax_trains():
    with pytest.raises(ImportError):
        __import__("tensorflow")
