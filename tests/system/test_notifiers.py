"""Whoever else is told of a verdict, by the whole service."""

import json
import os
import wave

import numpy as np
import pytest
from PIL import Image
from support.cameras import until

from plantd.notifiers.display.drawing import pages_of, picture_of
from plantd.notifiers.display.paper import sheet_of
from plantd.notifiers.display.scene import off_scene, verdict_scene, verdict_sheet
from plantd.texts.catalogue import english

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


def test_the_display_s_picture_is_that_of_the_last_press(service, sections):
    service.configure(dict(sections, display={"driver": "png"}))
    service.start()
    scene = verdict_scene(service.client.post("/v1/capture"), english())
    size = (128, 64)
    pages = [picture_of(scene, size, 1, page) for page in range(len(pages_of(scene, size)))]
    expected = [page.tobytes() for page in pages]
    path = os.path.join(service.directory, "cache", "display.png")

    def shown():
        with Image.open(path) as picture:
            return picture.tobytes()

    until(lambda: os.path.exists(path) and shown() in expected, "the answer stands there")
    (told,) = service.client.get("/v1/status")["notifiers"]
    assert (told["name"], told["ok"]) == ("display", True)
    # Nothing stands there for longer than the service that vouches for it.
    assert service.stop() == 0
    assert shown() == bytes(128 // 8 * 64)


def test_paper_has_one_picture_of_the_last_press_and_at_the_end_says_that_the_box_is_off(
    service, sections
):
    paper = {"driver": "png", "paper": True, "colour": "red", "width_px": 250, "height_px": 122}
    service.configure(dict(sections, display=paper))
    service.start()
    path = os.path.join(service.directory, "cache", "display.png")

    def shown():
        with Image.open(path) as picture:
            return picture.tobytes()

    def drawn(scene):
        return sheet_of(scene, (250, 122), "red").tobytes()

    answer = drawn(verdict_sheet(service.client.post("/v1/capture"), english()))
    until(lambda: os.path.exists(path) and shown() == answer, "the answer stands there")
    assert service.stop() == 0
    assert shown() == drawn(off_scene(english()))


def test_an_e_ink_that_is_not_there_is_degraded_with_what_helps(service, sections):
    pins = {"gpio_chip": "none-such", "dc_pin": 1, "reset_pin": 2, "busy_pin": 3}
    service.configure(dict(sections, display={"driver": "inky-phat", "spi_bus": 255, **pins}))
    service.start()

    def degraded():
        return " ".join(service.client.get("/v1/status")["service"]["degraded"])

    until(lambda: "display: /dev/spidev255.0 is not there" in degraded(), "the e-ink is told")
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    assert service.stop() == 0


def test_a_display_that_is_not_there_is_degraded_with_what_helps_and_delays_nothing(
    service, sections
):
    service.configure(dict(sections, display={"driver": "ssd1306", "i2c_bus": 255}))
    service.start()

    def degraded():
        return " ".join(service.client.get("/v1/status")["service"]["degraded"])

    until(lambda: "display: " in degraded(), "the display is told to fail")
    assert "display: /dev/i2c-255 is not there; look at display.i2c_bus" in degraded()
    assert service.client.post("/v1/capture")["verdict"] == "edible"
    (told,) = service.client.get("/v1/status")["notifiers"]
    assert (told["name"], told["ok"]) == ("display", False)
