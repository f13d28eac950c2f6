"""`plantd doctor --button` and `--camera`, as who wires a box uses them."""

import json
import subprocess
import sys
import threading

import cv2
import pytest
from support import tiny_bundle
from support.gpio_sim import sim_line
from support.hands import FakeHand, GpioSimHand

TIMEOUT_S = 120


class Doctor:
    """One live look in a process of its own; `until` reads its lines up to an event."""

    def __init__(self, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plantd", "doctor", "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._alarm = threading.Timer(TIMEOUT_S, self._process.kill)
        self._alarm.start()
        self.seen = []

    def until(self, event, **facts):
        """Return the next event of that kind."""
        for line in self._process.stdout:
            self.seen.append(json.loads(line.decode()))
            last = self.seen[-1]
            if last["event"] == event and all(last[key] == facts[key] for key in facts):
                return last
        raise AssertionError("no {} in {}".format(event, self.seen))

    def end(self):
        """Return the exit code and what was said on standard error."""
        self.seen += [json.loads(line.decode()) for line in self._process.stdout]
        said = self._process.stderr.read().decode()
        code = self._process.wait(TIMEOUT_S)
        self._alarm.cancel()
        self._process.stdout.close()
        self._process.stderr.close()
        return code, said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        if not self._process.stdout.closed:
            self.end()


def fake_hand(folder):
    hand = FakeHand(folder)
    return hand, ["button.driver=fake", "button.control_socket={}/button.sock".format(folder)]


def gpio_sim_hand(_folder):
    sim = sim_line(161)
    hand = GpioSimHand(sim.pull, sim.place, abi=1)
    return hand, ["button.driver=gpiochip", "button.board=tx2", "button.pin=18"]


@pytest.fixture(params=[fake_hand, gpio_sim_hand])
def hand_and_settings(request, tmp_path):
    hand, settings = request.param(tmp_path)
    settings.append("paths.run={}".format(tmp_path))
    yield hand, [word for setting in settings for word in ("--set", setting)]
    hand.close()


def test_presses_are_told_with_their_length_and_end_the_look(hand_and_settings):
    hand, settings = hand_and_settings
    with Doctor("--button", "--presses", "2", *settings) as doctor:
        doctor.until("level", pressed=False)
        for number in (1, 2):
            hand.press()
            doctor.until("level", pressed=True)
            hand.release()
            press = doctor.until("press")
            assert (press["number"], press["kind"], press["bounces_up"]) == (number, "short", 0)
            assert press["held_s"] > 0
        assert doctor.end() == (0, "")
        assert doctor.seen[-1]["presses"] == 2


def test_a_contact_that_shakes_without_a_press_is_a_flicker(hand_and_settings):
    hand, settings = hand_and_settings
    # The longest there is: a hand that is held up for less changes nothing.
    with Doctor("--button", *settings, "--set", "button.debounce_ms=500") as doctor:
        doctor.until("level", pressed=False)
        hand.bounce()
        assert doctor.until("flicker")["changes"] >= 2


def test_a_button_that_is_down_at_the_start_is_told_and_its_release_is_no_press(hand_and_settings):
    hand, settings = hand_and_settings
    if isinstance(hand, FakeHand):
        pytest.skip("the fake is always released when it is opened; gpio-sim shows it in make vm")
    hand.press()
    with Doctor("--button", *settings) as doctor:
        doctor.until("level", pressed=True)
        assert "active_low is wrong" in doctor.until("hint")["text"]
        hand.release()
        doctor.until("released")


def test_no_press_in_the_time_is_69(tmp_path):
    hand, settings = fake_hand(tmp_path)
    hand.close()
    words = [word for setting in settings for word in ("--set", setting)]
    with Doctor("--button", "--seconds", "1", *words) as doctor:
        assert doctor.end() == (69, "")
        assert doctor.seen[-1]["text"] == "0 presses"


def test_ctrl_c_ends_with_the_sum(tmp_path):
    hand, settings = fake_hand(tmp_path)
    hand.close()
    words = [word for setting in settings for word in ("--set", setting)]
    with Doctor("--button", *words) as doctor:
        doctor.until("level")
        doctor._process.send_signal(2)
        assert doctor.end() == (130, "")
        assert doctor.seen[-1]["event"] == "sum"


@pytest.mark.gstreamer
def test_beside_the_service_the_button_is_said_to_be_held(service):
    service.start()
    with Doctor("--button", "--config", service.config_path) as doctor:
        code, said = doctor.end()
    assert code == 69
    assert said.count("\n") == 1
    assert "held by the running plantd" in said
    assert "systemctl stop plantd" in said


@pytest.mark.gstreamer
def test_a_camera_of_its_own_is_shown_and_a_frame_is_saved(directory, tmp_path):
    photo = directory + "/photo.png"
    tiny_bundle.stand(photo, tiny_bundle.GREEN)
    saved = tmp_path / "frame.jpg"
    asked = ["--camera", "file://" + photo, "--seconds", "1", "--save", str(saved)]
    with Doctor(*asked, "--set", "paths.run=" + directory) as doctor:
        assert doctor.until("camera")["text"].endswith("opened for this look; Ctrl-C ends")
        about = doctor.until("format")
        code, said = doctor.end()
    assert (code, said) == (0, "")
    height_px, width_px = cv2.imread(str(saved)).shape[:2]
    assert (width_px, height_px) == (about["width_px"], about["height_px"])


@pytest.mark.gstreamer
def test_the_words_of_a_poor_picture_are_shown(directory):
    asked = ["--camera", "test://black", "--seconds", "1"]
    with Doctor(*asked, "--set", "paths.run=" + directory) as doctor:
        frame = doctor.until("frame")
    assert "too_dark" in frame["faults"]
    assert "too dark: press again, with more light" in frame["text"]


@pytest.mark.gstreamer
def test_the_service_s_camera_is_asked_for_what_it_sees(service, tmp_path):
    service.start()
    saved = tmp_path / "frame.jpg"
    asked = ["--camera", "--seconds", "1", "--save", str(saved), "--config", service.config_path]
    with Doctor(*asked) as doctor:
        assert "as the running service sees it" in doctor.until("camera")["text"]
        assert doctor.until("format")["text"].startswith("320 x 240, PNG")
        assert doctor.end() == (0, "")
    assert saved.read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.gstreamer
def test_a_camera_that_shows_nothing_is_69_and_says_why(tmp_path):
    asked = ["--camera", "v4l2:///dev/video99", "--seconds", "1"]
    with Doctor(*asked, "--set", "paths.run={}".format(tmp_path)) as doctor:
        code, _ = doctor.end()
    assert code == 69
    assert "/dev/video99" in doctor.seen[-1]["text"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--button", "--camera"], "one thing each"),
        (["--presses", "2"], "expected --button"),
        (["--button", "--save", "x"], "expected --camera"),
        (["--seconds", "2"], "expected --button or --camera"),
    ],
)
def test_options_that_do_not_fit_are_refused(asked, said):
    with Doctor(*asked) as doctor:
        code, text = doctor.end()
    assert code == 64
    assert said in text
