"""What holds between the keys of the sections mqtt, place and display."""

from typing import Any, Dict

import pytest

from plantd.config import Config, DisplayConfig, MqttConfig, PlaceConfig
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


@pytest.mark.parametrize(
    ("keys", "key", "told"),
    [
        ({"latitude": 47.0}, "place.latitude", "is given; expected place.longitude beside it"),
        ({"longitude": 8.0}, "place.longitude", "is given; expected place.latitude beside it"),
        (
            {"region": "Europe", "latitude": 47.0, "longitude": 8.0},
            "place.region",
            "is given beside place.latitude, which says more; remove one of them",
        ),
        (
            {"season": True},
            "place.season",
            ("is true; expected a place beside it: place.latitude and longitude, region or gpsd"),
        ),
        (
            {"season": True, "region": "Africa"},
            "place.season",
            "is true; Africa is crossed by the tropics: expected place.latitude and longitude",
        ),
    ],
)
def test_a_place_that_is_not_whole_is_told(keys: Dict[str, Any], key: str, told: str) -> None:
    assert problems_between(Config(place=PlaceConfig(**keys)), set()) == [(key, told)]


@pytest.mark.parametrize(
    "keys",
    [
        {"region": "Africa"},
        {"region": "Europe", "season": True},
        {"gpsd": "localhost:2947", "season": True},
        {"gpsd": "localhost:2947", "region": "Africa", "season": True},
        {"latitude": 0.0, "longitude": 0.0, "season": True},
    ],
)
def test_a_whole_place_is_taken(keys: Dict[str, Any]) -> None:
    assert problems_between(Config(place=PlaceConfig(**keys)), set()) == []


def test_drawn_paper_that_is_too_low_for_an_answer_is_told() -> None:
    told = "is 79; an answer and of when it is need 80 pixels or more on paper"
    low = DisplayConfig("png", height_px=79)
    assert problems_between(Config(display=low), set()) == []
    low = low._replace(paper=True)
    assert problems_between(Config(display=low), set()) == [("display.height_px", told)]
    assert problems_between(Config(display=low._replace(height_px=80)), set()) == []
