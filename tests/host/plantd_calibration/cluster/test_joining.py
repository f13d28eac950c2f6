"""Who cannot be joined is said in one sentence, before anything is begun."""

import socket
import sys

import pytest

from plantd.errors import EX_UNAVAILABLE, EX_USAGE
from plantd_calibration.cli import main


@pytest.fixture
def port():
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def words(world, where):
    given = ["report", "--bundle", str(world.bundle), "--data", str(world.data)]
    strange = ["--unknown", str(world.unknown), "--negatives", str(world.negatives)]
    return [*given, *strange, "--cache", str(world.bundle.parent / "c"), "--cluster", where]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from host.support import coloured_plants

    return coloured_plants.draw_world(tmp_path_factory.mktemp("world"), each=(4, 2, 2))


def test_a_head_that_does_not_answer_is_named_with_what_starts_one(world, port, capsys):
    assert main(words(world, "127.0.0.1:{}".format(port))) == EX_UNAVAILABLE
    said = capsys.readouterr().err.splitlines()[-1]
    assert "no head of a cluster answers at 127.0.0.1:{}".format(port) in said
    assert "ray start --head --node-ip-address 127.0.0.1 --port {}".format(port) in said


def test_without_ray_one_sentence_says_what_brings_it(world, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(words(world, "local")) == EX_UNAVAILABLE
    said = capsys.readouterr().err.splitlines()[-1]
    assert "the library ray cannot be used" in said
    assert "make venv-cluster" in said


@pytest.mark.parametrize("where", ["", "host", "host:", ":6379", "a b:6379", "ray://host:10001"])
def test_what_is_no_address_is_refused(world, where, capsys):
    assert main(words(world, where)) == EX_USAGE
    assert "expected HOST:PORT of a cluster's head" in capsys.readouterr().err
