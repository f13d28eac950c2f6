"""What Home Assistant is told, its templates rendered by the real Jinja2 on real events."""

import json
import re
from typing import Any, Dict, Set

import jinja2
import pytest
from support import wire_samples

from plantd import __version__, wire
from plantd.config import MqttConfig
from plantd.heads import Prediction
from plantd.notifiers.mqtt.discovery import discovery_messages
from plantd.notifiers.mqtt.topics import Health, topics_of

TOPICS = topics_of(MqttConfig("broker", name="shed"))
# Source: https://www.home-assistant.io/integrations/sensor.mqtt and binary_sensor.mqtt.
KEYS = {
    "availability_topic",
    "device",
    "device_class",
    "entity_category",
    "expire_after",
    "icon",
    "json_attributes_template",
    "json_attributes_topic",
    "name",
    "options",
    "origin",
    "payload_available",
    "payload_not_available",
    "qos",
    "state_class",
    "state_topic",
    "unique_id",
    "unit_of_measurement",
    "value_template",
}


def entities(telemetry_s: float = 60.0) -> Dict[str, Any]:
    messages = discovery_messages("homeassistant", TOPICS, telemetry_s)
    assert all(message.retained for message in messages)
    return {each.topic.split("/")[3]: json.loads(each.payload) for each in messages}


def shown(entity: str, event: Any, key: str = "value_template") -> str:
    """Return what Home Assistant shows of an event, as it went over the wire."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    template = environment.from_string(entities()[entity][key])
    return template.render(value_json=json.loads(json.dumps(event)))


@pytest.mark.parametrize("entity", sorted(entities()))
def test_it_has_no_key_that_home_assistant_refuses(entity: str) -> None:
    told = entities()[entity]
    assert set(told) <= KEYS
    assert {"name", "state_topic", "unique_id", "value_template"} <= set(told)


def test_one_device_has_every_entity_under_an_id_of_its_own() -> None:
    told = entities().values()
    assert len({each["unique_id"] for each in told}) == len(told) == 6
    assert {tuple(each["device"]["identifiers"]) for each in told} == {("plantd_shed",)}
    assert {each["device"]["sw_version"] for each in told} == {__version__}
    assert {each["availability_topic"] for each in told} == {"plantd/shed/status"}


@pytest.mark.parametrize(
    ("answer", "prediction"),
    [
        ("poisonous", wire_samples.POISONOUS),
        ("edible", wire_samples.EDIBLE),
        ("unsure", wire_samples.UNCLEAR),
    ],
)
def test_an_answer_is_one_of_its_options_and_has_its_sentence_beside_it(
    answer: str, prediction: Prediction
) -> None:
    event = wire_samples.verdict(1, prediction)
    assert shown("answer", event) == answer
    assert answer in entities()["answer"]["options"]
    beside = json.loads(shown("answer", event, "json_attributes_template"))
    assert beside["sentence"] == event["sentence"]
    assert beside["look_alikes"] == event["look_alikes"]
    assert shown("sentence", event) == event["sentence"][:255]


def nodes_of(name: str) -> Set[str]:
    """Return what a box of that name is called in topics of discovery and in ids of devices."""
    messages = discovery_messages("homeassistant", topics_of(MqttConfig("broker", name=name)), 0.0)
    told = [json.loads(message.payload)["device"] for message in messages]
    assert {each["name"] for each in told} == {"plantd " + name}
    return {message.topic.split("/")[2] for message in messages} | {
        ident for each in told for ident in each["identifiers"]
    }


def test_a_name_with_a_dot_is_one_that_home_assistant_takes() -> None:
    (node,) = nodes_of("hut.north")
    assert re.match(r"plantd_hut_north_[0-9a-f]{8}\Z", node)


def test_names_that_differ_in_a_dot_alone_are_two_boxes() -> None:
    names = ("a.b.c", "a_b.c", "a.b_c", "a_b_c")
    assert len({node for name in names for node in nodes_of(name)}) == len(names)
    assert nodes_of("a_b_c") == {"plantd_a_b_c"}


def test_no_plant_is_named_where_the_box_names_none() -> None:
    assert shown("species", {"species": []}) == "none named"
    assert shown("species", wire_samples.verdict(1)) != "none named"


def test_a_problem_is_one_as_long_as_a_part_has_it() -> None:
    health = Health()
    assert shown("problem", health.to_json()) == "OFF"
    health.take({"part": "camera", "state": "RECOVERING", "detail": "gone"})
    health.take({"part": "disk", "state": "DEGRADED", "detail": "full"})
    assert shown("problem", health.to_json()) == "ON"
    assert health.to_json()["state"] == "RECOVERING"
    for part in ("camera", "disk"):
        health.take({"part": part, "state": "HEALTHY", "detail": ""})
    assert shown("problem", health.to_json()) == "OFF"


def test_the_hottest_zone_and_the_memory_are_shown() -> None:
    device = wire_samples.status()["device"]
    event = wire.json_from_telemetry(wire_samples.MOMENT, device)
    hottest = max(device["temperatures_c"].values())
    assert float(shown("temperature", event)) == hottest
    bare = dict(event, temperatures_c={}, memory=None)
    assert shown("temperature", bare) == shown("memory", bare) == ""


def test_without_telemetry_its_entities_are_not_announced() -> None:
    assert {"temperature", "memory"} == set(entities()) - set(entities(0.0))
