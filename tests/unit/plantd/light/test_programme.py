"""Which pattern is on when."""

import pytest

from plantd.light.interface import Pattern
from plantd.light.schedule import PASSING, dark_schedule


@pytest.mark.parametrize("answer", PASSING)
def test_an_answer_or_a_refusal_lasts_as_long_as_configured(answer: Pattern) -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(answer, 10.0)
    assert shown.at(17.9).pattern == answer
    assert shown.at(18.0).pattern == Pattern.READY


def test_what_follows_an_answer_began_when_it_ended() -> None:
    shown = dark_schedule(8.0).show(Pattern.READY, 1.0).show(Pattern.EDIBLE, 10.0)
    assert shown.at(100.0).since == 18.0


def test_the_player_is_woken_when_an_answer_ends() -> None:
    shown = dark_schedule(1.0).show(Pattern.EDIBLE, 10.0)
    assert shown.moment(10.9).for_s == pytest.approx(0.1)


def test_other_patterns_stay() -> None:
    shown = dark_schedule(8.0).show(Pattern.ACKNOWLEDGED, 1.0)
    assert shown.at(1e6).pattern == Pattern.ACKNOWLEDGED
    assert shown.moment(1e6).lamps.colours
