"""Whoever else is told of a verdict, by the whole service."""

import json
import os

import pytest

pytestmark = pytest.mark.gstreamer


def test_a_press_runs_the_hook_and_status_counts_it(service, sections, directory):
    fifo = os.path.join(directory, "told")
    os.mkfifo(fifo)
    service.configure(dict(sections, hooks={"command": "/bin/sh -c 'cat >\"$0\"' " + fifo}))
    service.start()
    service.finger.press()
    with open(fifo) as told:
        verdict = json.load(told)
    assert verdict["verdict"] == "edible"
    assert verdict["recorded"] is True
    service.client.post("/v1/capture")
    with open(fifo) as told:
        assert json.load(told)["seq"] == verdict["seq"] + 1
    (hook,) = service.client.get("/v1/status")["notifiers"]
    assert (hook["name"], hook["ok"], hook["failed"]) == ("hooks.command", True, 0)
    assert hook["delivered"] >= 1


def test_a_hook_that_hangs_delays_no_answer_and_no_end(service, sections):
    service.configure(dict(sections, hooks={"command": "/bin/sleep 600", "timeout_s": 600}))
    service.start()
    for _ in range(3):
        assert service.client.post("/v1/capture")["recorded"] is True
    assert service.client.get("/v1/status")["service"]["state"] == "HEALTHY"
    assert service.stop() == 0
