"""Place and month of a press: shifted in the south, absent where nobody knows, whole in JSON."""

import pytest

from plantd.place.regions import EUROPE, NORTHERN, SOUTHERN, Spot
from plantd.place.surroundings import (
    NOWHERE,
    Surroundings,
    json_from_surroundings,
    surroundings_from_json,
    surroundings_of,
)


@pytest.mark.parametrize(("month", "shifted"), [(1, 7), (6, 12), (7, 1), (12, 6)])
def test_the_south_has_the_norths_month_half_a_year_later(month, shifted):
    assert surroundings_of(Spot((), SOUTHERN), month).month == shifted
    assert surroundings_of(Spot((), NORTHERN), month).month == month


def test_without_a_clock_or_a_hemisphere_there_is_no_month():
    assert surroundings_of(Spot((EUROPE,), NORTHERN), None) == Surroundings((EUROPE,))
    assert surroundings_of(Spot((EUROPE,)), 5) == Surroundings((EUROPE,))


@pytest.mark.parametrize(
    "known", [NOWHERE, Surroundings((EUROPE,)), Surroundings((), 12), Surroundings((EUROPE,), 1)]
)
def test_json_gives_the_same_again(known):
    assert surroundings_from_json(json_from_surroundings(known)) == known


def test_nothing_known_is_null():
    assert json_from_surroundings(NOWHERE) is None


@pytest.mark.parametrize("recorded", [None, "Europe", {}, {"month": 13}, {"regions": None}])
def test_what_older_or_foreign_verdicts_have_is_nothing(recorded):
    assert surroundings_from_json(recorded) == NOWHERE
