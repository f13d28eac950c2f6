"""A recipe's networks trained on two machines, of which one loses its power in the middle.

The machines are network namespaces with a Ray node each; the folder is shared, since both are here.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from cluster.namespaces import two_machines
from host.support.drawn_photos import draw_photos
from host.support.recipes import write_recipe

PORT = "6379"
# Ends what hangs; on two busy cores a minute's work takes many.
PATIENCE_S = 1500.0
pytestmark = pytest.mark.timeout(2 * PATIENCE_S)
PLAN = {
    **{"canvas_px": 72, "answer_px": 64, "epochs": 8, "averaged": 2, "warmup": 1, "batch": 8},
    **{"rate": 0.0001, "decay": 0.01, "smoothing": 0.1, "dropout": 0.1, "poison_share": 0.7},
    **{"batch_norm": False, "depthwise": True, "frozen_stride": 0, "folds": 2, "seed": 3},
    "inverse_penalty": 1.0,
}
NETWORKS = ("fold0", "fold1", "all")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "1",
)


class World:
    """Drawn photographs, a recipe, and two machines that share a folder and a token."""

    def __init__(self, folder, machines):
        self.folder, (self.head, self.other) = folder, machines
        self.cache, self.log, self.nodes = folder / "shared", folder / "log", []
        draw_photos(folder / "drawn", each=(8, 3, 1))
        write_recipe(folder, augment={"flip": 1, "crop": 0.3, "mixup": 0.2}, finetune=PLAN)
        token = folder / "token"
        token.write_text(secrets.token_hex(32))
        token.chmod(0o600)
        roots = os.pathsep.join(path for path in sys.path if path)
        self.environment = dict(
            os.environ,
            **ONE_THREAD,
            PYTHONPATH=roots,
            RAY_AUTH_MODE="token",
            RAY_AUTH_TOKEN_PATH=str(token),
            RAY_USAGE_STATS_ENABLED="0",
            # Otherwise tasks stand behind everything else that a machine does.
            RAY_worker_niceness="0",
            TF_CPP_MIN_LOG_LEVEL="2",
        )

    @property
    def address(self):
        return "{}:{}".format(self.head.address, PORT)

    def words(self, cache, *more):
        """The command that trains."""
        given = ("--data", self.folder / "drawn", "--recipe", self.folder / "recipe.yaml")
        words = ("weights", *given, "--cache", cache, *more)
        return [sys.executable, "-m", "plantd_training", *map(str, words)]

    def join(self, machine, *before):
        """Make a machine a node of the cluster; the first one is its head."""
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus", "1"]
        ray += ["--node-ip-address", machine.address, "--object-store-memory", "100000000"]
        if machine is self.head:
            ray += ["--head", "--port", PORT, "--include-dashboard", "false"]
            ray += ["--temp-dir", str(self.folder / "r")]
        else:
            ray += ["--address", self.address]
            # What Ray writes beside its work is each machine's own.
            before += ("mount -t tmpfs none {}/r".format(self.folder),)
        words = ["sh", "-c", "".join(one + " && " for one in before) + 'exec "$@"', "sh", *ray]
        self.nodes.append(machine.begin(words, self.environment, self.log))

    def train(self, *more, environment=None):
        """Train on the cluster; return the program, which runs on the head's machine."""
        words = self.words(self.cache, "--cluster", self.address, *more)
        program = self.head.begin(words, environment or self.environment, self.log)
        self.nodes.append(program)
        return program

    def of_network(self, name, file):
        """The file of a network's training, once it is there."""
        return next(iter(self.cache.glob("whole_*/{}/{}".format(name, file))), None)

    def close(self):
        """End what is left of the cluster; its machines stay."""
        for machine in (self.head, self.other):
            machine.lose_power()
        for node in self.nodes:
            node.wait(PATIENCE_S)

    def said(self):
        return self.log.read_text(errors="replace")


@pytest.fixture(scope="module")
def world():
    with contextlib.ExitStack() as left:
        # Below /tmp: the names of Ray's sockets have no room for more.
        folder = Path(tempfile.mkdtemp(prefix="plantd-", dir="/tmp"))
        left.callback(shutil.rmtree, str(folder), ignore_errors=True)
        made = World(folder, left.enter_context(two_machines()))
        left.callback(made.close)
        made.join(made.head)
        until(lambda: nodes(made) == 1, made)
        made.join(made.other)
        until(lambda: nodes(made) == 2, made)
        yield made


def nodes(world):
    """Return how many machines the cluster has; 0 while it does not answer."""
    program = (
        "import ray\n"
        "ray.init(address={!r}, logging_level='ERROR')\n"
        "print('alive', sum(one['Alive'] for one in ray.nodes()))".format(world.address)
    )
    words = ["ip", "netns", "exec", world.head.name, sys.executable, "-c", program]
    told = subprocess.run(
        words, env=world.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout.decode()
    return int(told.rpartition("alive ")[2]) if "alive " in told else 0


def until(holds, world):
    """Wait until something holds; fail with what was said after a while."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, world.said()
        threading.Event().wait(0.02)


# Runs a command in this very process, and tells whether Ray was loaded.
ORDINARY = """
import sys
from plantd_training.__main__ import main
code = main(sys.argv[1:])
print("ray", "ray" in sys.modules)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def alone(world):
    """What one machine trains, in one process: the cache, and what was said."""
    cache = world.folder / "alone"
    words = [sys.executable, "-c", ORDINARY, *world.words(cache)[3:]]
    return cache, subprocess.check_output(words, env=world.environment).decode()


@pytest.fixture(scope="module")
def trained(world):
    """The cluster has trained, and the second machine has lost its power meanwhile."""
    program = world.train()
    begun = lambda: all(world.of_network(name, "state.npz") for name in NETWORKS[:2])  # noqa: E731
    until(lambda: begun() or program.poll() is not None, world)
    assert program.poll() is None, world.said()
    world.other.lose_power()
    assert not any(world.of_network(name, "weights.npz") for name in NETWORKS)
    assert program.wait(PATIENCE_S) == 0, world.said()
    return world


def test_a_network_whose_machine_is_lost_goes_on_elsewhere_from_its_last_epoch(trained):
    said = trained.said()
    # Each machine had begun one; what the lost one said last of its own is lost with it.
    assert sum("{}: goes on after epoch".format(name) in said for name in NETWORKS) == 1
    for name in NETWORKS:
        assert "drawn {}: done by {}".format(name, trained.head.address) in said


def test_the_weights_are_those_of_one_machine_to_the_bit(trained, alone):
    for name in NETWORKS:
        (kept,) = alone[0].glob("whole_*/{}/weights.npz".format(name))
        assert trained.of_network(name, "weights.npz").read_bytes() == kept.read_bytes()


def test_what_each_photograph_looks_like_unseen_is_so_too(trained, alone):
    one, other = (
        next(iter(cache.glob("whole_*/out_of_fold.npz"))) for cache in (trained.cache, alone[0])
    )
    assert one.read_bytes() == other.read_bytes()


def test_without_a_cluster_ray_is_not_loaded(alone):
    assert alone[1].endswith("ray False\n")


def test_the_ordinary_command_finds_all_of_it(trained):
    before = {path: path.stat().st_mtime_ns for path in trained.cache.rglob("weights.npz")}
    assert len(before) == len(NETWORKS)
    subprocess.run(trained.words(trained.cache), env=trained.environment, check=True)
    assert {path: path.stat().st_mtime_ns for path in trained.cache.rglob("weights.npz")} == before
    assert not list(trained.cache.rglob("*.part.*")) + list(trained.cache.glob(".shared-*"))


def test_who_has_not_the_token_is_refused_in_one_sentence(trained):
    environment = {k: value for k, value in trained.environment.items() if "RAY_AUTH" not in k}
    before = len(trained.said())
    assert trained.train(environment=dict(environment, HOME="/nonexistent")).wait(PATIENCE_S) == 69
    said = trained.said()[before:]
    assert "plantd-train: the cluster at {} cannot be joined".format(trained.address) in said


def test_a_machine_that_does_not_see_the_folder_is_named(trained):
    cache = trained.folder / "elsewhere"
    cache.mkdir()
    trained.join(trained.other, "mount -t tmpfs none {}".format(cache))
    until(lambda: nodes(trained) == 2, trained)
    before = len(trained.said())
    words = trained.words(cache, "--cluster", trained.address)
    assert trained.head.begin(words, trained.environment, trained.log).wait(PATIENCE_S) == 69
    told = "the machine {} does not see {}".format(trained.other.address, cache)
    assert told in trained.said()[before:]
