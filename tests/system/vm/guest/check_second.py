"""After a reboot: the record is there, whole, and goes on."""

import json

import machine
import simulated
from machine import say, wait_active
from simulated import BUTTON, Listening


def test_the_record_outlives_a_reboot_and_its_numbers_go_on() -> None:
    client = wait_active()
    with open("/host/before.json") as file:
        before = json.load(file)
    for seq, verdict in before.items():
        # Nobody has said what the picture shows.
        assert client.get("/v1/verdicts/" + seq) == dict(verdict, label=None)
    newest = max(int(seq) for seq in before)
    assert machine.newest(client) == newest
    assert client.get_bytes("/v1/verdicts/{}/picture".format(newest))
    listening = Listening(client, "verdict")
    simulated.press()
    verdict = listening.verdict_after(newest)[1]
    BUTTON.release()
    assert verdict["seq"] == newest + 1
    assert verdict["boot_id"] != before[str(newest)]["boot_id"]
    say(
        "{} verdicts of boot {} found again; this boot {} goes on with {}".format(
            len(before), before[str(newest)]["boot_id"], verdict["boot_id"], verdict["seq"]
        )
    )
