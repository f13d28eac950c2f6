"""Whoever else is told of a verdict, by the whole service."""

import json
import os
import wave

import numpy as np
import pytest
from support.cameras import until

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


def test_a_press_is_spoken_and_a_picture_that_is_sent_in_is_not(service, sections, photo):
    service.configure(dict(sections, voice={"driver": "wav", "language": "en"}))
    service.start()
    with open(photo, "rb") as picture:
        service.client.post_bytes("/v1/classify", picture.read(), "image/png")
    service.finger.press()

    def voice():
        (told,) = service.client.get("/v1/status")["notifiers"]
        return told

    until(lambda: voice()["delivered"] == 1, "the voice speaks")
    assert (voice()["name"], voice()["ok"], voice()["failed"]) == ("voice", True, 0)
    path = os.path.join(service.directory, "cache", "voice.wav")
    with wave.open(path) as said:
        samples = np.frombuffer(said.readframes(said.getnframes()), "<i2") / 32768.0
        seconds = said.getnframes() / said.getframerate()
    assert 1.0 < seconds < 20.0
    assert float(np.sqrt(np.mean(samples**2))) > 0.02
