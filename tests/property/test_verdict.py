"""What holds for every verdict, whatever the network says."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from plantd.answers import ANSWERS, MISPLACED, REASONS, Rule
from plantd.heads import (
    Background,
    Candidate,
    HeadOutputs,
    HeadSpec,
    Prediction,
    predict,
    worst_case,
)
from plantd.quality import Quality, QualityLimits, burst_quality, faults
from plantd.verdict import Thresholds, decide, is_final

DANGER = {"edible": 0, "unsure": 1, "poisonous": 2}

share = st.floats(0, 1, allow_nan=False)
anything = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def thresholds(draw):
    low_p, high_p = sorted([draw(share), draw(share)])
    low_mass, high_mass = sorted([draw(share), draw(share)])
    energy = draw(st.none() | st.floats(-50, 50))
    standout = draw(st.none() | st.floats(0, 9))
    no_plant, another_plant = draw(st.none() | share), draw(st.none() | share)
    strong = None if no_plant is None else draw(st.none() | st.floats(high_p, 1))
    return Thresholds(
        *(high_p, high_mass, low_p, low_mass, draw(share), energy, QualityLimits(), standout),
        *(no_plant, another_plant, strong),
    )


@st.composite
def predictions(draw, number=share):
    count = draw(st.integers(1, 5))
    species = [Candidate("plant %d" % i, draw(number), draw(st.booleans())) for i in range(count)]
    energy, standout = draw(st.floats(-50, 50)), draw(st.floats(0, 9))
    no_plant, another_plant = draw(number), draw(number)
    return Prediction(
        *(draw(number), tuple(species), draw(number), energy, standout),
        *(no_plant, another_plant, no_plant, draw(st.booleans())),
    )


@st.composite
def qualities(draw, number=st.floats(0, 255)):
    side = st.integers(1, 4000)
    return Quality(draw(side), draw(side), *(draw(number) for _ in range(6)))


@given(predictions(), qualities(), thresholds(), share)
def test_more_poison_by_the_head_is_never_safer(prediction, quality, limits, more):
    assume(more >= prediction.poison_p)
    before = decide(prediction, quality, limits).answer
    after = decide(prediction._replace(poison_p=more), quality, limits).answer
    assert DANGER[after] >= DANGER[before]


@given(predictions(), qualities(), thresholds(), share)
def test_more_poisonous_species_mass_is_never_safer(prediction, quality, limits, more):
    assume(more >= prediction.poisonous_mass)
    before = decide(prediction, quality, limits).answer
    after = decide(prediction._replace(poisonous_mass=more), quality, limits).answer
    assert DANGER[after] >= DANGER[before]


@given(predictions(), qualities(), thresholds(), share, share)
def test_more_background_never_makes_it_edible(
    prediction, quality, limits, no_plant, another_plant
):
    assume(no_plant >= prediction.no_plant_p and another_plant >= prediction.another_plant_p)
    before = decide(prediction, quality, limits).answer
    stranger = prediction._replace(
        no_plant_p=no_plant, no_plant_least_p=no_plant, another_plant_p=another_plant
    )
    assert decide(stranger, quality, limits).answer != "edible" or before == "edible"


@given(predictions(), qualities(), thresholds(), share)
def test_more_likeness_to_another_plant_changes_no_warning(prediction, quality, limits, more):
    before, after = (
        decide(each, quality, limits).answer == "poisonous"
        for each in (prediction, prediction._replace(another_plant_p=more))
    )
    assert before == after


@given(predictions(), qualities(), thresholds())
def test_without_edible_everything_else_is_as_it_was(prediction, quality, limits):
    usual, warning = (decide(prediction, quality, limits, edible) for edible in (True, False))
    assert warning == usual or (usual.answer, warning.rule) == ("edible", Rule.EDIBLE_OFF)
    assert warning.answer != "edible"


misplaced = st.lists(st.sampled_from(MISPLACED), unique=True)
LENIENT = Thresholds(1.0, 1.0, 1.0, 1.0, 0.0)
FINE = st.just(Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0))


def innocent(prediction):
    """Return what the lenient thresholds call edible: otherwise that is hardly ever met."""
    species = tuple(each._replace(poisonous=False) for each in prediction.species)
    return prediction._replace(poison_p=0.5, poisonous_mass=0.5, species=species, deadly=False)


edible_ones = st.tuples(predictions().map(innocent), FINE, st.just(LENIENT))
any_ones = st.tuples(predictions(anything), qualities(anything), thresholds())


@given(edible_ones | any_ones, st.booleans(), misplaced)
def test_place_and_season_only_turn_edible_into_unsure(one, edible, against):
    usual, placed = decide(*one, edible), decide(*one, edible, against)
    if usual.answer == "edible" and against:
        assert (placed.answer, list(placed.reasons)) == ("unsure", against)
    else:
        assert placed == usual


LABELS = ("carrot", "clover", "hemlock", "other", "nothing")
HEAD = HeadSpec(
    "species",
    LABELS,
    poisonous=(False, False, True, False, False),
    background=Background("other", "nothing"),
    deadly=(True, False, False, False, False),
)
POISON = HeadSpec("poison", ("edible", "poisonous"))
logits = st.floats(-40, 40, width=32) | st.sampled_from([float("nan"), float("inf")])


@given(
    st.lists(logits, min_size=5, max_size=5),
    st.lists(logits, min_size=2, max_size=2),
    qualities(),
    thresholds(),
)
def test_what_has_a_deadly_look_alike_is_never_edible(species, poison, quality, limits):
    outputs = HeadOutputs(np.array(poison, np.float32), np.array(species, np.float32))
    prediction = predict(outputs, POISON, HEAD)
    if decide(prediction, quality, limits).answer == "edible":
        assert prediction.best.label == "clover"


def background(p):
    return (p, 1 - p, p)


@st.composite
def bursts(draw):
    """Predictions of one plant: the same labels, everything else may differ."""
    labels = [("plant %d" % i, draw(st.booleans())) for i in range(draw(st.integers(1, 4)))]
    count = draw(st.integers(1, 4))
    return [
        Prediction(
            draw(share),
            tuple(
                sorted(
                    (Candidate(label, draw(share), bad) for label, bad in labels),
                    key=lambda c: (-c.p, c.label),
                )
            ),
            draw(share),
            draw(st.floats(-50, 50)),
            draw(st.floats(0, 9)),
            *background(draw(share)),
            draw(st.booleans()),
        )
        for _ in range(count)
    ]


@given(bursts(), qualities(), thresholds())
def test_a_burst_is_never_safer_than_any_of_its_frames(burst, quality, limits):
    """So what is promised of one photograph holds for a burst: it may only refuse more.

    A best species that is poisonous is the one exception that thresholds in order rule out: there
    the mass, which no species exceeds, is below what the best species must reach.
    """
    assume(limits.edible_poisonous_mass <= limits.species_p)
    assume(all(c.p <= r.poisonous_mass for r in burst for c in r.species if c.poisonous))
    together = DANGER[decide(worst_case(burst), quality, limits).answer]
    for prediction in burst:
        assert together >= DANGER[decide(prediction, quality, limits).answer]


quality_limits = st.builds(
    QualityLimits,
    st.integers(1, 4000),
    *[st.floats(0, 255)] * 8,
)


measured_bursts = st.lists(qualities(anything), min_size=1, max_size=5)
BLURRED = {"blurred"}


@given(measured_bursts, quality_limits)
def test_a_burst_is_badly_lit_or_covered_wherever_one_of_its_frames_is(burst, limits):
    together = set(faults(burst_quality(burst, limits), limits)) - BLURRED
    assert bool(together) == any(set(faults(one, limits)) - BLURRED for one in burst)


@given(measured_bursts, quality_limits)
def test_a_burst_is_sharp_where_more_than_half_of_its_frames_are(burst, limits):
    """So fewer spoilt frames than half, whose broken blocks look sharp, excuse no blurred burst."""
    sharp = sum("blurred" not in faults(one, limits) for one in burst)
    together = "blurred" not in faults(burst_quality(burst, limits), limits)
    assert together == (sharp > len(burst) / 2)


@given(bursts(), qualities(), thresholds(), share)
def test_more_poison_in_one_frame_never_makes_a_burst_safer(burst, quality, limits, more):
    assume(more >= burst[0].poison_p)
    before = decide(worst_case(burst), quality, limits).answer
    worse = [burst[0]._replace(poison_p=more), *burst[1:]]
    assert DANGER[decide(worst_case(worse), quality, limits).answer] >= DANGER[before]


@given(predictions(anything), qualities(anything), thresholds())
def test_every_answer_is_known_and_gives_its_reason(prediction, quality, limits):
    given_ = decide(prediction, quality, limits)
    assert given_.answer in ANSWERS
    assert given_.rule
    assert set(given_.reasons) <= set(REASONS)
    assert bool(given_.reasons) == (given_.answer == "unsure")


@given(predictions(anything), qualities(anything), thresholds())
def test_edible_needs_finite_numbers_and_both_heads_low(prediction, quality, limits):
    if decide(prediction, quality, limits).answer != "edible":
        return
    assert prediction.poison_p < limits.edible_poison_p
    assert prediction.poisonous_mass < limits.edible_poisonous_mass
    assert prediction.best.p >= limits.species_p
    assert not prediction.best.poisonous
    assert quality.flat_share <= limits.quality.flat_share_max
    assert limits.energy is None or prediction.energy >= limits.energy
    assert limits.standout is None or prediction.standout >= limits.standout
    assert limits.no_plant is None or prediction.no_plant_p < limits.no_plant
    assert limits.another_plant is None or prediction.another_plant_p < limits.another_plant
    assert not prediction.deadly
    assert quality.sharpness >= limits.quality.sharpness_min


@given(bursts(), qualities(), thresholds())
def test_a_burst_that_ends_early_says_what_all_its_frames_would_say(burst, quality, limits):
    """Above all: what ends early is never edible, unless the whole burst is."""
    so_far = [
        decide(worst_case(burst[:count]), quality, limits) for count in range(1, len(burst) + 1)
    ]
    ended = next((one for one in so_far if is_final(one)), so_far[-1])
    assert ended.answer == so_far[-1].answer


@given(predictions(anything), qualities(anything), thresholds())
def test_only_a_warning_is_final(prediction, quality, limits):
    decision = decide(prediction, quality, limits)
    assert is_final(decision) == (decision.answer == "poisonous")
