"""Each example does its task on a running service with the tiny model."""

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import tiny_bundle
from support.checkout import TOP
from support.picture_bytes import encode_png

from plantd.answers import ANSWERS

pytestmark = pytest.mark.gstreamer

EXAMPLES = TOP / "examples"
WAIT_S = 60.0


@pytest.fixture
def green(tmp_path) -> str:
    return written(tmp_path / "green.png", tiny_bundle.GREEN)


def written(path, colour) -> str:
    path.write_bytes(encode_png(tiny_bundle.flat(colour)))
    return str(path)


def environment(service):
    return dict(os.environ, PLANTD_SOCKET=service.socket_path, PYTHONUNBUFFERED="1")


def start(service, *command, **settings):
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        env=environment(service),
        **settings,
    )


def output_of(service, *command):
    """Exit code, standard output and standard error of an example that ends by itself."""
    with start(service, *command) as child:
        out, err = child.communicate(timeout=WAIT_S)
    return child.returncode, out, err


def python(name, *arguments):
    return [sys.executable, str(EXAMPLES / name), *arguments]


def test_every_example_is_in_the_readme_and_has_a_test():
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    places = [Path(__file__), TOP / "tests" / "host" / "project" / "test_own_backend.py"]
    tests = "".join(path.read_text(encoding="utf-8") for path in places)
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".sh")}
    assert [name for name in sorted(names) if "`%s`" % name not in text] == []
    assert [name for name in sorted(names) if name.partition(".")[0] not in tests] == []


def test_curl_asks_for_status_a_press_and_a_picture(service, green):
    service.start()
    client = str(EXAMPLES / "client.sh")
    answers = [
        json.loads(output_of(service, client, *arguments)[1])
        for arguments in (["status"], ["capture"], ["classify", green])
    ]
    assert [answer.get("trigger") for answer in answers] == [None, "api", "classify"]
    assert answers[1]["verdict"] == answers[2]["verdict"] == "edible"
    assert output_of(service, client)[0] == 64


def test_twenty_lines_of_python_press_and_classify(service, green, tmp_path):
    service.start()
    assert output_of(service, *python("client.py"))[:2] == (0, "edible edible poison hemlock\n")
    assert output_of(service, *python("client.py", green))[0] == 0
    code, _, err = output_of(service, *python("client.py", str(EXAMPLES / "client.py")))
    assert code == 1
    assert "JPEG" in err


def test_a_client_without_a_service_says_so(service):
    code, _, err = output_of(service, *python("client.py"))
    assert code == 1
    assert err.startswith("nobody answers")


def test_the_configuration_to_try_them_on_answers(service, directory):
    with open(str(EXAMPLES / "plantd.yaml"), encoding="utf-8") as source:
        sections = yaml.safe_load(source)
    for name in sections["paths"]:
        assert sections["paths"][name] == "/tmp/plantd/" + name
    # Elsewhere: whoever tries the examples may have one there.
    del sections["paths"]
    bundle = str(TOP / "engines" / "bundles" / "plants70")
    service.configure(dict(sections, model={"bundle": bundle}))
    service.start()
    code, out, _ = output_of(service, *python("client.py"))
    assert code == 0
    assert out.split()[0] in ANSWERS


def test_a_follower_loses_no_verdict_over_a_restart(service):
    service.start()
    with start(service, *python("follow_events.py")) as follower:
        try:
            assert follower.stdout.readline() == "after 0\n"
            first = service.client.post("/v1/capture")
            assert follower.stdout.readline() == "%d edible edible\n" % first["seq"]
            service.stop()
            service.start()
            later = [service.client.post("/v1/capture") for _ in range(2)]
            lines = [follower.stdout.readline() for _ in later]
        finally:
            follower.kill()
    assert lines == ["%d edible edible\n" % verdict["seq"] for verdict in later]


def test_a_folder_becomes_a_table(service, tmp_path):
    written(tmp_path / "green.png", tiny_bundle.GREEN)
    written(tmp_path / "red.png", tiny_bundle.RED)
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    (tmp_path / "notes.txt").write_bytes(b"not asked for")
    service.start()
    code, out, _ = output_of(service, *python("classify_folder.py", str(tmp_path)))
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 65
    assert [(row["file"], row["verdict"], bool(row["error"])) for row in rows] == [
        ("green.png", "edible", False),
        ("red.png", "poisonous", False),
        ("torn.jpg", "", True),
    ]
    assert output_of(service, *python("classify_folder.py"))[0] == 64
    assert output_of(service, *python("classify_folder.py", str(tmp_path / "no")))[0] == 66


def test_a_sink_of_ones_own_takes_what_happens(service, directory):
    address = directory + "/display.sock"
    service.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as display:
        display.bind(address)
        display.settimeout(WAIT_S)
        with start(service, *python("own_sink.py", address)) as child:
            # Telemetry comes by itself: then the example listens.
            json.loads(display.recv(65536).decode("utf-8"))
            seq = service.client.post("/v1/capture")["seq"]
            events = iter(lambda: json.loads(display.recv(65536).decode("utf-8")), None)
            shown = next(event for event in events if event["type"] == "verdict")
            service.stop()
            assert child.wait(WAIT_S) == 0
    assert shown["seq"] == seq


def test_without_a_service_each_says_what_helps(service, directory):
    for arguments in (["follow_events.py"], ["own_sink.py", directory + "/x"]):
        code, _, err = output_of(service, *python(*arguments))
        assert code == 69
        assert "there is no socket" in err
