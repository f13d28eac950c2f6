"""What a support bundle must not say, and what it must not lose."""

from pathlib import Path

import pytest
from support import tx2_tree

from plantd.config import MqttConfig, file
from plantd.config.text import effective
from plantd.support.redaction import (
    Secret,
    redacted,
    secret_folders,
    secrets_of,
    secrets_of_broker,
    secrets_of_gpsd,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wlan0 is 00:04:4b:a7:12:9F", "wlan0 is <mac>"),
        ("wlan0 is 00-04-4b-a7-12-9f", "wlan0 is <mac>"),
        ("from 192.168.1.20 port 22", "from <address> port 22"),
        ("at fe80::204:4bff:fea7:129f now", "at <address> now"),
        ("at 2001:db8:0:1:1:1:1:1 now", "at <address> now"),
        ("rtsp://ann:secret@10.0.0.2/cam", "rtsp://<login>@<address>/<path>"),
        ("rtsp://cam.example.org:554/live?token=4711", "rtsp://<domain>:554/<path>"),
        ("see https://wiki.example.org/ann", "see https://<domain>/<path>"),
        ("open /home/ann/plants.jpg", "open /home/<user>/<path>"),
        ('"file:///media/Ann Example/oaks/1.jpg"', '"file:///media/<path>"'),
        ("model /mnt/stick-of-ann/p.tar.gz: good", "model /mnt/<path>: good"),
        ("/run/media/ann/STICK/p.jpg is not", "/run/media/<path> is not"),
        ("mail to ann@garden.example.org.", "mail to <mail>."),
        ("MQTT_PASSWORD=hunter2 rest", "MQTT_PASSWORD=<secret> rest"),
        ("password=hunter2 rest", "password=<secret> rest"),
        ('{"api_key": "k-4711", "n": 1}', '{"api_key": "<secret>", "n": 1}'),
        ("Authorization: Bearer abc.def-12", "Authorization: Bearer <secret>"),
        (
            '"v4l2:///dev/v4l/by-id/usb-046d_C920_9F2A11-video-index0"',
            '"v4l2:///dev/v4l/by-id/<device>"',
        ),
        ("usb 1-2: SerialNumber: 9F2A11", "usb 1-2: SerialNumber: <serial>"),
        ("androidboot.serialno=0421218 quiet", "androidboot.serialno=<serial> quiet"),
        ("GPSLatitude: 47.37412", "<position>"),
        ('"lat": -47.3741', '"<position>'),
        ("lon=8.541", "<position>"),
        (
            "  latitude: 47  # /etc/plantd/plantd.yaml:3",
            "  latitude: <position>  # /etc/plantd/plantd.yaml:3",
        ),
        ("place.longitude: is 208.5; expected", "place.longitude: is <position>; expected"),
        ('"longitude": -8.5,', '"longitude": <position>,'),
        ("  latitude: 47,3741 N # mine", "  latitude: <position> # mine"),
        ("{latitude: 47.37412, longitude: 8}", "{latitude: <position>, longitude: <position>}"),
        ('  latitude: "47 22 12 N"\n', "  latitude: <position>\n"),
        ("latitude:\n    N47.37\n", "latitude:\n    <position>\n"),
        ("latitude: is '47,37 / 8,54'; expected", "latitude: is <position>; expected"),
        ('"latitude": "47,37 N", "season": true', '"latitude": <position>, "season": true'),
        ("place: 47.37 8.54\n", "place: <position>\n"),
        ("latitude: 47° 22' N", "latitude: <position>"),
        ("latitude: 47° 22' 12\" N # mine", "latitude: <position> # mine"),
        ("latitude: '47° 22'' 12'' N'\n", "latitude: <position>'\n"),
        ('latitude: "47.37\n', "latitude: <position>\n"),
        ("latitude: 47:22:12\n", "latitude: <position>\n"),
        ("latitude: 47; 22; 12\n", "latitude: <position>\n"),
        (
            "  latitude: >-  # mine\n    47.37\n\n    N\n  longitude: 8\n",
            "  latitude: <position>\n  longitude: <position>\n",
        ),
        ("latitude: |\n  47.37\nlog: {files: 3}", "latitude: <position>\nlog: {files: 3}"),
        ("place: [47.37, 8.54]", "place: <position>"),
        ('"place": [\n  47.37,\n  8.54\n], "n": 3', '"place": <position>, "n": 3'),
        ("place:\n  - 47.37\n  - 8.54\nlog: 3", "place:\n  <position>\nlog: 3"),
        ("place: {lat: 47.37, lon: 8.54}", "place: <position>"),
        ("place: {latitude: 4, season: true}", "place: {latitude: <position>, season: true}"),
        ("place:\n  latitude: 47\n", "place:\n  latitude: <position>\n"),
        ('["place: 47.37", "n"]', '["place: <position>", "n"]'),
        ('"latitude: 47.37"]', '"latitude: <position>"]'),
        ('"latitude: \\"47.37\\""}', '"latitude: <position>"}'),
        ("  region: 47.37, 8.54\n", "  region: <position>\n"),
    ],
)
def test_taken_out(text: str, expected: str) -> None:
    assert redacted(text, []) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"latency_ms":{"infer":27.313,"total":96.812}',
        "long_press_s: 0.300",
        "2026-06-01T10:12:03Z",
        "TensorRT 8.2.1.8, OpenCV 4.1.1, L4T 32.7.1",
        "sha256:1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c5b6a7988",
        "7f0c6c8e-2d43-4b0e-9f0a-0a7f5a6d1c11",
        "0000:01:00.0",
        "std::runtime_error",
        "camera.source: csi://0",
        "/dev/v4l/by-path/platform-3530000.xhci",
        "v4l2:///dev/video0",
        "getty@tty1.service",
        "place:\n  latitude: null  # default\n  season: true # /etc/plantd/plantd.yaml:3",
        "place.longitude: is given; expected place.latitude beside it",
        '"place": {"regions": ["Europe"], "month": 5, "by": "gpsd"}',
        "region: Northern America  # /etc/plantd/plantd.yaml:3",
        "curl --unix-socket /run/plantd/plantd.sock http://plantd/v1/status",
        "/var/lib/plantd/record/record.db",
        "gpio@2200000",
        "the key camera.fps: is 3; expected a number",
        "sharpness_min: 12.5",
    ],
)
def test_kept(text: str) -> None:
    assert redacted(text, []) == text


@pytest.mark.parametrize("run", ["1", "1 ", "1, ", "1'", "1; ", "1 #"])
def test_a_line_of_any_length_is_read_once(run: str) -> None:
    assert redacted("latitude: " + run * 100000 + "\nseq: 3", []).endswith("\nseq: 3")


def test_words_of_this_machine_are_taken_out_whole() -> None:
    secrets = [
        Secret("ann", "<user>"),
        Secret("forest-7", "<host>"),
        Secret("Ann Example", "<user>"),
    ]
    text = "Ann Example's forest-7: channel of ann, forest-70, FOREST-7."
    assert redacted(text, secrets) == "<user>'s <host>: channel of <user>, forest-70, <host>."


def test_a_name_with_signs_is_no_pattern() -> None:
    assert redacted("a.b axb", [Secret("a.b", "<host>")]) == "<host> axb"


def test_this_machines_secrets_are_found(tmp_path: Path) -> None:
    tx2_tree.write(
        tmp_path,
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\n"
        "plantd:x:991:991:plantd service:/:/bin/false\n"
        "nvidia:x:1000:1000:nvidia,,,:/home/nvidia:/bin/sh\n"
        "ann:x:1001:1001:Ann Example,,,:/home/ann:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/:/bin/false\n",
    )
    tx2_tree.write(tmp_path, "proc/device-tree/serial-number", "0424018036742\0")
    tx2_tree.write(tmp_path, "etc/machine-id", "4c1d7c7c4a0f4fd8a2f0f7a1c1f0a001\n")
    tx2_tree.write(tmp_path, "etc/resolv.conf", "# made\nsearch garden.example.net local\n")
    found = secrets_of(str(tmp_path), "forest-7.example.org")
    assert set(found) == {
        Secret("forest-7", "<host>"),
        Secret("forest-7.example.org", "<host>"),
        Secret("example.org", "<domain>"),
        Secret("garden.example.net", "<domain>"),
        Secret("ann", "<user>"),
        Secret("Ann Example", "<user>"),
        Secret("0424018036742", "<serial>"),
        Secret("4c1d7c7c4a0f4fd8a2f0f7a1c1f0a001", "<machine-id>"),
    }


def test_names_that_everybody_has_stay(tmp_path: Path) -> None:
    assert secrets_of(str(tmp_path), "localhost") == []


def test_a_broker_its_user_and_the_box_s_name_are_taken_out() -> None:
    secrets = secrets_of_broker(MqttConfig("broker.garden", username="ann-7", name="shed"))
    text = "host: broker.garden, username: ann-7, name: shed, topic: plantd"
    assert redacted(text, secrets) == (
        "host: <domain>, username: <user>, name: <host>, topic: plantd"
    )


def test_a_broker_on_this_machine_and_no_broker_hide_no_words() -> None:
    assert secrets_of_broker(MqttConfig("localhost", username="plantd")) == []
    assert secrets_of_broker(MqttConfig()) == []


def test_a_gpsd_elsewhere_is_taken_out_and_one_on_this_machine_stays() -> None:
    assert secrets_of_gpsd("mast.garden:2947") == [Secret("mast.garden", "<domain>")]
    assert secrets_of_gpsd("localhost:2947") == secrets_of_gpsd("") == []


@pytest.mark.parametrize("degrees", ["47", "47.4", "-47.37412"])
def test_the_boxs_own_position_is_taken_out_of_its_configuration(degrees: str) -> None:
    loaded = file.load(None, ["place.latitude=" + degrees, "place.longitude=" + degrees])
    text = redacted(effective(loaded), [])
    assert degrees.strip("-") not in text
    assert text.count("<position>") == 2


def test_folders_that_somebody_named_are_taken_out_and_the_systems_stay() -> None:
    secrets = secret_folders(["/data/ann-example/oaks", "/var/lib/plantd", "/opt/plantd", "/", ""])
    assert secrets == [Secret("/data/ann-example/oaks", "<path>")]
    text = "file:///data/ann-example/oaks/1.jpg and /var/lib/plantd"
    assert redacted(text, secrets) == "file://<path>/1.jpg and /var/lib/plantd"
