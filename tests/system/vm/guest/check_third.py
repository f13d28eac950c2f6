"""After the power was cut while presses were being answered."""

import sqlite3
from contextlib import closing

import machine
from machine import CONFIG, RECORD, run, say, wait_active
from press_until_the_end import ANSWERED


def test_what_was_answered_before_the_power_cut_is_recorded() -> None:
    client = wait_active()
    with open(ANSWERED) as file:
        answered = [int(line) for line in file]
    assert answered
    for seq in answered:
        assert client.get("/v1/verdicts/{}".format(seq))["seq"] == seq
        assert client.get_bytes("/v1/verdicts/{}/picture".format(seq))
        assert client.get_bytes("/v1/verdicts/{}/input".format(seq))
    with closing(sqlite3.connect("file:{}?mode=ro".format(RECORD), uri=True)) as record:
        assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not client.get("/v1/status")["record"]["set_aside"]
    say("power cut after {} answered presses: all recorded, integrity ok".format(len(answered)))


def test_a_long_press_is_set_to_shut_the_machine_down() -> None:
    with open(CONFIG) as file:
        text = file.read()
    with open(CONFIG, "w") as file:
        file.write(
            text.replace("long_press_s: 0", "long_press_s: 2\n  long_press_action: shutdown")
        )
    assert run("systemctl", "restart", "plantd").returncode == 0
    button = wait_active().get("/v1/status")["button"]
    assert button["ok"], button
    machine.say("the button: {}".format(button))
