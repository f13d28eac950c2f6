"""A press of a running service, replayed from its record by other processes."""

import json
import subprocess
import sys

import pytest
from support import tiny_bundle

pytestmark = pytest.mark.gstreamer


def output_of(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=60,
    )


@pytest.fixture
def seq(service, photo) -> int:
    # Not one of the golden colours: those the fake backend knows by heart.
    tiny_bundle.stand(photo, (40, 40, 200))
    service.start()
    return int(service.client.post("/v1/capture")["seq"])


def test_a_recorded_press_replays_without_a_difference(service, seq):
    done = output_of("plantd", "replay", str(seq), "--config", service.config_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "nothing differs"


def test_another_backend_shows_where_it_begins_to_differ(service, seq):
    done = output_of(
        "plantd", "replay", str(seq), "--config", service.config_path, "--backend=fake", "--json"
    )
    told = json.loads(done.stdout)
    assert told["here"] == "fake fp32"
    assert told["first_difference"] == "poison"
    assert told["stages"][1]["difference"] > 0.01


def test_a_press_that_is_not_in_the_record_is_said(service, seq):
    done = output_of("plantd", "replay", "999999", "--config", service.config_path)
    assert done.returncode == 66
    assert "999999" in done.stderr


def test_plantd_cli_replays_through_plantd(service, seq):
    arguments = ["--config", service.config_path, "--socket", service.socket_path, "--json"]
    done = output_of("plantd.cli", "replay", str(seq), "--backend", "onnxruntime", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["first_difference"] is None
    assert output_of("plantd.cli", "replay", "999999", *arguments).returncode == 66


def test_plantd_cli_replays_with_the_configuration_of_the_service_it_asks(service, seq):
    done = output_of("plantd.cli", "replay", str(seq), "--socket", service.socket_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "nothing differs"
