"""A display's two threads: real pictures, and luma's real driver before a drawn chip."""

import sys
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from luma.core.interface.serial import i2c
from PIL import Image
from PIL.Image import Image as Picture
from support.cameras import until
from support.drawn_oled import ADDRESS, DrawnOled
from support.verdict_json import verdict_json

from plantd.config import DisplayConfig
from plantd.light.interface import Pattern
from plantd.notifiers.display.choice import display_from_config
from plantd.notifiers.display.drawing import picture_of
from plantd.notifiers.display.notifier import Display
from plantd.notifiers.display.oled import Oled
from plantd.notifiers.display.picture_file import PictureFile
from plantd.notifiers.display.scene import resting_scene, verdict_scene
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import english, texts_of

SIZE = (128, 64)
TIMEOUT_S = 30.0
VERDICT = verdict_json(1, sentence="The two heads disagree. Treat it as poisonous.")


def light(pattern: Pattern) -> "dict[str, Any]":
    return {"type": "light", "pattern": pattern.value}


def answer(language: str = "en", verdict: "dict[str, Any]" = VERDICT) -> bytes:
    return picture_of(verdict_scene(verdict, texts_of(language)), SIZE, 1).tobytes()


def ready() -> bytes:
    return picture_of(resting_scene(Pattern.READY, Health(), english()), SIZE, 1).tobytes()


@pytest.fixture
def chip() -> DrawnOled:
    return DrawnOled()


@pytest.fixture
def display(chip: DrawnOled) -> Iterator[Display]:
    config = DisplayConfig("ssd1306")
    with Display(
        config, lambda: Oled(config, lambda _config: i2c(bus=chip, address=ADDRESS)), (0.01,)
    ) as made:
        made.send(light(Pattern.READY))
        yield made


def shows(chip: DrawnOled, picture: bytes) -> Callable[[], bool]:
    return lambda: chip.seen().tobytes() == picture


def test_a_verdict_is_shown(display: Display, chip: DrawnOled) -> None:
    until(shows(chip, ready()), "the display is ready")
    display.send(VERDICT)
    until(shows(chip, answer()), "the answer stands there")
    until(lambda: display.status().delivered == 1, "it is counted")
    assert display.status().ok


def test_a_picture_that_was_sent_in_is_not_shown(display: Display, chip: DrawnOled) -> None:
    until(shows(chip, ready()), "the display is ready")
    display.send(dict(VERDICT, trigger="classify"))
    display.close()
    assert display.status().delivered == display.status().failed == 0


def test_one_that_is_pulled_out_is_told_and_shows_again_once_it_is_back(
    display: Display, chip: DrawnOled
) -> None:
    until(shows(chip, ready()), "the display is ready")
    chip.plugged = False
    chip.lose_power()
    display.send(VERDICT)
    until(lambda: display.status().failed == 1, "the verdict fails")
    assert not display.status().ok
    assert "'i2cdetect" in display.status().detail
    chip.plugged = True
    until(shows(chip, answer()), "the answer stands there after all")
    until(lambda: display.status().ok, "it is well again")


def test_one_that_lost_its_power_unnoticed_shows_the_next_press(
    display: Display, chip: DrawnOled
) -> None:
    until(shows(chip, ready()), "the display is ready")
    chip.lose_power()
    display.send(light(Pattern.ACKNOWLEDGED))
    display.send(VERDICT)
    until(shows(chip, answer()), "the answer stands there")


def test_after_the_end_nothing_stands_there(display: Display, chip: DrawnOled) -> None:
    display.send(VERDICT)
    until(shows(chip, answer()), "the answer stands there")
    display.close()
    assert chip.seen().getbbox() is None


def test_it_speaks_the_language_that_is_asked_for(tmp_path: Path) -> None:
    with display_from_config(DisplayConfig("png", language="de"), str(tmp_path)) as display:
        path = tmp_path / "display.png"
        until(path.exists, "something is shown")
        display.send(VERDICT)
        until(lambda: shown(path) == answer("de"), "the answer stands there in German")


def shown(path: Path) -> bytes:
    with Image.open(str(path)) as picture:
        return picture.tobytes()


def test_without_pillow_it_says_what_helps_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "plantd.notifiers.display.drawing")
    monkeypatch.delitem(sys.modules, "plantd.notifiers.display.picture_file")
    with display_from_config(DisplayConfig("png"), str(tmp_path)) as display:
        until(lambda: not display.status().ok, "it is told")
        display.send(VERDICT)
        until(lambda: display.status().failed == 1, "it is counted")
    assert display.status().detail.startswith("the library PIL cannot be used")
    assert "what helps: " in display.status().detail


def test_without_polib_it_is_english_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "polib", None)
    config = DisplayConfig("png", language="de")
    with display_from_config(config, str(tmp_path)) as display:
        until(lambda: not display.status().ok, "it is told")
        display.send(VERDICT)
        until(lambda: shown_or_none(tmp_path / "display.png") == answer("en"), "it is English")
    assert display.status().detail.startswith("the library polib, ")


def test_damaged_texts_leave_it_english_and_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "de.po").write_bytes(b'msgid "a"\nmsgs\xff')
    monkeypatch.setattr("plantd.texts.catalogue.FOLDER", str(tmp_path))
    config = DisplayConfig("png", language="de")
    with display_from_config(config, str(tmp_path)) as display:
        until(lambda: not display.status().ok, "it is told")
        display.send(VERDICT)
        until(lambda: shown_or_none(tmp_path / "display.png") == answer("en"), "it is English")
    assert display.status().detail.startswith("the texts in {}".format(tmp_path / "de.po"))


def shown_or_none(path: Path) -> bytes:
    return shown(path) if path.exists() else b""


class Stuck(PictureFile):
    """A picture file on a disk that hangs until it is let."""

    def __init__(self, config: DisplayConfig, folder: str) -> None:
        super().__init__(config, folder)
        self.entered, self.let = threading.Event(), threading.Event()
        self.pictures: List[bytes] = []

    def show(self, picture: Picture) -> None:
        self.entered.set()
        assert self.let.wait(TIMEOUT_S)
        self.pictures.append(picture.tobytes())
        super().show(picture)


def test_one_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    config = DisplayConfig("png")
    stuck = Stuck(config, str(tmp_path))
    with Display(config, lambda: stuck) as display:
        assert stuck.entered.wait(TIMEOUT_S)
        for seq in range(100):
            display.send(light(Pattern.ACKNOWLEDGED))
            display.send(dict(VERDICT, seq=seq))
        status = display.status()
        assert status.delivered == status.failed == 0
        assert status.dropped >= 98
        stuck.let.set()
        until(lambda: shown_or_none(tmp_path / "display.png") == answer(), "the last is shown")


def test_one_that_is_slow_shows_no_answer_to_a_press_before_as_that_to_a_new_one(
    tmp_path: Path,
) -> None:
    config = DisplayConfig("png")
    slow, new = Stuck(config, str(tmp_path)), dict(VERDICT, seq=2, sentence="No plant is seen.")
    with Display(config, lambda: slow) as display:
        assert slow.entered.wait(TIMEOUT_S)
        display.send(VERDICT)
        until(lambda: not display.has_waiting, "the first answer is taken")
        for event in (light(Pattern.ACKNOWLEDGED), new, light(Pattern.UNSURE)):
            display.send(event)
        slow.let.set()
        until(lambda: answer(verdict=new) in slow.pictures, "the new answer is shown")
    assert answer() not in slow.pictures


def test_one_that_hangs_lets_the_service_end(tmp_path: Path) -> None:
    config = DisplayConfig("png")
    stuck = Stuck(config, str(tmp_path))
    display = Display(config, lambda: stuck)
    display.open()
    assert stuck.entered.wait(TIMEOUT_S)
    display.close()
    assert not stuck.let.is_set()
    stuck.let.set()


def test_a_bug_with_one_picture_is_not_the_last_picture(tmp_path: Path) -> None:
    made: List[PictureFile] = []

    def screen() -> PictureFile:
        made.append(
            Faulty(config, str(tmp_path)) if not made else PictureFile(config, str(tmp_path))
        )
        return made[-1]

    config = DisplayConfig("png")
    with Display(config, screen, (0.01,)) as display:
        display.send(VERDICT)
        until(lambda: shown_or_none(tmp_path / "display.png") == answer(), "it is shown")
        until(lambda: display.status().ok, "it is well again")


class Faulty(PictureFile):
    """A picture file with a bug."""

    def show(self, picture: Picture) -> None:
        raise ZeroDivisionError("a bug")


def test_what_is_sent_before_it_is_opened_waits(tmp_path: Path) -> None:
    display = display_from_config(DisplayConfig("png"), str(tmp_path))
    display.send(VERDICT)
    with display:
        until(lambda: shown_or_none(tmp_path / "display.png") == answer(), "it is shown")
