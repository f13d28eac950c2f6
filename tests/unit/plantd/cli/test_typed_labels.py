"""What a person types is the one plant they mean, or is asked again: nothing is guessed."""

import pytest

from plantd.cli.typed_labels import label_from_text, lines_of, names_from_model
from plantd.errors import UsageError

NAMES = names_from_model(
    {
        "species": [
            {"label": "Wild_Leek", "name": "wild leek"},
            {"label": "lily_of_the_valley", "name": "lily of the valley"},
            {"label": "Mallow", "name": "mallow"},
            {"label": "Vervain_Mallow", "name": "vervain mallow"},
        ]
    }
)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Wild_Leek", "Wild_Leek"),
        ("WILD  leek", "Wild_Leek"),
        ("lily", "lily_of_the_valley"),
        ("mallow", "Mallow"),
        ("vervain", "Vervain_Mallow"),
        ("another plant", "another_plant"),
        ("p", "another_plant"),
        ("no_plant", "no_plant"),
        ("N", "no_plant"),
        ("2", "Mallow"),
    ],
)
def test_a_plant_is_known_by_what_people_write(typed: str, label: str) -> None:
    assert label_from_text(typed, NAMES, ["Wild_Leek", "Mallow"]) == label


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("l", "may be wild leek, lily of the valley, mallow, vervain mallow, another plant, ..."),
        ("wild leak", "did you mean 'wild leek'"),
        ("3", "'3' is not a plant of this model"),
        ("0", "is not a plant"),
        ("", "is not a plant"),
        ("rose", "p says another plant"),
    ],
)
def test_what_may_mean_another_plant_is_not_taken(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        label_from_text(typed, NAMES, ["Wild_Leek", "Mallow"])
    assert told in str(refused.value)


def test_all_that_may_be_said_is_listed() -> None:
    assert lines_of(NAMES)[0] == "  another plant"
    assert len(lines_of(NAMES)) == 6


def test_without_a_model_only_the_two_others_may_be_said() -> None:
    assert list(names_from_model({})) == ["another_plant", "no_plant"]
