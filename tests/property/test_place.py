"""What holds wherever and whenever a press happens."""

import tempfile

from hypothesis import given
from hypothesis import strategies as st
from support import every_answer

from plantd import bundle
from plantd.assessment import assess
from plantd.heads import HeadOutputs
from plantd.place.regions import REGIONS, spot_at
from plantd.place.surroundings import (
    MONTHS,
    Surroundings,
    json_from_surroundings,
    surroundings_from_json,
    surroundings_of,
)
from plantd.quality import Quality

with tempfile.TemporaryDirectory() as folder:
    PLAIN = bundle.load(every_answer.make(folder + "/model"))
DANGER = {"edible": 0, "unsure": 1, "poisonous": 2}
QUALITY = Quality(320, 240, 90.0, 90.0, 0.0, 0.0, 50.0)
lists = st.lists
around = st.builds(
    Surroundings,
    lists(st.sampled_from(REGIONS), unique=True).map(tuple),
    st.none() | st.sampled_from(MONTHS),
)
SCENES = list(zip(PLAIN.golden.poison, PLAIN.golden.species))


@st.composite
def bundles(draw):
    """The bundle, with any regions and months for each plant."""
    species = {
        label: facts._replace(
            regions=tuple(draw(lists(st.sampled_from(REGIONS), unique=True, max_size=3))),
            months=tuple(draw(lists(st.sampled_from(MONTHS), unique=True, max_size=3))),
        )
        for label, facts in PLAIN.species.items()
    }
    return PLAIN._replace(species=species)


@given(bundles(), lists(st.sampled_from(SCENES), min_size=1, max_size=3), around, st.booleans())
def test_a_press_with_a_place_is_never_more_permissive(model, scenes, here, edible):
    burst = [HeadOutputs(*each) for each in scenes]
    usual = assess(model, burst, QUALITY, edible).decision
    placed = assess(model, burst, QUALITY, edible, here).decision
    assert DANGER[placed.answer] >= DANGER[usual.answer]
    if usual.answer != "edible":
        assert placed == usual


@given(bundles(), st.sampled_from(SCENES), around)
def test_what_the_record_keeps_decides_the_same_again(model, scene, here):
    again = surroundings_from_json(json_from_surroundings(here))
    burst = [HeadOutputs(*scene)]
    then, now = (assess(model, burst, QUALITY, True, each).decision for each in (here, again))
    assert now == then


@given(st.floats(), st.floats(), st.none() | st.integers(1, 12))
def test_any_position_gives_known_regions_and_months(latitude, longitude, month):
    found = surroundings_of(spot_at(latitude, longitude), month)
    assert set(found.regions) <= set(REGIONS)
    assert found.month is None or found.month in MONTHS
