"""How a trial goes: the same words for a model and for a package."""

from typing import Any, Dict

import pytest

from plantd.cli.wording import trial_line, update_line
from plantd.health.trials import ENDS, trial_sentence

COUNTS: Dict[str, Any] = {"presses": 3, "answered": 1, "failed": 2, "reason": "it fell"}
TOLD = {
    "": "new is on trial: 1 of 3 presses answered, 2 failed; else back to old",
    "passed": "new has passed its trial",
    "back": "new was on trial and went back by itself to old: it fell",
    "stuck": "new failed its trial and could not go back to old: it fell; "
    "the next boot tries again",
    "untried": "new has no trial: it fell",
}


@pytest.mark.parametrize("ended", ENDS)
def test_each_way_it_goes_is_one_sentence(ended: str) -> None:
    assert trial_sentence("new", "old", dict(COUNTS, ended=ended)) == TOLD[ended]


@pytest.mark.parametrize("ended", ENDS)
def test_a_package_is_told_of_in_the_words_of_a_model(ended: str) -> None:
    trial = dict(COUNTS, ended=ended, before="1")
    model = trial_line(dict(trial, model="plantd 2", before="plantd 1"))
    assert update_line(dict(trial, version="2")) == model


def test_an_end_that_a_newer_service_names_is_one_that_went_back() -> None:
    assert trial_sentence("new", "old", dict(COUNTS, ended="odd")) == TOLD["back"]
