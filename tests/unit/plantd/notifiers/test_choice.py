"""Which notifiers the configuration asks for, and what the box is called to a broker."""

import os

import pytest

from plantd.config import BoxConfig, Config, MqttConfig
from plantd.notifiers.choice import notifiers_from_config
from plantd.notifiers.mqtt.notifier import Mqtt

HOST = os.uname().nodename.partition(".")[0]


def test_the_default_asks_for_none() -> None:
    assert notifiers_from_config(Config()) == []


@pytest.mark.parametrize(
    ("mqtt_name", "box_name", "name"),
    [("shed", "hut.north", "shed"), ("", "hut.north", "hut.north"), ("", "", HOST)],
)
def test_to_a_broker_the_box_has_its_own_name_or_that_of_the_box_or_the_machine(
    mqtt_name: str, box_name: str, name: str
) -> None:
    mqtt, box = MqttConfig("broker", name=mqtt_name), BoxConfig(box_name)
    (told,) = notifiers_from_config(Config(mqtt=mqtt, box=box))
    assert isinstance(told, Mqtt)
    assert told.topics.verdict == "plantd/{}/verdict".format(name)
