"""An e-ink panel: inky's real drivers before a panel drawn by its data sheet. No test waits."""

from pathlib import Path
from typing import Iterator

import pytest
from PIL import Image
from support.drawn_panel import (
    BUSY_LINE,
    DC_LINE,
    REFRESH_S,
    RESET_LINE,
    WIRED,
    DrawnPanel,
    let_time_pass,
)

from plantd.config import DisplayConfig
from plantd.config.displays import PANELS
from plantd.notifiers.display.eink import LIMIT_S, EInk
from plantd.notifiers.display.panel_wires import Wiring
from plantd.notifiers.display.paper import sheet_of
from plantd.notifiers.display.scene import Scene
from plantd.notifiers.queued import NotDelivered

SCENE = Scene("poisonous", "Poisonous", ("Treat it so.",), "Seen 2026-06-01 10:12.")


def wired(driver: str, **keys: object) -> DisplayConfig:
    return DisplayConfig(driver)._replace(**WIRED, **keys)  # type: ignore[arg-type]


@pytest.fixture(params=PANELS)
def config(request: pytest.FixtureRequest) -> DisplayConfig:
    return wired(request.param)


@pytest.fixture
def panel(config: DisplayConfig, monkeypatch: pytest.MonkeyPatch) -> DrawnPanel:
    made = DrawnPanel(config)
    let_time_pass(monkeypatch, made)
    return made


@pytest.fixture
def screen(config: DisplayConfig, panel: DrawnPanel) -> Iterator[EInk]:
    with EInk(config, panel.wiring) as made:
        yield made


def sheet(screen: EInk) -> Image.Image:
    return sheet_of(SCENE, screen.size, screen.colour)


def test_the_configured_port_and_lines_are_taken_and_given_back(
    screen: EInk, panel: DrawnPanel
) -> None:
    assert panel.paths == ["/dev/spidev0.0"]
    assert sorted(panel.lines) == sorted((DC_LINE, RESET_LINE, BUSY_LINE))
    screen.close()
    assert panel.closed == 1
    assert all(line.closed for line in panel.lines.values())


def test_a_picture_is_shown_once_it_stands_there(screen: EInk, panel: DrawnPanel) -> None:
    began_s = panel.now_s
    screen.show(sheet(screen))
    assert panel.now_s >= began_s + REFRESH_S
    assert panel.seen().tobytes() == sheet(screen).tobytes()


@pytest.mark.parametrize("colour", ["black", "red", "yellow"])
def test_each_ink_is_where_it_was_drawn(
    config: DisplayConfig, panel: DrawnPanel, colour: str
) -> None:
    with EInk(config._replace(colour=colour), panel.wiring) as screen:
        screen.show(sheet(screen))
        assert panel.seen().tobytes() == sheet(screen).tobytes()
        assert (2 in panel.seen().tobytes()) == (colour != "black")


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_one_that_is_built_in_turned_is_read_upright(
    config: DisplayConfig, panel: DrawnPanel, rotation: int
) -> None:
    with EInk(config._replace(rotation=rotation), panel.wiring) as screen:
        screen.show(sheet(screen))
        seen = panel.seen().rotate(rotation, expand=True)
        assert seen.size == screen.size
        assert seen.tobytes() == sheet(screen).tobytes()


def test_a_busy_that_never_falls_ends_the_wait_with_what_helps(
    screen: EInk, panel: DrawnPanel
) -> None:
    panel.is_stuck = True
    began_s = panel.now_s
    with pytest.raises(NotDelivered, match="BUSY was still high after .* s; look at its wires"):
        screen.show(sheet(screen))
    assert panel.now_s <= began_s + LIMIT_S + 1.0


def test_nobody_there_is_told_by_a_busy_that_never_rises(screen: EInk, panel: DrawnPanel) -> None:
    panel.plugged = False
    with pytest.raises(NotDelivered, match="no e-ink answers: its BUSY never rose .*; look at"):
        screen.show(sheet(screen))


def test_one_that_goes_after_a_picture_is_told_with_the_next(
    screen: EInk, panel: DrawnPanel
) -> None:
    screen.show(sheet(screen))
    panel.plugged = False
    with pytest.raises(NotDelivered, match="no e-ink answers"):
        screen.show(sheet(screen))


@pytest.mark.parametrize("driver", ["inky-phat-ssd1608", "inky-what-ssd1683"])
def test_a_busy_that_takes_its_time_to_rise_is_waited_for(
    driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = wired(driver)
    panel = DrawnPanel(config)
    let_time_pass(monkeypatch, panel)
    panel.rises_after_s = 0.4
    with EInk(config, panel.wiring) as screen:
        screen.show(sheet(screen))
        assert panel.seen().tobytes() == sheet(screen).tobytes()


def test_a_port_that_goes_away_is_told(screen: EInk, panel: DrawnPanel) -> None:
    panel.has_bus = False
    with pytest.raises(NotDelivered, match="cannot be written to"):
        screen.show(sheet(screen))


def test_a_picture_that_is_drawn_is_given_up_when_somebody_asks(
    screen: EInk, panel: DrawnPanel
) -> None:
    began_s = panel.now_s
    screen.interrupt()
    with pytest.raises(NotDelivered, match="given up"):
        screen.show(sheet(screen))
    assert panel.now_s < began_s + REFRESH_S


def test_the_last_picture_is_not_waited_for(screen: EInk, panel: DrawnPanel) -> None:
    began_s = panel.now_s
    screen.leave(sheet(screen))
    screen.close()
    assert panel.now_s < began_s + 5.0
    panel.sleep(REFRESH_S)
    assert panel.seen().tobytes() == sheet(screen).tobytes()


def test_a_port_that_is_not_there_is_one_sentence_and_takes_nothing() -> None:
    config = wired("inky-phat", spi_bus=255)
    panel = DrawnPanel(config)
    wiring = Wiring(output=panel.line, level=panel.line)
    with pytest.raises(NotDelivered, match="/dev/spidev255.0 is not there; look at display.spi"):
        EInk(config, wiring).open()


def test_lines_that_cannot_be_taken_are_told_and_the_port_is_given_back(tmp_path: Path) -> None:
    config = wired("inky-phat", gpio_chip="no-such-chip")
    panel = DrawnPanel(config)
    screen = EInk(config, Wiring(panel.port))
    with pytest.raises(NotDelivered, match="no-such-chip|python-periphery|group gpio"):
        screen.open()
    screen.close()
    assert panel.closed == 1


def test_the_old_red_that_bears_warmth_has_its_own_waveform(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waveforms = []
    for colour in ("red", "red-ht"):
        config = wired("inky-phat", colour=colour)
        panel = DrawnPanel(config)
        let_time_pass(monkeypatch, panel)
        with EInk(config, panel.wiring) as screen:
            screen.show(sheet(screen))
        waveforms.append(panel.waveform)
        assert panel.seen().tobytes() == sheet(screen).tobytes()
    assert waveforms[0]
    assert waveforms[0] != waveforms[1]
