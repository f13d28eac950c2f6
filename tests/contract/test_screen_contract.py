"""What every screen keeps: the PNG, OLEDs by luma.oled and e-ink by inky, before drawn chips."""

from pathlib import Path
from typing import Callable, Iterator, NamedTuple

import pytest
from luma.core.interface.serial import i2c
from PIL import Image
from support.drawn_oled import ADDRESS, DrawnOled, DrawnSpi
from support.drawn_panel import REFRESH_S, WIRED, DrawnPanel, let_time_pass

from plantd.config import DisplayConfig
from plantd.config.displays import OLEDS, PANELS
from plantd.notifiers.display.choice import screen_from_config
from plantd.notifiers.display.drawing import picture_of
from plantd.notifiers.display.eink import EInk
from plantd.notifiers.display.oled import Oled
from plantd.notifiers.display.paper import sheet_of
from plantd.notifiers.display.scene import Scene
from plantd.notifiers.display.screen import Screen
from plantd.notifiers.display.spi_bus import SpiBus
from plantd.notifiers.queued import NotDelivered

SCENES = [Scene("unsure", "Unsure", ("Treat it as poisonous.",)), Scene("poisonous", "Poisonous")]


class Watched(NamedTuple):
    """A screen, how to look at it, to take it away and put it back, and to let its time pass."""

    screen: Screen
    seen: Callable[[], Image.Image]
    take_away: Callable[[], object]
    put_back: Callable[[], object]
    later: Callable[[], object] = lambda: None


def picture(scene: Scene, screen: Screen) -> Image.Image:
    """Return a scene as it is drawn for a screen that is open."""
    if screen.colour:
        return sheet_of(scene, screen.size, screen.colour)
    return picture_of(scene, screen.size, screen.depth)


OVER_BUSES = [driver + bus for driver in OLEDS for bus in (" i2c", " spi")]


@pytest.fixture(params=["png", "png paper", *OVER_BUSES, *PANELS])
def watched(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    driver, _, bus = request.param.partition(" ")
    config = DisplayConfig(driver, paper=bus == "paper", colour="red")
    if driver == "png":
        folder = tmp_path / "cache"
        folder.mkdir()
        away = tmp_path / "away"
        screen = screen_from_config(config, str(folder))
        yield Watched(
            screen,
            lambda: Image.open(str(folder / "display.png")),
            lambda: folder.rename(away),
            lambda: away.rename(folder),
        )
    elif driver in PANELS:
        config = config._replace(**WIRED)
        panel = DrawnPanel(config)
        let_time_pass(monkeypatch, panel)

        def wire(is_in: bool) -> None:
            panel.plugged = is_in
            panel.lose_power()

        screen = EInk(config, panel.wiring)
        yield Watched(
            screen,
            panel.seen,
            lambda: wire(False),
            lambda: wire(True),
            lambda: panel.sleep(REFRESH_S),
        )
    else:
        chip = DrawnOled()

        def plug(is_in: bool) -> None:
            chip.plugged = is_in
            chip.lose_power()

        screen = Oled(config, lambda _config: i2c(bus=chip, address=ADDRESS))
        if bus == "spi":
            wires = DrawnSpi(chip)
            config = config._replace(bus="spi", dc_pin=18, reset_pin=31)
            screen = Oled(config, lambda config: SpiBus(config, wires.port, wires.line))
        yield Watched(screen, chip.seen, lambda: plug(False), lambda: plug(True))
    screen.close()


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_seen_is_the_picture(watched: Watched, scene: Scene) -> None:
    watched.screen.open()
    if not watched.screen.colour:
        assert (watched.screen.size, watched.screen.depth) == ((128, 64), 1)
    watched.screen.show(picture(scene, watched.screen))
    assert watched.seen().tobytes() == picture(scene, watched.screen).tobytes()


def test_the_next_picture_takes_its_place(watched: Watched) -> None:
    watched.screen.open()
    for scene in (*SCENES, *SCENES):
        watched.screen.show(picture(scene, watched.screen))
        assert watched.seen().tobytes() == picture(scene, watched.screen).tobytes()


def test_one_that_is_away_is_one_sentence_with_what_helps(watched: Watched) -> None:
    watched.screen.open()
    watched.take_away()
    with pytest.raises(NotDelivered, match="; look at ") as told:
        watched.screen.show(picture(SCENES[0], watched.screen))
    assert "\n" not in str(told.value)


def test_closed_and_opened_again_it_shows_again(watched: Watched) -> None:
    watched.screen.open()
    watched.take_away()
    with pytest.raises(NotDelivered):
        watched.screen.show(picture(SCENES[0], watched.screen))
    watched.screen.close()
    watched.put_back()
    watched.screen.open()
    watched.screen.show(picture(SCENES[1], watched.screen))
    assert watched.seen().tobytes() == picture(SCENES[1], watched.screen).tobytes()


def test_renewed_it_shows_even_where_it_was_away_unnoticed(watched: Watched) -> None:
    watched.screen.open()
    watched.take_away()
    watched.put_back()
    watched.screen.renew()
    watched.screen.show(picture(SCENES[0], watched.screen))
    assert watched.seen().tobytes() == picture(SCENES[0], watched.screen).tobytes()


def test_closing_twice_is_fine(watched: Watched) -> None:
    watched.screen.open()
    watched.screen.close()
    watched.screen.close()


def test_the_last_picture_is_seen_too(watched: Watched) -> None:
    watched.screen.open()
    watched.screen.show(picture(SCENES[0], watched.screen))
    watched.screen.leave(picture(SCENES[1], watched.screen))
    watched.later()
    assert watched.seen().tobytes() == picture(SCENES[1], watched.screen).tobytes()
