"""Positions become botanists' regions: one inland, both beside a border, none at sea."""

import pytest

from plantd.place.regions import (
    AFRICA,
    ANTARCTIC,
    ASIA_TEMPERATE,
    ASIA_TROPICAL,
    AUSTRALASIA,
    EUROPE,
    NORTHERN,
    NORTHERN_AMERICA,
    PACIFIC,
    REGIONS,
    SOUTHERN,
    SOUTHERN_AMERICA,
    Spot,
    spot_at,
    spot_of_region,
)


@pytest.mark.parametrize(
    ("latitude", "longitude", "region"),
    [
        (52.5, 13.4, EUROPE),  # Berlin
        (38.7, -9.1, EUROPE),  # Lisbon
        (64.1, -21.9, EUROPE),  # Reykjavik
        (38.0, 23.7, EUROPE),  # Athens
        (35.3, 25.1, EUROPE),  # Crete
        (78.2, 15.6, EUROPE),  # Svalbard
        (36.8, 10.2, AFRICA),  # Tunis
        (30.0, 31.2, AFRICA),  # Cairo
        (-33.9, 18.4, AFRICA),  # Cape Town
        (-18.9, 47.5, AFRICA),  # Antananarivo
        (0.3, 6.7, AFRICA),  # Sao Tome
        (37.7, -25.7, AFRICA),  # the Azores are Macaronesia
        (39.9, 32.9, ASIA_TEMPERATE),  # Ankara
        (41.7, 44.8, ASIA_TEMPERATE),  # Tbilisi
        (24.6, 46.7, ASIA_TEMPERATE),  # Riyadh
        (31.8, 35.2, ASIA_TEMPERATE),  # Jerusalem
        (43.2, 76.9, ASIA_TEMPERATE),  # Almaty
        (53.0, 158.7, ASIA_TEMPERATE),  # Kamchatka
        (66.2, -169.8, ASIA_TEMPERATE),  # Chukotka, east of the date line
        (35.7, 139.7, ASIA_TEMPERATE),  # Tokyo
        (25.0, 121.5, ASIA_TEMPERATE),  # Taipei
        (19.1, 72.9, ASIA_TROPICAL),  # Mumbai
        (6.9, 79.8, ASIA_TROPICAL),  # Colombo
        (1.3, 103.8, ASIA_TROPICAL),  # Singapore
        (-9.4, 147.2, ASIA_TROPICAL),  # Port Moresby
        (-33.9, 151.2, AUSTRALASIA),  # Sydney
        (-36.9, 174.8, AUSTRALASIA),  # Auckland
        (-44.0, -176.5, AUSTRALASIA),  # Chatham Islands
        (21.3, -157.9, PACIFIC),  # Honolulu
        (-18.1, 178.4, PACIFIC),  # Fiji
        (13.5, 144.8, PACIFIC),  # Guam
        (-27.1, -109.4, PACIFIC),  # Easter Island
        (40.7, -74.0, NORTHERN_AMERICA),  # New York
        (19.4, -99.1, NORTHERN_AMERICA),  # Mexico City
        (64.2, -51.7, NORTHERN_AMERICA),  # Nuuk
        (51.9, -176.7, NORTHERN_AMERICA),  # the Aleutians
        (52.9, 173.2, NORTHERN_AMERICA),  # their west end
        (9.0, -79.5, SOUTHERN_AMERICA),  # Panama
        (18.0, -76.8, SOUTHERN_AMERICA),  # Kingston
        (-0.9, -89.6, SOUTHERN_AMERICA),  # Galapagos
        (-54.8, -68.3, SOUTHERN_AMERICA),  # Ushuaia
        (-51.7, -57.9, ANTARCTIC),  # the Falklands
        (-77.8, 166.7, ANTARCTIC),
    ],
)
def test_a_place_lies_in_its_region(latitude, longitude, region):
    assert region in spot_at(latitude, longitude).regions


@pytest.mark.parametrize(
    ("latitude", "longitude", "regions"),
    [
        (41.0, 29.0, {EUROPE, ASIA_TEMPERATE}),  # Istanbul
        (56.9, 60.6, {EUROPE, ASIA_TEMPERATE}),  # Yekaterinburg
        (35.9, -5.3, {EUROPE, AFRICA}),  # Ceuta
        (30.6, 32.3, {AFRICA}),  # west of the Suez Canal
        (27.7, 85.3, {ASIA_TEMPERATE, ASIA_TROPICAL}),  # Kathmandu
        (14.6, -90.5, {NORTHERN_AMERICA, SOUTHERN_AMERICA}),  # Guatemala
        (-9.5, 147.2, {ASIA_TROPICAL, AUSTRALASIA}),  # the Torres Strait's north
    ],
)
def test_beside_a_border_both_regions_are_named(latitude, longitude, regions):
    assert set(spot_at(latitude, longitude).regions) == regions


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(45.0, -40.0), (-50.0, -120.0), (float("nan"), 0.0)]
)
def test_the_open_sea_has_no_region(latitude, longitude):
    assert spot_at(latitude, longitude).regions == ()


def test_degrees_go_round_the_earth():
    assert spot_at(40.7, 286.0) == spot_at(40.7, -74.0)
    assert spot_at(-18.0, 180.0) == spot_at(-18.0, -180.0)


@pytest.mark.parametrize(
    ("latitude", "hemisphere"),
    [
        (52.0, NORTHERN),
        (30.0, NORTHERN),
        (29.9, None),
        (0.0, None),
        (-29.9, None),
        (-34.0, SOUTHERN),
    ],
)
def test_near_the_tropics_no_season_is_known(latitude, hemisphere):
    assert spot_at(latitude, 20.0).hemisphere == hemisphere


def test_a_regions_name_has_a_hemisphere_where_the_equator_does_not_cross_it():
    known = {region: spot_of_region(region).hemisphere for region in REGIONS}
    north = (EUROPE, ASIA_TEMPERATE, NORTHERN_AMERICA)
    assert {region for region in known if known[region] == NORTHERN} == set(north)
    assert {region for region in known if known[region] == SOUTHERN} == {AUSTRALASIA}
    assert spot_of_region(AFRICA) == Spot((AFRICA,))


def test_the_regions_are_those_of_the_standard():
    assert len(REGIONS) == 9
    assert REGIONS[0] == EUROPE
    assert REGIONS[-1] == ANTARCTIC
