"""Debian's own mosquitto judges: delivery, outages, TLS, logins, discovery, a box that dies."""

import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from brokers import LONG_ENOUGH_S, LOOK_S, Broker, Certificates, Listener
from running import RunningService
from support.edible_box import edible_box
from support.verdict_json import verdict_json

from plantd.config import MqttConfig
from plantd.notifiers.mqtt.connection import Connection
from plantd.notifiers.mqtt.notifier import Mqtt
from plantd.notifiers.mqtt.topics import Message, topics_of

# A broker that is away is tried again at once: nobody waits for these tests.
QUICKLY = (0.05,)
DOCUMENT = Path(__file__).parents[2] / "docs" / "mqtt.md"
# It ends by its own -W. Source: mosquitto_sub(1), exit status.
MOSQUITTO_TIMED_OUT = 27


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as made:
        made.start()
        yield made


def config_of(broker: Broker, **changes: Any) -> MqttConfig:
    return MqttConfig(host="localhost", port=broker.port, name="box")._replace(**changes)


def until(true: Callable[[], Any]) -> None:
    """Wait for what another thread or program does, and announces to nobody."""
    deadline = time.monotonic() + LONG_ENOUGH_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(LOOK_S)


def seqs(listener: Listener, count: int) -> List[int]:
    """Return the numbers of the next verdicts."""
    return [json.loads(listener.next("/verdict").payload)["seq"] for _ in range(count)]


def test_a_verdict_arrives_as_on_the_socket(broker: Broker, tmp_path: Path) -> None:
    with Listener(broker) as listener, Mqtt(config_of(broker), str(tmp_path)) as mqtt:
        mqtt.send(verdict_json(1))
        heard = listener.next("/verdict")
        assert heard.topic == "plantd/box/verdict"
        assert not heard.retained
        assert json.loads(heard.payload) == verdict_json(1)
        until(lambda: mqtt.status().delivered == 1)
        assert mqtt.status()[1:] == (True, "", 1, 0, 0, 0)


def test_a_number_that_comes_round_again_waits_for_its_own_word(broker: Broker) -> None:
    config, message = config_of(broker), Message("plantd/box/telemetry", b"{}")
    with Connection(config, topics_of(config)) as connection:
        first, last = connection.publish(message), connection.publish(message)
        while not connection.acknowledged(last):
            connection.step(LOOK_S)
        connection._client._last_mid = first - 1  # as after 65535 messages
        assert connection.publish(message) == first
        assert not connection.acknowledged(first)


def test_while_the_broker_is_dead_verdicts_wait_and_then_come_once(
    broker: Broker, tmp_path: Path
) -> None:
    with Mqtt(config_of(broker), str(tmp_path), QUICKLY) as mqtt:
        mqtt.send(verdict_json(1))
        until(lambda: mqtt.status().delivered == 1)
        broker.kill()
        until(lambda: not mqtt.status().ok)
        assert "Connection refused; look at mqtt.host" in mqtt.status().detail or (
            "lost" in mqtt.status().detail
        )
        for seq in range(2, 52):
            mqtt.send(verdict_json(seq))
        until(lambda: mqtt.status().waiting == 50)
        broker.start()
        until(lambda: mqtt.status().delivered == 51)
        assert mqtt.status().waiting == 0
        assert mqtt.status().ok
    published = [line for line in broker.log().splitlines() if "Received PUBLISH" in line]
    assert len([line for line in published if "'plantd/box/verdict'" in line]) == 51


def test_what_waited_comes_in_order_from_the_process_after(broker: Broker, tmp_path: Path) -> None:
    config = config_of(broker)
    broker.kill()
    with Mqtt(config, str(tmp_path)) as mqtt:
        for seq in range(1, 31):
            mqtt.send(verdict_json(seq))
        until(lambda: mqtt.status().waiting == 30)
    broker.start()
    with Listener(broker) as listener, Mqtt(config, str(tmp_path)):
        assert seqs(listener, 30) == list(range(1, 31))


def test_a_full_queue_loses_its_oldest_and_says_so(broker: Broker, tmp_path: Path) -> None:
    config = config_of(broker, queue_length=3)
    broker.kill()
    with Mqtt(config, str(tmp_path)) as mqtt:
        for seq in range(1, 6):
            mqtt.send(verdict_json(seq))
        until(lambda: mqtt.status().dropped == 2)
    broker.start()
    with Listener(broker) as listener, Mqtt(config, str(tmp_path)):
        assert seqs(listener, 3) == [3, 4, 5]


def test_of_a_box_that_is_lost_the_broker_says_offline(box: Any, broker: Broker) -> None:
    with Listener(broker, "plantd/box/status") as listener:
        assert listener.next().payload == b"online"
        os.kill(box.pid, signal.SIGKILL)
        assert listener.next().payload == b"offline"


def test_a_box_that_ends_says_offline_itself_and_both_are_retained(
    broker: Broker, tmp_path: Path
) -> None:
    with Listener(broker, "plantd/box/status") as listener, Mqtt(config_of(broker), str(tmp_path)):
        assert listener.next().payload == b"online"
        with Listener(broker, "plantd/box/status") as listener:
            assert listener.next() == ("plantd/box/status", b"online", True)
    with Listener(broker, "plantd/box/status") as listener:
        assert listener.next() == ("plantd/box/status", b"offline", True)


def test_health_is_retained_and_follows_its_parts(broker: Broker, tmp_path: Path) -> None:
    bad = {"schema": 1, "type": "state", "part": "camera", "state": "RECOVERING", "detail": "gone"}
    with Listener(broker, "plantd/box/health") as listener, Mqtt(
        config_of(broker), str(tmp_path)
    ) as mqtt:
        assert json.loads(listener.next().payload)["state"] == "HEALTHY"
        mqtt.send(bad)
        told = json.loads(listener.next().payload)
        assert told["parts"] == {"camera": {"state": "RECOVERING", "detail": "gone"}}
        assert told["state"] == "RECOVERING"
        mqtt.send(dict(bad, state="HEALTHY", detail=""))
        assert json.loads(listener.next().payload)["parts"] == {}


def test_the_documented_command_takes_out_what_the_broker_keeps_of_an_old_name(
    broker: Broker, tmp_path: Path
) -> None:
    with Listener(broker) as listener, Mqtt(config_of(broker, name="OLD"), str(tmp_path)):
        kept = [listener.next("/config").topic for _ in range(6)]
    assert all("/plantd_OLD/" in topic for topic in kept)
    (command,) = re.findall(r"^mosquitto_sub .*?(?=\n```)", DOCUMENT.read_text(), re.M | re.S)
    there = command.replace("192.168.1.5", "127.0.0.1 -p {}".format(broker.port))
    done = subprocess.run(shlex.split(there.replace("\\\n", "")), stdout=subprocess.PIPE)
    assert done.returncode == MOSQUITTO_TIMED_OUT
    assert set(kept) < {line.split()[0].decode() for line in done.stdout.splitlines()}
    with Listener(broker) as listener, Mqtt(config_of(broker, name="new"), str(tmp_path)):
        # What the broker keeps comes to a listener first.
        assert listener.next() == ("plantd/new/status", b"online", False)


# ---- TLS and logins ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(tmp_path: Path, certificates: Certificates) -> Iterator[Broker]:
    """A broker that speaks TLS and asks for a certificate of our authority."""
    lines = [
        "allow_anonymous true",
        "cafile " + certificates.ca,
        "certfile " + certificates.broker_cert,
        "keyfile " + certificates.broker_key,
        "require_certificate true",
    ]
    with Broker(tmp_path, lines) as made:
        made.start()
        yield made


def secure_config(broker: Broker, certificates: Certificates, **changes: Any) -> MqttConfig:
    return config_of(
        broker,
        tls=True,
        ca_file=certificates.ca,
        cert_file=certificates.box_cert,
        key_file=certificates.box_key,
    )._replace(**changes)


def told_by(config: MqttConfig, folder: Path) -> str:
    """Return why a broker is not spoken to."""
    with Mqtt(config, str(folder)) as mqtt:
        until(lambda: not mqtt.status().ok or mqtt.status().delivered)
        mqtt.send(verdict_json(1))
        until(lambda: mqtt.status().waiting == 1)
        return mqtt.status().detail


def test_over_tls_with_both_certificates_a_verdict_arrives(
    secure: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    with Mqtt(secure_config(secure, certificates), str(tmp_path)) as mqtt:
        mqtt.send(verdict_json(1))
        until(lambda: mqtt.status().delivered == 1)


# paho leaves the socket of a handshake that failed to the garbage collector.
leaves_a_socket = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@leaves_a_socket
def test_another_authority_is_refused_in_a_sentence(
    secure: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Certificates(tmp_path / "other")
    told = told_by(secure_config(secure, certificates, ca_file=other.ca), tmp_path)
    assert told.startswith("the broker's certificate is not trusted: ")
    assert "mqtt.ca_file must hold the authority that signed it" in told


@leaves_a_socket
def test_another_name_than_the_certificate_s_is_refused(
    secure: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    told = told_by(secure_config(secure, certificates, host="127.0.0.1"), tmp_path)
    assert "not trusted" in told
    assert "mqtt.host the name in it" in told


@leaves_a_socket
def test_without_its_own_certificate_a_box_is_told_so(
    secure: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    told = told_by(secure_config(secure, certificates, cert_file="", key_file=""), tmp_path)
    assert "mqtt.cert_file" in told


@leaves_a_socket
def test_a_broker_without_tls_is_told_in_a_sentence(
    broker: Broker, certificates: Certificates, tmp_path: Path
) -> None:
    told = told_by(config_of(broker, tls=True, ca_file=certificates.ca), tmp_path)
    assert told.startswith("the broker ")
    assert "does mqtt.port speak TLS" in told


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    """A broker that lets in whoever is "box" and knows the word."""
    words = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(words), "box", "a long word"]
    subprocess.run(command, check=True)
    words.chmod(0o644)
    with Broker(tmp_path, ["allow_anonymous false", "password_file {}".format(words)]) as made:
        made.start()
        yield made


def with_password(broker: Broker, folder: Path, word: str) -> MqttConfig:
    path = folder / "password"
    path.write_text(word + "\n")
    path.chmod(0o640)
    return config_of(broker, username="box", password_file=str(path))


def test_user_and_password_let_a_box_in(guarded: Broker, tmp_path: Path) -> None:
    with Mqtt(with_password(guarded, tmp_path, "a long word"), str(tmp_path)) as mqtt:
        mqtt.send(verdict_json(1))
        until(lambda: mqtt.status().delivered == 1)


def test_a_wrong_password_is_one_sentence_without_it(
    guarded: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = told_by(with_password(guarded, tmp_path, "another word"), tmp_path)
    assert told.startswith("the broker refuses: ")
    assert "mqtt.password_file" in told
    assert "another word" not in told + caplog.text


# ---- a whole box ---------------------------------------------------------------------------------


@pytest.fixture
def box(broker: Broker) -> Iterator[RunningService]:
    mqtt = {"host": "localhost", "port": broker.port, "name": "box", "telemetry_s": 1}
    with edible_box(telemetry={"interval_s": 0.2}, mqtt=mqtt) as made:
        yield made


def test_a_press_of_a_box_reaches_the_broker_and_its_status_counts_it(
    box: RunningService, broker: Broker
) -> None:
    with Listener(broker) as listener:
        box.finger.press()
        verdict = json.loads(listener.next("/verdict").payload)
        logged = Path(box.log_path).read_text(encoding="utf-8").splitlines()
        assert verdict in [json.loads(line) for line in logged]
        assert json.loads(listener.next("/telemetry").payload)["type"] == "telemetry"
    until(lambda: box.client.get("/v1/status")["notifiers"][0]["delivered"] == 1)
    assert box.stop() == 0


def test_what_a_killed_box_had_not_delivered_comes_when_it_lives_again(
    box: RunningService, broker: Broker
) -> None:
    broker.kill()
    told = [box.client.post("/v1/capture")["seq"] for _ in range(5)]
    until(lambda: box.client.get("/v1/status")["notifiers"][0]["waiting"] == 5)
    os.kill(box.pid, signal.SIGKILL)
    box.wait()
    broker.start()
    with Listener(broker) as listener:
        box.start()
        assert seqs(listener, 5) == told
    until(lambda: box.client.get("/v1/status")["notifiers"][0]["waiting"] == 0)


def test_home_assistant_finds_each_entity_and_its_topics_are_spoken_on(
    box: RunningService, broker: Broker
) -> None:
    with Listener(broker, "homeassistant/#") as listener:
        heard = [listener.next("/config") for _ in range(6)]
    told = {message.topic: json.loads(message.payload) for message in heard}
    assert all(message.retained for message in heard)
    assert sorted(topic.split("/", 1)[1] for topic in told) == [
        "binary_sensor/plantd_box/problem/config",
        "sensor/plantd_box/answer/config",
        "sensor/plantd_box/memory/config",
        "sensor/plantd_box/sentence/config",
        "sensor/plantd_box/species/config",
        "sensor/plantd_box/temperature/config",
    ]
    with Listener(broker, "plantd/box/#") as listener:
        box.client.post("/v1/capture")
        wanted = {each["state_topic"] for each in told.values()} | {"plantd/box/status"}
        while wanted:
            wanted.discard(listener.next().topic)
