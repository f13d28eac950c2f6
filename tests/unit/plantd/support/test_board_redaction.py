"""Nothing private survives in a record that is made to be published, and nothing else is lost."""

import json
from pathlib import Path

import pytest
from support import board_records, tx2_tree
from support.board_records import FAILED, PLANTED, PRIVATE, drawn_record, private, raw_record

from plantd.support.board_redaction import Private, private_of, public, public_text
from plantd.support.redaction import Secret

PUBLIC = Private("/data/ann/plantd", ("/data/ann",), ())


@pytest.mark.parametrize("word", PRIVATE)
def test_nothing_private_survives(word: str, tmp_path: Path) -> None:
    raw, text = json.dumps(raw_record(tmp_path, PLANTED)), None
    assert word in raw
    text = json.dumps(public(json.loads(raw), private(tmp_path)))
    assert word.lower() not in text.lower()


def test_stand_ins_tell_what_was_there(tmp_path: Path) -> None:
    text = json.dumps(drawn_record(tmp_path))
    for stand_in in "<host> <serial> <mac> <user> <address> <project> <home> <device>".split():
        assert stand_in in text, stand_in
    assert "<position>" in text


def test_names_of_fields_are_redacted_too(tmp_path: Path) -> None:
    assert list(drawn_record(tmp_path)["plan"]["stamp"]) == ["<home>"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at /data/ann/plantd/engines/x.py:3", "at <project>/engines/x.py:3"),
        ("at /data/ann/other/x.py, line 3", "at <home>, line 3"),
        ("'/home/bob/x' '/home/bob'", "'<home>' '<home>'"),
        ("(/root/.ssh/id)", "(<home>)"),
        ("/data/anna/x", "/data/anna/x"),
        ("/var/lib/plantd/engines", "/var/lib/plantd/engines"),
        ("/usr/lib/python3.6/rooted", "/usr/lib/python3.6/rooted"),
        ("cgroup/root/x", "cgroup/root/x"),
    ],
)
def test_paths(text: str, expected: str) -> None:
    assert public_text(text, PUBLIC) == expected


def test_what_is_no_text_stays() -> None:
    tree = {"a": [1, 2.5, True, None, "x"], "b": {"c": "/home/bob"}}
    assert public(tree, PUBLIC) == {"a": [1, 2.5, True, None, "x"], "b": {"c": "<home>"}}


def test_a_redacted_record_is_not_changed_again(tmp_path: Path) -> None:
    tree = drawn_record(tmp_path)
    assert public(tree, private(tmp_path)) == tree


def test_a_host_called_like_the_product_takes_nothing_out(tmp_path: Path) -> None:
    found = private_of(str(tmp_path), "jetson", "", {"USER": "tegra"})
    assert found.secrets == ()
    assert public_text("NVIDIA Jetson TX2, tegra-gpio", found) == "NVIDIA Jetson TX2, tegra-gpio"


def test_whoever_asks_is_known_though_no_file_lists_them(tmp_path: Path) -> None:
    found = private_of(str(tmp_path), "forest-7", "", {"SUDO_USER": "eve", "HOME": "/nfs/eve"})
    assert Secret("eve", "<user>") in found.secrets
    assert public_text("eve wrote /nfs/eve/x", found) == "<user> wrote <home>"


def test_numbers_that_everybody_has_are_no_serials(tmp_path: Path) -> None:
    tx2_tree.write(tmp_path, "sys/bus/usb/devices/usb1/serial", "3530000.xhci\n")
    tx2_tree.write(tmp_path, "sys/bus/usb/devices/1-1/serial", "0001\n")
    tx2_tree.write(tmp_path, "sys/bus/usb/devices/1-2/serial", "9F2A11B4\n")
    tx2_tree.write(tmp_path, "sys/class/net/lo/address", "00:00:00:00:00:00\n")
    found = private_of(str(tmp_path), "localhost")
    assert found.secrets == (Secret("9F2A11B4", "<serial>"),)


def test_the_sample_has_no_failure_that_hides_behind_xml() -> None:
    assert "{}" in FAILED
    assert board_records.HOST in PLANTED
