"""What holds between the keys of section mqtt."""

from typing import Any, Dict

import pytest

from plantd.config import Config, MqttConfig
from plantd.config.rules import problems_between


@pytest.mark.parametrize(
    ("keys", "key", "told"),
    [
        ({"ca_file": "/ca"}, "mqtt.tls", "is false; mqtt.ca_file needs it true"),
        (
            {"tls": True, "key_file": "/key"},
            "mqtt.key_file",
            "is given; expected mqtt.cert_file beside it, the certificate of that key",
        ),
        (
            {"password_file": "/word"},
            "mqtt.password_file",
            "is given; expected mqtt.username beside it: a password alone is not sent",
        ),
    ],
)
def test_a_key_that_another_one_lacks_is_told(keys: Dict[str, Any], key: str, told: str) -> None:
    config = Config(mqtt=MqttConfig("broker", **keys))
    assert problems_between(config, set()) == [(key, told)]


def test_all_of_them_together_are_taken() -> None:
    whole = MqttConfig("broker", None, True, "/ca", "/cert", "/key", "box", "/word")
    assert problems_between(Config(mqtt=whole), set()) == []
