"""What is known now: gpsd's last fix first, then the owner's word; never a stale one."""

import pytest

from plantd.place.finder import FIX_LASTS_S, PlaceFinder, PlaceSettings
from plantd.place.gpsd_address import GpsdAddress
from plantd.place.position_reader import Fix, PositionReader
from plantd.place.regions import AUSTRALASIA, EUROPE, NORTHERN_AMERICA, spot_at
from plantd.place.surroundings import NOWHERE, Surroundings

BERLIN = PlaceSettings(latitude=52.5, longitude=13.4, season=True)


def finder(settings=PlaceSettings(), fix=None, month=5, now_s=1000.0, asks_gpsd=False):
    reader = PositionReader(GpsdAddress("localhost", 2947)) if asks_gpsd or fix else None
    if reader is not None:
        reader.fix = fix
    return PlaceFinder(lambda: settings, reader, lambda: month, lambda: now_s)


def test_nothing_configured_is_nowhere():
    assert finder().now() == NOWHERE
    assert finder().to_json() is None


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        (BERLIN, Surroundings((EUROPE,), 5)),
        (BERLIN._replace(season=False), Surroundings((EUROPE,))),
        (PlaceSettings(-33.9, 151.2, season=True), Surroundings((AUSTRALASIA,), 11)),
        (PlaceSettings(region=NORTHERN_AMERICA, season=True), Surroundings((NORTHERN_AMERICA,), 5)),
    ],
)
def test_the_owners_word_is_taken(settings, known):
    assert finder(settings).now() == known


def test_a_clock_that_nobody_vouches_for_gives_no_season():
    assert finder(BERLIN, month=None).now() == Surroundings((EUROPE,))


def test_a_fix_goes_before_the_owners_word():
    assert finder(BERLIN, Fix(spot_at(-33.9, 151.2), 900.0)).now() == Surroundings(
        (AUSTRALASIA,), 11
    )


def test_an_old_fix_gives_way():
    late_s = 900.0 + FIX_LASTS_S + 1.0
    fix = Fix(spot_at(-33.9, 151.2), 900.0)
    assert finder(BERLIN, fix, now_s=late_s).now() == Surroundings((EUROPE,), 5)
    assert finder(fix=fix, now_s=late_s).now() == NOWHERE


def test_the_status_has_regions_and_who_told_and_no_position():
    told = finder(BERLIN, Fix(spot_at(40.71234, -74.01234), 940.0)).to_json()
    assert told == {
        "regions": [NORTHERN_AMERICA],
        "month": 5,
        "by": "gpsd",
        "season": True,
        "fix_age_s": 60.0,
        "detail": told["detail"],
    }


def test_the_status_says_who_is_to_tell_where_nobody_has_yet():
    told = finder(asks_gpsd=True).to_json()
    assert (told["by"], told["regions"], told["fix_age_s"]) == ("nobody", [], None)
    assert "tells no position" in told["detail"]
    assert finder(BERLIN).to_json()["by"] == "configuration"
