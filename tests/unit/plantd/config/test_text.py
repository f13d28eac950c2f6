"""The configuration as text: the documented file, what holds, and the two commands."""

import io
import json
import re
from pathlib import Path

import pytest
from support.checkout import TOP

from plantd.config import Config
from plantd.config import text as config_text
from plantd.config.commands import check_config, show_config
from plantd.config.file import load
from plantd.config.schema.keys import KEYS
from plantd.errors import EX_CONFIG, ConfigError

SHIPPED = TOP / "systemd" / "plantd.yaml"


def written(tmp_path: Path, text: str) -> str:
    """Return the path of a file with this text."""
    path = tmp_path / "plantd.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_shipped_file_is_the_documented_one() -> None:
    # To mend it: python3 -m plantd show-config --documented > systemd/plantd.yaml
    assert SHIPPED.read_text(encoding="utf-8") == config_text.documented()


def test_the_shipped_file_changes_nothing() -> None:
    found = load(str(SHIPPED))
    assert found.config == Config()
    assert set(found.origins.values()) == {"default"}


def test_the_shipped_file_has_every_key_with_its_true_default(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^( *)#(?=\w)", r"\1", SHIPPED.read_text(encoding="utf-8"))
    found = load(written(tmp_path, text))
    assert found.config == Config()
    assert [key for key, origin in found.origins.items() if origin == "default"] == []


def test_each_key_says_what_it_is_and_what_it_may_be() -> None:
    lines = config_text.documented().splitlines()
    for key in KEYS.values():
        line = "  #{}: {}".format(key.name, config_text.literal(key.default))
        place = lines.index(line, lines.index(key.section + ":"))
        first = "  # " + key.expected[:1].upper() + key.expected[1:20]
        # A long list of choices takes two lines.
        expected = next(at for at in (place - 1, place - 2) if lines[at].startswith(first))
        assert lines[expected - 1].startswith("  # ")
    assert max(len(line) for line in lines) <= 100


def test_a_key_that_reload_takes_says_so() -> None:
    text = config_text.documented()
    assert text.count("Taken by reload.") == sum(key.doc.live for key in KEYS.values()) > 0


def test_every_default_is_within_its_own_range() -> None:
    overrides = [
        "{}={}".format(
            key.path, "null" if key.default is None else config_text.literal(key.default)
        )
        for key in KEYS.values()
        if key.kind is not str
    ]
    assert load(None, overrides).config == Config()


def test_what_holds_loads_again_and_tells_its_origins(tmp_path: Path) -> None:
    path = written(tmp_path, "button:\n  line: 161\nlog: {level: debug}\n")
    out = io.StringIO()
    assert show_config(path, overrides=["camera.source=gst:a # b ! 'c\"'"], out=out) == 0
    rows = out.getvalue().splitlines()
    assert re.match("  line: 161 +# {}:2$".format(re.escape(path)), rows[rows.index("button:") + 5])
    assert any(re.match("  pin: null +# button.line is given$", row) for row in rows)
    assert any(re.match('  source: "gst:a # b .*" +# command line$', row) for row in rows)
    again = load(written(tmp_path, out.getvalue()))
    assert again.config.camera.source == "gst:a # b ! 'c\"'"
    assert again.config.button == load(None, ["button.line=161"]).config.button


def test_what_holds_as_json(tmp_path: Path) -> None:
    out = io.StringIO()
    assert show_config(written(tmp_path, "camera: {fps: 5}\n"), json=True, out=out) == 0
    shown = json.loads(out.getvalue())
    assert shown["schema"] == 1
    assert list(shown["keys"]) == list(KEYS)
    fps = shown["keys"]["camera.fps"]
    assert (fps["value"], fps["default"], fps["live"]) == (5, 30, False)
    assert fps["origin"] == shown["path"] + ":1"


def test_the_documented_file_needs_no_file() -> None:
    out = io.StringIO()
    assert show_config("/nowhere", documented=True, out=out) == 0
    assert out.getvalue() == config_text.documented()


def test_what_does_not_hold_is_not_shown(tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(ConfigError):
        show_config(written(tmp_path, "camera: {fps: x}\n"), out=out)
    assert out.getvalue() == ""


def test_a_good_file_is_called_good(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    path = written(tmp_path, "camera: {fps: 5}\n")
    assert check_config(path, out=out, err=err) == 0
    assert out.getvalue() == "{}: good; 1 of {} keys are set\n".format(path, len(KEYS))
    assert err.getvalue() == ""


def test_a_bad_file_is_told_line_by_line(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    path = written(tmp_path, "camera:\n  fps: x\n  idle: y\n")
    assert check_config(path, out=out, err=err) == EX_CONFIG
    lines = err.getvalue().splitlines()
    assert [line.split(": ")[:2] for line in lines[:2]] == [
        [path + ":2", "camera.fps"],
        [path + ":3", "camera.idle"],
    ]
    assert lines[2:] == ["2 problems"]
    assert out.getvalue() == ""


def test_the_commands_print_to_the_terminal(capsys: "pytest.CaptureFixture[str]") -> None:
    assert check_config(None) == 0
    assert check_config(None, ["camera.fps=x"]) == EX_CONFIG
    assert show_config(None) == 0
    out, err = capsys.readouterr()
    assert out.startswith("no file: good; 0 of ")
    assert "\ncamera:\n" in out
    assert err.endswith("\n1 problem\n")
