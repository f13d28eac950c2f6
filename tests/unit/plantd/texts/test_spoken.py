"""What is said aloud of an answer: in the order that matters, and never a leave to eat."""

from typing import Any, Dict

import pytest
from support import answered_scenes, every_answer

from plantd.texts import catalogue
from plantd.texts.spoken import spoken

LEEK: Dict[str, Any] = {
    "verdict": "unsure",
    "rule": "deadly_look_alike",
    "sentence": "Looks like wild leek, but it may be lily of the valley, which can kill or maim.",
    "species": [{"label": "Wild_Leek", "name": "wild leek", "p": 0.6, "poisonous": False}],
    "deadly_look_alikes": [{"name": "lily of the valley (Convallaria)", "tell_apart": ""}],
}


def test_what_to_do_comes_before_any_name() -> None:
    assert spoken(LEEK, catalogue.english()) == (
        "Unsure. Treat it as poisonous. Nearest: wild leek. Lily of the valley looks the same."
    )
    assert spoken(LEEK, catalogue.texts_of("de")) == (
        "Unsicher. Wie eine giftige behandeln. Am nächsten: wild leek. "
        "Lily of the valley sieht genauso aus."
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "Unsure. Treat it as poisonous. Nearest: clover. That plant does not grow here. "
                "That plant is not found in this month."
            ),
        ),
        (
            "de",
            (
                "Unsicher. Wie eine giftige behandeln. Am nächsten: clover. Diese Pflanze wächst "
                "hier nicht. Diese Pflanze ist in diesem Monat nicht zu finden."
            ),
        ),
    ],
)
def test_what_does_not_grow_here_or_now_is_treated_as_poisonous(language: str, said: str) -> None:
    clover = {"label": "clover", "name": "clover", "p": 0.9, "poisonous": False}
    verdict = {
        "verdict": "unsure",
        "rule": "out_of_place",
        "reasons": ["out_of_place", "out_of_season"],
        "sentence": "Looks like clover, but that is not known to grow in this part of the world.",
        "species": [clover],
    }
    assert spoken(verdict, catalogue.texts_of(language)) == said


def test_edible_is_said_with_what_it_may_be_mistaken_for() -> None:
    said = spoken(
        {
            "verdict": "edible",
            "rule": "agreed",
            "sentence": "Looks like clover, an edible species: check every look-alike.",
            "look_alikes": ["crown vetch", "lupin (Lupinus)"],
        },
        catalogue.english(),
    )
    assert said.endswith("Check every look-alike: crown vetch or lupin.")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
def test_every_answer_is_said_and_begins_with_the_answer(
    scenes: Dict[str, Dict[str, Any]], scene: str
) -> None:
    verdict = scenes[scene]
    said = spoken(verdict, catalogue.english())
    begins = {"unsure": "Unsure. ", "poisonous": "Poisonous", "edible": "Looks like "}
    assert said.startswith(begins[verdict["verdict"]])
    assert "safe" not in said
    assert len(said.split()) < 60
