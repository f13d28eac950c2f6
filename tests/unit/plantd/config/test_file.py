"""plantd.config.file: what a file may say, and what is said about a bad one."""

import os
from pathlib import Path
from typing import List, Sequence

import pytest

from plantd.config import Config
from plantd.config.file import LoadedConfig, changes, default_path, load
from plantd.errors import EX_CONFIG, ConfigError


def loaded(tmp_path: Path, text: str, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Return the configuration that the text says."""
    path = tmp_path / "plantd.yaml"
    path.write_text(text, encoding="utf-8")
    return load(str(path), overrides)


def problems(tmp_path: Path, text: str, overrides: Sequence[str] = ()) -> List[str]:
    """Return the text's problems, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, overrides)
    assert caught.value.exit_code == EX_CONFIG
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem.replace(str(tmp_path) + "/", "") for problem in caught.value.problems]


def problem(tmp_path: Path, text: str, overrides: Sequence[str] = ()) -> str:
    """Return the text's only problem."""
    (only,) = problems(tmp_path, text, overrides)
    return only


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "---\n", "camera:\nbutton:\n", "\ufeff"])
def test_a_file_that_says_nothing_means_the_defaults(tmp_path: Path, text: str) -> None:
    found = loaded(tmp_path, text)
    assert found.config == Config()
    assert set(found.origins.values()) == {"default"}


def test_no_file_means_the_defaults() -> None:
    assert load(None) == LoadedConfig(Config(), load(None).origins, "")


def test_values_and_their_origins(tmp_path: Path) -> None:
    text = "# mine\ncamera:\n  fps: 15\n  idle: stop\nlog: {level: debug}\n"
    found = loaded(tmp_path, text)
    assert found.path == str(tmp_path / "plantd.yaml")
    assert (found.config.camera.fps, found.config.camera.idle) == (15, "stop")
    assert found.config.log.level == "debug"
    assert found.origins["camera.idle"] == found.path + ":4"
    assert found.origins["log.level"] == found.path + ":5"
    assert found.origins["camera.source"] == "default"


@pytest.mark.parametrize(
    "text",
    [
        "place: {latitude: '47.37412', longitude: 8}",
        "place: {latitude: 47°22, longitude: 8}",
        "place: {latitude: 4737412, longitude: 8}",
        "place:\n  latitude: 47,37412\n  longitude: 8\n",
        "place: {latitude: 8, longitude: [47, 37412]}",
        "place: {region: 47.37412 8.54}",
        "place: {gpsd: 47.37412}",
        "place: {gpsd: '47.37412,8.54'}",
        "place: {season: 47.37412}",
        "place: {47.37412: 8.54}",
        "place: {47.37412 8.54: 1, 47.37412 8.54: 2}",
        "place: 47.37412 8.54",
        "place: [47.37412, 8.54]",
        "latitude 47.37412",
    ],
)
def test_where_somebody_is_is_not_repeated_in_what_is_said_of_it(tmp_path: Path, text: str) -> None:
    told = "\n".join(problems(tmp_path, text))
    assert "place" in told
    assert not [piece for piece in ("47", "37412", "8.54") if piece in told]
    assert "plantd.yaml:" in told


def test_a_latitude_that_is_none_is_told_with_its_line_and_what_is_expected(tmp_path: Path) -> None:
    assert problem(tmp_path, "place:\n  longitude: 8\n  latitude: 47,37\n") == (
        "plantd.yaml:3: place.latitude: is what is not repeated here, since it may say where "
        "somebody is; expected a number from -90 to 90, or null"
    )


def test_the_command_line_wins(tmp_path: Path) -> None:
    overrides = ["camera.source=gst:videotestsrc ! a: b", "camera.fps=5", "button.line=null"]
    found = loaded(tmp_path, "camera: {fps: 15}\n", overrides)
    assert found.config.camera.source == "gst:videotestsrc ! a: b"
    assert found.config.camera.fps == 5
    assert found.origins["camera.fps"] == "command line"


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10.0), ("2.5", 2.5), ("1e1", 10.0), (".5", 0.5), ("3.", 3.0), ("+4", 4.0)],
)
def test_numbers_with_a_point_are_read_as_they_look(
    tmp_path: Path, text: str, value: float
) -> None:
    seen = loaded(tmp_path, "telemetry: {interval_s: %s}\n" % text).config.telemetry.interval_s
    assert (seen, type(seen)) == (value, float)


@pytest.mark.parametrize(("text", "edible"), [("off", False), ("on", True)])
def test_edible_is_switched_off_in_so_many_words(tmp_path: Path, text: str, edible: bool) -> None:
    assert loaded(tmp_path, "verdict: {edible: %s}\n" % text).config.verdict.edible is edible


@pytest.mark.parametrize("text", ["true", "yes", "on", "True"])
def test_true_can_be_said_in_yamls_ways(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, "light: {active_low: %s}\n" % text).config.light.active_low is True
    seen = loaded(tmp_path, "button: {active_low: no}\n").config.button.active_low
    assert seen is False


def test_a_line_makes_the_default_pin_give_way(tmp_path: Path) -> None:
    found = loaded(tmp_path, "button: {line: 161}\n")
    assert (found.config.button.pin, found.config.button.line) == (None, 161)
    assert found.origins["button.pin"] == "button.line is given"


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        "camera:\n  width: 640\n  settle_frames: few\n  idle: stp\nbutton:\n  pin: 0\n"
        "camera:\n  fps: 1\nfps: 3\n"
    )
    assert problems(tmp_path, text, ["log.levle=info", "log.files=0"]) == [
        "plantd.yaml:2: camera.width: is not a key of camera; did you mean 'width_px'?",
        "plantd.yaml:3: camera.settle_frames: is 'few'; expected a whole number from 0 to 30",
        "plantd.yaml:4: camera.idle: is 'stp'; expected one of stream, stop; did you mean 'stop'?",
        "plantd.yaml:6: button.pin: is 0; expected a whole number from 1 to 40, or null",
        "plantd.yaml:7: camera: is given twice, before on line 1",
        "plantd.yaml:9: fps: is a key of the section camera; put it below it",
        "command line: log.files: is 0; expected a whole number from 1 to 100",
        "command line: log.levle: is not a key of the configuration; did you mean 'log.level'?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("buttn: {}", "buttn: is not a key of the configuration; did you mean 'button'?"),
        (
            "zebra: {}",
            "zebra: is not a key of the configuration; expected one of camera, button",
        ),
        ("log.level: info", "log.level: write 'log:' and below it, indented, 'level: ...'"),
        ("log: {zebra: 1}", "log.zebra: is not a key of log; expected one of level, max_mb"),
        ("log: {fps: 1}", "log.fps: is not a key of log; it belongs to camera"),
        ("log: {Max-MB: 1}", "log.Max-MB: is not a key of log; did you mean 'max_mb'?"),
        ("log: info", "log: is 'info'; expected keys below it: level, max_mb, files"),
        ("log: [level]", "log: is 'a list'; expected keys below it: level"),
        ("- camera", "the file: is 'a list'; expected sections: camera, button"),
        ("camera", "the file: is 'camera'; expected sections: camera, button"),
        ("on: {}", "on: is not a key of the configuration"),
        ("? [a, b]\n: 1", "?: is not a key of the configuration"),
        ("log: {level: info, level: info}", "log.level: is given twice, before on line 1"),
    ],
)
def test_keys_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    assert problem(tmp_path, text + "\n").startswith("plantd.yaml:1: " + message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera: {width_px: 1280.0}", "is 1280.0; expected a whole number of pixels from 64 to"),
        ("camera: {width_px: true}", "is true, which YAML reads as true or false; expected a"),
        ("camera: {width_px: '1280'}", "is the text '1280'; expected a whole number of pixels "),
        ("camera: {width_px: '1280'}", "to 7680; remove the quotes"),
        ("camera: {width_px: 0640}", "is 0640; expected a whole number"),
        ("camera: {width_px: 0x280}", "is 0x280; expected a whole number"),
        ("camera: {width_px: 1_280}", "is 1_280; expected a whole number"),
        ("camera: {width_px: %s}" % ("9" * 500), "9; expected a whole number"),
        ("camera: {width_px: 63}", "is 63; expected a whole number of pixels from 64 to 7680"),
        ("camera: {width_px: }", "has no value; expected a whole number"),
        ("camera: {width_px: }", "remove the line for the default, 1280"),
        ("camera: {width_px: [1]}", "is a list; expected a whole number"),
        ("camera: {width_px: {a: 1}}", "is keys of its own; expected a whole number"),
        ("camera: {open_timeout_s: 1:30}", "is 1:30; expected a number of seconds from 0.1 to"),
        ("camera: {open_timeout_s: .nan}", "is .nan; expected a number of seconds"),
        ("camera: {open_timeout_s: .inf}", "is .inf; expected a number of seconds"),
        ("camera: {open_timeout_s: 1e999}", "is '1e999'; expected a number of seconds"),
        ("camera: {open_timeout_s: e5}", "is 'e5'; expected a number of seconds"),
        ("camera: {open_timeout_s: .}", "is '.'; expected a number of seconds"),
        ("camera: {format: on}", "is on, which YAML reads as true or false; expected one of auto"),
        ("camera: {format: MJPEG}", "is 'MJPEG'; expected one of auto, raw, mjpeg; did you mean"),
        ("verdict: {edible: never}", "is 'never'; expected true or false"),
        ("light: {active_low: 1}", "is 1; expected true or false"),
        ("light: {active_low: 'yes'}", "is the text 'yes'; expected true or false; remove the"),
        ("light: {red_pin: 1024}", "is 1024; expected a whole number from 0 to 1023, or null"),
        ("button: {chip: 1}", "is 1; expected a label; write '1' in quotes if that is meant"),
        ("button: {chip: ''}", "is empty; expected a chip's label, as 'gpiodetect' lists them"),
        ("button: {chip: !!python/name:os.system x}", "expected a label"),
        ("api: {group: 'two words'}", "is 'two words'; expected a group's name, such as plantd"),
        ("paths: {state: var/lib}", "is 'var/lib'; expected an absolute path"),
        ("paths: {state: ~/plantd}", "expected an absolute path; ~ and variables are not expanded"),
        ("paths: {state: $HOME}", "expected an absolute path; ~ and variables are not expanded"),
        ('paths: {state: "/a\\nb"}', "holds a line break or another character that cannot be"),
        ("paths: {run: /%s}" % ("r" * 95), "has 96 bytes; expected at most 95, for the sockets"),
        ("button: {control_socket: /%s}" % ("s" * 107), "has 108 bytes; a socket's path may have"),
        (
            "mqtt: {host: mqtt://broker}",
            "is 'mqtt://broker': it holds a /, as a URL does; expected a",
        ),
        ("mqtt: {host: 'broker:1883'}", "as before a port: that is mqtt.port; expected a name or"),
        ("display: {rotation: 45}", "is 45; expected 0, 90, 180 or 270"),
        ("display: {depth: 2}", "is 2; expected 1, 8 or 24"),
        ("display: {driver: ssd1307}", "ssd1306"),
        ("display: {width_px: 64}", "from 122 to 1024"),
        ("mqtt: {topic: ''}", "is empty; expected a topic, such as plantd"),
        ("mqtt: {topic: 'a/#'}", "+ and # stand for other topics, and cannot be published to"),
        ("mqtt: {topic: /a}", "it begins with / or $, ends with /, or has an empty level"),
        ("mqtt: {name: a box}", "is 'a box'; expected letters, digits, . _ and -, at most 64"),
        ("mqtt: {name: .hut}", "is '.hut'; expected letters, digits, . _ and -, at most 64"),
        ("box: {name: _hut}", "is '_hut'; expected letters, digits, . _ and -, at most 63"),
        ("hooks: {command: tell it}", "is 'tell it': its first word is not an absolute path"),
        ("hooks: {command: /a 'b}", "a quotation mark or a backslash has no end; expected such as"),
        ("hooks: {url: ftp://a/b}", "it begins neither with http:// nor with https://; expected"),
        ("hooks: {url: http:///b}", "is 'http:///b': it names no host; expected such as http"),
        ("hooks: {url: http://a:b/}", "is 'http://a:b/': "),
        ("model: {bundle: plants70}", "is 'plants70'; expected an absolute path"),
    ],
)
def test_values_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    section, _, rest = text[:-1].partition(": {")
    key = section + "." + rest.partition(":")[0]
    said = problem(tmp_path, "{}:\n  {}\n".format(section, rest))
    assert said.startswith("plantd.yaml:2: {}: ".format(key))
    assert message in said


@pytest.mark.parametrize("name", ["_garden", "-garden", "hut.north", "a" * 64])
def test_a_name_to_a_broker_may_be_any_that_was_one_before(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, "mqtt: {name: %s}\n" % name).config.mqtt.name == name


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("/dev/video0", "is '/dev/video0'; did you mean 'v4l2:///dev/video0'?"),
        ("/photos", "is '/photos'; did you mean 'file:///photos'?"),
        ("v4l://0", "expected csi, v4l2, file, test://... or gst:...; did you mean 'v4l2'?"),
        ("webcam", "is 'webcam'; expected csi, v4l2, file, test://... or gst:..."),
        ("csi://left", "the camera source 'csi://left' names no sensor"),
    ],
)
def test_camera_sources_that_are_none(tmp_path: Path, uri: str, message: str) -> None:
    said = problem(tmp_path, "camera:\n  source: %s\n" % uri)
    assert said.startswith("plantd.yaml:2: camera.source: ")
    assert message in said


@pytest.mark.parametrize(
    "uri", ["csi://1", "v4l2:///dev/video0", "file:///photos", "test://plant", "fake://"]
)
def test_camera_sources_that_are_some(tmp_path: Path, uri: str) -> None:
    assert loaded(tmp_path, "camera: {source: '%s'}\n" % uri).config.camera.source == uri


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("button: {pin: 18, line: 5}", "button.pin: is given beside button.line; expected one of"),
        ("button: {pin: null}", "button.pin: neither `pin` nor `line` is set; good pins: 18"),
        ("button: {pin: 32}", "button.pin: pin 32 is output only; good pins for a button: 18"),
        ("button: {pin: 15}", "button.pin: pin 15 sits on an I2C expander"),
        ("button: {driver: jetson, pin: null}", "button.pin: is null; driver jetson needs the"),
        ("button: {driver: evdev}", "button.device: is empty; driver evdev needs the input device"),
        ("button: {long_press_action: shutdown}", "button.long_press_action: needs button.long_"),
        ("button: {long_press_s: 0.03}", "button.long_press_s: is 0.03 s; expected more than "),
        ("light: {driver: gpiochip}", "light.driver: is gpiochip; expected at least one of light."),
        ("light: {driver: gpiochip, red_pin: 16}", "light.red_pin: pin 16 is input only"),
        (
            "light: {driver: gpiochip, red_pin: 29, board: nano}",
            "light.board: is nano; button.board is tx2; expected one board for both",
        ),
        (
            "light: {driver: gpiochip, red_pin: 18}",
            "light.red_pin: is line 161 of tegra-gpio, which button.pin takes already",
        ),
        (
            "light: {driver: gpiochip, red_pin: 7, blue_pin: 7}",
            "light.blue_pin: is line 76 of tegra-gpio, which light.red_pin takes already",
        ),
        (
            "{light: {driver: gpiochip, red_pin: 7}, button: {line: 76}}",
            "light.red_pin: is line 76 of tegra-gpio, which button.line takes already",
        ),
        (
            "{light: {driver: gpiochip, red_pin: 7}, button: {driver: jetson, pin: 7}}",
            "light.red_pin: is line 76 of tegra-gpio, which button.pin takes already",
        ),
        (
            "{light: {driver: gpiochip, red_pin: 7}, button: {pin: 15}}",
            "button.pin: pin 15 sits on an I2C expander",
        ),
        ("api: {request_timeout_s: 5}", "api.request_timeout_s: is 5.0 s; expected more than cam"),
        ("paths: {log: /run/plantd}", "paths.state: state, log, run and cache must be four"),
        (
            "{record: {commit_timeout_ms: 60000}}",
            "record.commit_timeout_ms: is 60.0 s; expected less than api.request_timeout_s, 30.0",
        ),
    ],
)
def test_keys_that_contradict_each_other(tmp_path: Path, text: str, message: str) -> None:
    assert message in problem(tmp_path, text + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "button: {driver: evdev, device: /dev/input/by-id/x, line: 28}",
        "button: {driver: fake, pin: null}",
        "button: {driver: jetson, pin: 31}",
        "button: {long_press_s: 3, long_press_action: repeat}",
        "light: {driver: gpiochip, red_pin: 7, green_pin: 12, blue_pin: 13, buzzer_pin: 29}",
        "{light: {driver: gpiochip, red_pin: 7}, button: {driver: fake}}",
        "light: {driver: none, red_pin: 18}",
    ],
)
def test_keys_that_go_together(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text + "\n").config != Config()


@pytest.mark.parametrize("key", ["lin: 5", "line: five"])
def test_a_slip_is_told_once_and_not_as_a_contradiction_too(tmp_path: Path, key: str) -> None:
    assert "button.lin" in problem(tmp_path, "button: {pin: null, %s}\n" % key)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera:\n\tfps: 3\n", ":2: this is not YAML: a tab is in the way; indent with spaces"),
        ("camera:\n  fps: 3\n bad: 1\n", ":3: this is not YAML: "),
        ("camera: {fps: 3\n", ":2: this is not YAML: "),
        ("a: b: c\n", ":1: this is not YAML: mapping values are not allowed here"),
        ("a: 'b\n", ":2: this is not YAML: "),
        ("a: 1\n---\nb: 2\n", ":2: this is not YAML: expected a single document in the stream"),
        ("a: 1\nb: \0\n", ":2: the character U+0000 cannot be in it"),
        ("a: 1\nb: \x1b[0m\n", ":2: the character U+001B cannot be in it"),
        ("a: &x 1\nb: *x\n", ":1: anchors and aliases (&x, *x) are not read; write values out"),
        ("a: *x\n", ":1: anchors and aliases (&x, *x) are not read; write values out"),
        ("[" * 100000, ":1: this is more than any configuration of plantd holds"),
        ("x: 1\n" * 10000, ":2500: this is more than any configuration of plantd holds"),
    ],
)
def test_text_that_is_no_configuration(tmp_path: Path, text: str, message: str) -> None:
    assert problem(tmp_path, text).startswith("plantd.yaml" + message)


def test_a_file_of_a_billion_laughs_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    lines = ["l0: &l0 [ha, ha]"]
    lines += ["l{0}: &l{0} [*l{1}, *l{1}]".format(n, n - 1) for n in range(1, 40)]
    assert ":1: anchors and aliases" in problem(tmp_path, "\n".join(lines))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "plantd.yaml"
    for data, message in (
        (b"camera:\n  # f\xfcr\n", ":2: the byte 0xfc is not UTF-8; save the file as UTF-8"),
        ("camera:\n".encode("utf-16"), ":1: is UTF-16; save it as UTF-8"),
        (b"#" * ((1 << 20) + 1), ": has 1048577 bytes; a configuration has at most 1048576"),
    ):
        path.write_bytes(data)
        with pytest.raises(ConfigError) as caught:
            load(str(path))
        assert caught.value.problems == (str(path) + message,)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, message in (
        (str(tmp_path / "none.yaml"), "there is no such file; 'plantd show-config --documented'"),
        (str(tmp_path), "is a directory; expected a YAML file"),
        ("/dev/zero", "has 1048577 bytes"),
        ("/proc/self/mem", "cannot be read: "),
    ):
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert caught.value.problems[0].startswith("{}: {}".format(path, message))


def test_a_file_without_the_right_to_read_it(tmp_path: Path) -> None:
    path = tmp_path / "plantd.yaml"
    path.write_text("", encoding="utf-8")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read everything
        os.seteuid(65534)
    try:
        with pytest.raises(ConfigError, match="may not be read by this user"):
            load(str(path))
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("camera.fps", "camera.fps: has no value; expected SECTION.KEY=VALUE"),
        ("fps=3", "fps: is not a key of the configuration"),
        ("camera.fps=x", "camera.fps: is 'x'; expected a whole number"),
        ("camera.fps=", "camera.fps: has no value; expected a whole number"),
        ("zebra=1", "zebra: is not a key of the configuration; expected SECTION.KEY=VALUE"),
    ],
)
def test_overrides_that_are_none(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, [override])
    assert caught.value.problems[0].startswith("command line: " + message)


def test_changes_are_told_by_what_they_take() -> None:
    old = Config()
    new = load(None, ["telemetry.interval_s=1", "camera.fps=5", "log.files=9"]).config
    assert changes(old, new) == (("telemetry.interval_s",), ("camera.fps", "log.files"))
    assert changes(new, new) == ((), ())


def test_the_path_can_come_from_the_environment() -> None:
    assert default_path() == "/etc/plantd/plantd.yaml"
    assert default_path({"PLANTD_CONFIG": ""}) == "/etc/plantd/plantd.yaml"
    assert default_path({"PLANTD_CONFIG": "/x.yaml"}) == "/x.yaml"


def test_places_follow_from_the_configured_paths() -> None:
    config = load(None, ["paths.run=/tmp/run", "paths.state=/data"]).config
    assert config.socket_path == "/tmp/run/plantd.sock"
    assert config.bundle_path == "/data/models/active"
    assert load(None, ["model.bundle=/b"]).config.bundle_path == "/b"
