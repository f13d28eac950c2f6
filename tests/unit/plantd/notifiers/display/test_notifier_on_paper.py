"""A display's two threads before an e-ink: inky's real driver, a drawn panel, drawn time."""

import threading
from typing import Any, Callable, Dict, Iterator

import pytest
from support.cameras import until
from support.drawn_panel import REFRESH_S, WIRED, DrawnPanel, let_time_pass
from support.verdict_json import verdict_json

from plantd.config import DisplayConfig
from plantd.config.displays import PANELS
from plantd.light.interface import Pattern
from plantd.notifiers.display.eink import EInk
from plantd.notifiers.display.notifier import Display
from plantd.notifiers.display.paper import sheet_of
from plantd.notifiers.display.scene import Scene, off_scene, resting_scene, verdict_sheet
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import english

TIMEOUT_S = 30.0
CONFIG = DisplayConfig("inky-phat-ssd1608", colour="red")._replace(**WIRED)  # type: ignore[arg-type]
VERDICT = verdict_json(1, sentence="The two heads disagree. Treat it as poisonous.")


def light(pattern: Pattern) -> Dict[str, Any]:
    return {"type": "light", "pattern": pattern.value}


def pixels(scene: Scene) -> bytes:
    return sheet_of(scene, PANELS[CONFIG.driver].size, CONFIG.colour).tobytes()


READY = resting_scene(Pattern.READY, Health(), english())


class HeldPanel(DrawnPanel):
    """A panel whose time stands still while a picture is drawn, until it is let.

    Attributes:
        held: set while somebody waits for a picture that is not let.
        let: lets it, and all that follow.
    """

    def __init__(self, config: DisplayConfig) -> None:
        super().__init__(config)
        self.held, self.let = threading.Event(), threading.Event()

    def wait(self, event: threading.Event, for_s: float) -> bool:
        """Let time pass only where that is let; see DrawnPanel."""
        if self.let.is_set():
            return super().wait(event, for_s)
        self.held.set()
        return event.wait(0.01)


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> HeldPanel:
    made = HeldPanel(CONFIG)
    let_time_pass(monkeypatch, made)
    return made


@pytest.fixture
def display(panel: HeldPanel) -> Iterator[Display]:
    with Display(CONFIG, lambda: EInk(CONFIG, panel.wiring), (0.01,)) as made:
        made.send(light(Pattern.READY))
        yield made


def shows(panel: DrawnPanel, scene: Scene) -> Callable[[], bool]:
    return lambda: panel.seen().tobytes() == pixels(scene)


def test_a_verdict_is_shown_with_one_picture(display: Display, panel: HeldPanel) -> None:
    panel.let.set()
    until(shows(panel, READY), "the display is ready")
    before = panel.refreshes
    display.send(light(Pattern.ACKNOWLEDGED))
    display.send(VERDICT)
    display.send(light(Pattern.UNSURE))
    until(shows(panel, verdict_sheet(VERDICT, english())), "the answer stands there")
    until(lambda: display.status().delivered == 1, "it is counted")
    assert panel.refreshes == before + 1


def test_nobody_waits_for_a_picture_and_the_latest_answer_wins(
    display: Display, panel: HeldPanel
) -> None:
    assert panel.held.wait(TIMEOUT_S)
    for seq in range(50):
        display.send(light(Pattern.ACKNOWLEDGED))
        display.send(dict(VERDICT, seq=seq, sentence="Answer {}.".format(seq)))
    assert display.status().delivered == 0
    panel.let.set()
    last = dict(VERDICT, sentence="Answer 49.")
    until(shows(panel, verdict_sheet(last, english())), "the last is shown")
    assert panel.refreshes < 50


def test_one_whose_busy_never_falls_is_told_and_shows_once_it_is_well(
    display: Display, panel: HeldPanel
) -> None:
    panel.is_stuck = True
    panel.let.set()
    until(lambda: not display.status().ok, "it is told")
    assert "BUSY was still high after" in display.status().detail
    panel.is_stuck = False
    display.send(VERDICT)
    until(shows(panel, verdict_sheet(VERDICT, english())), "the answer stands there")
    until(lambda: display.status().ok, "it is well again")


def test_one_that_is_not_there_is_told_and_shows_once_it_is(
    display: Display, panel: HeldPanel
) -> None:
    panel.plugged = False
    panel.let.set()
    until(lambda: "no e-ink answers" in display.status().detail, "it is told")
    panel.plugged = True
    until(shows(panel, READY), "it shows what is due")


def test_at_the_end_it_says_that_the_box_is_off(display: Display, panel: HeldPanel) -> None:
    panel.let.set()
    display.send(VERDICT)
    until(shows(panel, verdict_sheet(VERDICT, english())), "the answer stands there")
    display.close()
    panel.sleep(REFRESH_S)
    assert shows(panel, off_scene(english()))()


def test_a_picture_that_is_being_drawn_at_the_end_is_given_up_for_the_last(
    display: Display, panel: HeldPanel
) -> None:
    assert panel.held.wait(TIMEOUT_S)
    display.close()
    panel.sleep(REFRESH_S)
    assert shows(panel, off_scene(english()))()
    assert display.status().detail == ""
    assert panel.closed == 2  # once to give up, once at the end


def test_one_that_was_given_up_with_an_answer_on_it_says_at_the_end_that_the_box_is_off(
    panel: HeldPanel,
) -> None:
    panel.let.set()
    with Display(CONFIG, lambda: EInk(CONFIG, panel.wiring), (3600.0,)) as display:
        display.send(VERDICT)
        until(shows(panel, verdict_sheet(VERDICT, english())), "the answer stands there")
        panel.plugged = False
        display.send(dict(VERDICT, seq=2))
        until(lambda: not display.status().ok, "it is given up")
        panel.plugged = True
    panel.sleep(REFRESH_S)
    assert shows(panel, off_scene(english()))()


def test_one_that_was_never_reached_lets_the_service_end(panel: HeldPanel) -> None:
    panel.has_bus = False
    with Display(CONFIG, lambda: EInk(CONFIG, panel.wiring), (0.01,)) as display:
        until(lambda: not display.status().ok, "it is told")
    assert panel.refreshes == 0
