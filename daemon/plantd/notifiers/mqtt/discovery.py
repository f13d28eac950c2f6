"""What Home Assistant is told, so that the box appears there by itself. Pure.

Source: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery and the pages of the
integrations sensor.mqtt and binary_sensor.mqtt. "edible" never goes alone: the sentence and the
look-alikes are attributes of the answer, and the sentence is a sensor of its own.
"""

import zlib
from typing import Any, Dict, List, NamedTuple

from plantd import __version__
from plantd.answers import ANSWERS
from plantd.notifiers.mqtt.topics import OFFLINE, ONLINE, Message, Topics, payload_of

Json = Dict[str, Any]

SENSOR, BINARY_SENSOR = "sensor", "binary_sensor"
# Telemetry that is this many times late is no longer shown.
_LATE = 3
# Home Assistant takes no longer state.
STATE_MAX = 255

ANSWER = "{{ value_json.verdict }}"
SENTENCE = "{{ value_json.sentence[:%d] }}" % STATE_MAX
SPECIES = "{{ value_json.species[0].name if value_json.species else 'none named' }}"
ANSWER_ATTRIBUTES = (
    "{{ {'sentence': value_json.sentence, 'look_alikes': value_json.look_alikes, "
    "'caution': value_json.caution, 'rule': value_json.rule, 'seq': value_json.seq, "
    "'wall': value_json.wall, 'clock': value_json.clock} | tojson }}"
)
PROBLEM = "{{ 'OFF' if value_json.state == 'HEALTHY' else 'ON' }}"
TEMPERATURE = "{{ value_json.temperatures_c.values() | max if value_json.temperatures_c }}"
MEMORY = "{{ value_json.memory.available_mb if value_json.memory }}"


class Entity(NamedTuple):
    """One thing that Home Assistant shows: its component, its name in ids, and its own keys."""

    component: str
    ident: str
    keys: Json


def discovery_messages(prefix: str, topics: Topics, telemetry_s: float) -> List[Message]:
    """Return one retained message for each entity.

    Args:
        prefix: Home Assistant's own, usually "homeassistant".
        telemetry_s: time between two telemetry messages; 0 is none, and then none of its entities.
    """
    node = _node(topics.name)
    entities = _of_verdicts(topics) + [_problem(topics)]
    if telemetry_s:
        entities += _of_telemetry(topics, telemetry_s)
    return [
        Message(
            "{}/{}/{}/{}/config".format(prefix, each.component, node, each.ident),
            payload_of({**_of_all(topics, node, each.ident), **each.keys}),
            retained=True,
        )
        for each in entities
    ]


def _node(name: str) -> str:
    """Return what a box is called in a topic, where only letters, digits, - and _ are taken.

    A name with a dot has its sum at the end: hut.north is not hut_north.
    """
    told = "plantd_" + name.replace(".", "_")
    return "{}_{:08x}".format(told, zlib.crc32(name.encode())) if "." in name else told


def _of_all(topics: Topics, node: str, ident: str) -> Json:
    return {
        "unique_id": "{}_{}".format(node, ident),
        "availability_topic": topics.status,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "qos": 1,
        "device": {
            "identifiers": [node],
            "name": "plantd " + topics.name,
            "manufacturer": "plantd",
            "model": "plant recognition, offline",
            "sw_version": __version__,
        },
        "origin": {"name": "plantd", "sw_version": __version__},
    }


def _of_verdicts(topics: Topics) -> List[Entity]:
    answer = {
        "name": "Answer",
        "state_topic": topics.verdict,
        "value_template": ANSWER,
        "device_class": "enum",
        "options": list(ANSWERS),
        "json_attributes_topic": topics.verdict,
        "json_attributes_template": ANSWER_ATTRIBUTES,
        "icon": "mdi:leaf",
    }
    return [
        Entity(SENSOR, "answer", answer),
        Entity(SENSOR, "sentence", _template(topics.verdict, "Sentence", SENTENCE, "mdi:text")),
        Entity(SENSOR, "species", _template(topics.verdict, "Species", SPECIES, "mdi:sprout")),
    ]


def _template(topic: str, name: str, template: str, icon: str) -> Json:
    return {"name": name, "state_topic": topic, "value_template": template, "icon": icon}


def _problem(topics: Topics) -> Entity:
    keys = {
        "name": "Problem",
        "state_topic": topics.health,
        "value_template": PROBLEM,
        "device_class": "problem",
        "entity_category": "diagnostic",
        "json_attributes_topic": topics.health,
    }
    return Entity(BINARY_SENSOR, "problem", keys)


def _of_telemetry(topics: Topics, telemetry_s: float) -> List[Entity]:
    both = {
        "state_topic": topics.telemetry,
        "state_class": "measurement",
        "entity_category": "diagnostic",
        "expire_after": int(telemetry_s * _LATE) + 1,
    }
    temperature = {
        "name": "Temperature",
        "value_template": TEMPERATURE,
        "device_class": "temperature",
        "unit_of_measurement": "°C",
    }
    memory = {
        "name": "Memory available",
        "value_template": MEMORY,
        "device_class": "data_size",
        "unit_of_measurement": "MB",
    }
    return [
        Entity(SENSOR, "temperature", {**both, **temperature}),
        Entity(SENSOR, "memory", {**both, **memory}),
    ]
