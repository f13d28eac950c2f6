"""What a long press repeats: the answer to the last press, and to nothing else."""

from pathlib import Path
from typing import Iterator

import pytest

from plantd.answers import EDIBLE, POISONOUS, Rule
from plantd.button.interface import LONG, Press
from plantd.config import ButtonConfig, Config
from plantd.config.file import LoadedConfig
from plantd.health.states import ComponentStates
from plantd.inference.thread import CLASSIFY
from plantd.light.interface import Pattern
from plantd.light.none import NoOutput
from plantd.light.player import LightPlayer
from plantd.service.dispatch import Delivery, LongPress
from plantd.service.notify import Notifier
from plantd.service.reload import LiveConfig
from plantd.system.root_requests import RootRequests
from plantd.verdict import Decision
from plantd.wire import Moment, Verdict

MOMENT = Moment("boot", 1.0, "2026-01-01T00:00:00Z", True)


class Nobody:
    """Whoever else is told of a verdict."""

    def count(self, _verdict: Verdict) -> None:
        """It is not counted."""

    def publish_verdict(self, _verdict: Verdict) -> None:
        """It is not sent."""


class Box:
    """What takes verdicts, a long press that repeats, and a light."""

    def __init__(self, light: LightPlayer, run: str) -> None:
        self.light = light
        self.delivery = Delivery(Nobody(), Nobody())  # type: ignore[arg-type]
        config = Config(button=ButtonConfig(long_press_action="repeat"))
        loaded = LoadedConfig(config, {})
        live = LiveConfig(loaded, lambda: loaded, ComponentStates(), Notifier({}))
        self.long_press = LongPress(live, self.delivery, light, RootRequests(run))

    def answer(self, answer: str, trigger: str) -> None:
        decision = Decision(answer, Rule.EDIBLE)
        self.delivery.deliver(
            Verdict(
                1, MOMENT, trigger, None, decision, None, (), "", "m", True, None, (("total", 1.0),)
            )
        )

    def repeat(self) -> None:
        self.long_press.act(Press(1.0, LONG))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with LightPlayer(NoOutput(), 3600.0) as light:
        light.show(Pattern.READY)
        yield Box(light, str(tmp_path))


def test_a_long_press_repeats_the_answer_to_the_last_press(box: Box) -> None:
    box.answer(POISONOUS, "button")
    box.repeat()
    assert box.light.showing() == Pattern.POISONOUS


def test_the_answer_to_a_picture_that_was_sent_in_is_not_repeated_as_that_to_a_press(
    box: Box,
) -> None:
    box.answer(EDIBLE, CLASSIFY)
    box.repeat()
    assert box.light.showing() == Pattern.READY
    box.answer(POISONOUS, "button")
    box.answer(EDIBLE, CLASSIFY)
    box.repeat()
    assert box.light.showing() == Pattern.POISONOUS
