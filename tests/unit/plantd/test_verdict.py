"""Each rule of the table in plantd.verdict, one by one."""

import pytest

from plantd import verdict
from plantd.answers import MISPLACED, Rule
from plantd.errors import BundleError
from plantd.heads import Candidate, Prediction
from plantd.quality import Quality
from plantd.verdict import Thresholds, decide

THRESHOLDS = Thresholds(
    poison_p=0.5,
    poisonous_mass=0.5,
    edible_poison_p=0.1,
    edible_poisonous_mass=0.1,
    species_p=0.6,
    energy=2.0,
)
GOOD = Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0)
EDIBLE = Prediction(
    0.02, (Candidate("clover", 0.9, False), Candidate("hemlock", 0.05, True)), 0.05, 9
)


def test_two_clear_heads_and_a_good_picture_are_edible():
    assert decide(EDIBLE, GOOD, THRESHOLDS) == ("edible", Rule.EDIBLE, (), ())


def test_the_poison_head_alone_makes_poisonous():
    given = decide(EDIBLE._replace(poison_p=0.5), GOOD, THRESHOLDS)
    assert given.answer == "poisonous"
    assert given.rule == Rule.POISON_HEAD


def test_the_species_mass_alone_makes_poisonous():
    given = decide(EDIBLE._replace(poisonous_mass=0.5), GOOD, THRESHOLDS)
    assert given.answer == "poisonous"
    assert given.rule == Rule.POISONOUS_SPECIES


def test_a_poor_picture_does_not_hide_poison():
    black = GOOD._replace(brightness=0.0)
    assert decide(EDIBLE._replace(poison_p=0.9), black, THRESHOLDS).answer == "poisonous"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"brightness": 5.0}, "too_dark"),
        ({"dark_share": 0.95}, "too_dark"),
        ({"brightness": 250.0}, "blown_out"),
        ({"bright_share": 0.9}, "blown_out"),
        ({"sharpness": 1.0}, "blurred"),
        ({"contrast": 1.0}, "covered"),
        ({"width_px": 20}, "too_small"),
        ({"sharpness": float("nan")}, "blurred"),
    ],
)
def test_a_poor_picture_is_unsure_and_says_what_is_wrong(change, fault):
    given = decide(EDIBLE, GOOD._replace(**change), THRESHOLDS)
    assert given.answer == "unsure"
    assert given.rule == Rule.POOR_PICTURE
    assert given.picture_faults == (fault,)


def test_low_energy_is_not_a_known_plant():
    given = decide(EDIBLE._replace(energy=1.9), GOOD, THRESHOLDS)
    assert given.answer == "unsure"
    assert given.rule == Rule.NOT_A_KNOWN_PLANT


def test_without_an_energy_threshold_energy_is_not_asked():
    thresholds = THRESHOLDS._replace(energy=None)
    assert decide(EDIBLE._replace(energy=float("nan")), GOOD, thresholds).answer == "edible"


def test_low_standout_is_not_a_known_plant():
    thresholds = THRESHOLDS._replace(energy=None, standout=3.0)
    assert decide(EDIBLE._replace(standout=3.0), GOOD, thresholds).answer == "edible"
    given = decide(EDIBLE._replace(standout=2.9), GOOD, thresholds)
    assert (given.answer, given.rule) == ("unsure", Rule.NOT_A_KNOWN_PLANT)


def test_without_a_standout_threshold_standout_is_not_asked():
    assert decide(EDIBLE._replace(standout=float("nan")), GOOD, THRESHOLDS).answer == "edible"


@pytest.mark.parametrize("change", [{"poison_p": 0.3}, {"poisonous_mass": 0.3}])
def test_one_doubting_head_is_heads_disagree(change):
    given = decide(EDIBLE._replace(**change), GOOD, THRESHOLDS)
    assert given.answer == "unsure"
    assert given.rule == Rule.HEADS_DISAGREE


def test_two_doubting_heads_are_low_confidence():
    given = decide(EDIBLE._replace(poison_p=0.3, poisonous_mass=0.3), GOOD, THRESHOLDS)
    assert given == ("unsure", Rule.LOW_CONFIDENCE, (Rule.LOW_CONFIDENCE,), ())


def test_an_unclear_species_is_low_confidence():
    unclear = EDIBLE._replace(species=(Candidate("clover", 0.59, False),))
    assert decide(unclear, GOOD, THRESHOLDS).rule == Rule.LOW_CONFIDENCE


def test_a_poisonous_best_species_is_never_edible():
    odd = EDIBLE._replace(species=(Candidate("hemlock", 0.9, True),))
    assert decide(odd, GOOD, THRESHOLDS).answer == "unsure"


def test_all_reasons_are_given_and_the_first_is_the_rule():
    poor = GOOD._replace(sharpness=0.0, brightness=0.0)
    given = decide(EDIBLE._replace(poison_p=0.3, energy=0.0), poor, THRESHOLDS)
    assert given.rule == Rule.POOR_PICTURE
    assert given.reasons == (Rule.POOR_PICTURE, Rule.NOT_A_KNOWN_PLANT, Rule.HEADS_DISAGREE)
    assert given.picture_faults == ("too_dark", "blurred")


@pytest.mark.parametrize("field", ["poison_p", "poisonous_mass", "energy", "standout"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_an_engine_fault(field, value):
    asked = THRESHOLDS._replace(standout=1.0)
    given = decide(EDIBLE._replace(standout=2.0)._replace(**{field: value}), GOOD, asked)
    assert given == verdict.engine_fault()
    assert given.answer == "unsure"
    assert given.reasons == (Rule.ENGINE_FAULT,)


def test_a_nan_species_is_an_engine_fault():
    odd = EDIBLE._replace(species=(Candidate("clover", float("nan"), False),))
    assert decide(odd, GOOD, THRESHOLDS).rule == Rule.ENGINE_FAULT


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"poison_p": -0.1}, "poison_p is -0.1; expected a probability"),
        ({"species_p": 1.1}, "species_p is 1.1"),
        ({"species_p": float("nan")}, "species_p is nan"),
        ({"edible_poison_p": 0.6}, "edible_poison_p is 0.6, above poison_p 0.5"),
        ({"edible_poisonous_mass": 0.6}, "above poisonous_mass"),
        ({"no_plant": 1.5}, "no_plant is 1.5; expected a probability"),
        ({"another_plant": float("nan")}, "another_plant is nan"),
        ({"no_plant": 0.5, "poison_no_plant": 0.4}, "poison_p is 0.5, above poison_no_plant 0.4"),
        ({"poison_no_plant": 0.9}, "poison_no_plant is given without no_plant"),
        ({"energy": float("inf")}, "energy is inf; expected a finite number"),
        ({"standout": float("nan")}, "standout is nan; expected a finite number"),
    ],
)
def test_thresholds_out_of_order_are_refused(change, expected):
    with pytest.raises(BundleError, match=expected):
        verdict.check_thresholds(THRESHOLDS._replace(**change))


def test_thresholds_in_order_pass():
    verdict.check_thresholds(THRESHOLDS)
    verdict.check_thresholds(WITH_BACKGROUND)
    verdict.check_thresholds(Thresholds(1.0, 1.0, 0.0, 0.0, 1.0))
    verdict.check_thresholds(THRESHOLDS._replace(edible_poison_p=0.5, poison_p=0.5))


def test_what_is_wrong_with_thresholds_is_said_in_whole_sentences():
    wrong = THRESHOLDS._replace(energy=float("inf"), edible_poison_p=0.6, poison_no_plant=0.9)
    assert all(line.startswith("threshold ") for line in verdict.threshold_problems(wrong))
    assert len(verdict.threshold_problems(wrong)) == 3


def test_a_threshold_that_is_not_given_is_not_asked():
    few = Thresholds(*THRESHOLDS[:5])
    assert few.energy is None
    assert decide(EDIBLE._replace(energy=float("nan")), GOOD, few).answer == "edible"


@pytest.mark.parametrize("change", [{"poison_p": 0.1}, {"poisonous_mass": 0.1}])
def test_a_head_at_its_threshold_is_not_clear(change):
    assert decide(EDIBLE._replace(**change), GOOD, THRESHOLDS).rule == Rule.HEADS_DISAGREE


def test_a_species_at_its_threshold_is_clear():
    clear = EDIBLE._replace(species=(Candidate("clover", 0.6, False),))
    assert decide(clear, GOOD, THRESHOLDS).answer == "edible"


def test_a_warning_alone_ends_a_burst():
    warned = EDIBLE._replace(poison_p=0.9)
    assert verdict.is_final(decide(warned, GOOD, THRESHOLDS))
    for other in (EDIBLE, EDIBLE._replace(energy=0.0)):
        assert not verdict.is_final(decide(other, GOOD, THRESHOLDS))


def test_everything_that_is_wrong_with_thresholds_is_said_at_once():
    wrong = THRESHOLDS._replace(poison_p=2.0, species_p=-1.0)
    with pytest.raises(BundleError, match=r"poison_p is 2\.0; .*; threshold species_p is -1\.0"):
        verdict.check_thresholds(wrong)


WITH_BACKGROUND = THRESHOLDS._replace(no_plant=0.5, another_plant=0.4, poison_no_plant=0.9)
PLANT = EDIBLE._replace(no_plant_p=0.01, no_plant_least_p=0.01, another_plant_p=0.02)
NO_PLANT = PLANT._replace(no_plant_p=0.8, no_plant_least_p=0.8)
SURE = (Candidate("hemlock", 0.3, True), Candidate("clover", 0.1, False))


def test_a_known_plant_before_a_network_with_a_background_is_edible():
    assert decide(PLANT, GOOD, WITH_BACKGROUND).answer == "edible"


def test_no_plant_is_unsure():
    given = decide(NO_PLANT, GOOD, WITH_BACKGROUND)
    assert given == ("unsure", Rule.NO_PLANT, (Rule.NO_PLANT,), ())


def test_another_plant_is_unsure_from_its_threshold_on():
    at = PLANT._replace(another_plant_p=0.4)
    assert decide(at, GOOD, WITH_BACKGROUND)[:2] == ("unsure", Rule.ANOTHER_PLANT)
    assert decide(PLANT._replace(another_plant_p=0.39), GOOD, WITH_BACKGROUND).answer == "edible"


def test_no_plant_comes_before_a_weak_poisonous():
    weak = NO_PLANT._replace(poison_p=0.7)
    assert decide(weak, GOOD, WITH_BACKGROUND)[:2] == ("unsure", Rule.NO_PLANT)


@pytest.mark.parametrize("change", [{"poison_p": 0.9}, {"poisonous_mass": 0.9}])
def test_a_strong_poisonous_comes_before_no_plant(change):
    assert decide(NO_PLANT._replace(**change), GOOD, WITH_BACKGROUND).answer == "poisonous"


def test_another_plant_takes_no_warning_back():
    strange = PLANT._replace(another_plant_p=0.9, poison_p=0.5)
    assert decide(strange, GOOD, WITH_BACKGROUND)[:2] == ("poisonous", Rule.POISON_HEAD)


def test_without_a_threshold_for_it_no_warning_is_taken_back():
    thresholds = WITH_BACKGROUND._replace(poison_no_plant=None)
    assert decide(NO_PLANT._replace(poison_p=0.5), GOOD, thresholds).answer == "poisonous"


def test_one_frame_with_a_plant_may_warn_for_the_burst():
    seen_once = NO_PLANT._replace(no_plant_least_p=0.1, poison_p=0.7)
    assert decide(seen_once, GOOD, WITH_BACKGROUND).answer == "poisonous"


def test_a_poor_picture_is_said_before_a_missing_plant():
    given = decide(NO_PLANT, GOOD._replace(sharpness=0.0), WITH_BACKGROUND)
    assert given.reasons == (Rule.POOR_PICTURE, Rule.NO_PLANT)


@pytest.mark.parametrize("field", ["no_plant_p", "no_plant_least_p", "another_plant_p"])
def test_a_background_that_is_not_finite_is_an_engine_fault_where_it_is_asked(field):
    odd = PLANT._replace(**{field: float("nan")})
    assert decide(odd, GOOD, WITH_BACKGROUND).rule == Rule.ENGINE_FAULT
    assert decide(odd, GOOD, THRESHOLDS).answer == "edible"


def test_what_has_a_deadly_look_alike_is_unsure_however_sure_the_network_is():
    sure = EDIBLE._replace(poison_p=0.0, poisonous_mass=0.0, deadly=True)
    assert decide(sure, GOOD, THRESHOLDS)[:2] == ("unsure", Rule.DEADLY_LOOK_ALIKE)


def test_what_has_a_deadly_look_alike_may_be_poisonous():
    warned = EDIBLE._replace(poison_p=0.9, deadly=True)
    assert decide(warned, GOOD, THRESHOLDS).rule == Rule.POISON_HEAD


def test_an_owner_may_switch_edible_off():
    assert decide(EDIBLE, GOOD, THRESHOLDS, edible=False) == (
        "unsure",
        Rule.EDIBLE_OFF,
        (Rule.EDIBLE_OFF,),
        (),
    )


@pytest.mark.parametrize("against", [MISPLACED, MISPLACED[:1], MISPLACED[1:]])
def test_what_place_and_season_say_against_a_plant_makes_it_unsure(against):
    placed = decide(EDIBLE, GOOD, THRESHOLDS, True, against)
    assert placed == ("unsure", against[0], against, ())
    assert decide(EDIBLE, GOOD, THRESHOLDS, False, against).rule == Rule.EDIBLE_OFF


def test_with_edible_off_a_warning_and_a_doubt_stay_what_they_are():
    for prediction in (EDIBLE._replace(poison_p=0.9), EDIBLE._replace(energy=0.0)):
        assert decide(prediction, GOOD, THRESHOLDS, edible=False) == decide(
            prediction, GOOD, THRESHOLDS
        )


@pytest.mark.parametrize(
    ("prediction", "named"),
    [
        (PLANT, True),
        (NO_PLANT, False),
        (PLANT._replace(another_plant_p=0.5), False),
        (PLANT._replace(energy=0.0), False),
        (PLANT._replace(poisonous_mass=0.3), True),
        (PLANT._replace(poison_p=float("nan")), False),
        (PLANT._replace(poison_p=0.9, species=SURE), True),
        (PLANT._replace(poison_p=0.9, species=SURE, another_plant_p=0.6), False),
        (PLANT._replace(poison_p=0.9, species=SURE, another_plant_p=SURE[0].p), True),
        (NO_PLANT._replace(poison_p=0.9, species=SURE), False),
    ],
)
def test_species_are_named_only_of_what_looks_like_one_of_them(prediction, named):
    decision = decide(prediction, GOOD, WITH_BACKGROUND)
    assert verdict.names_species(decision, prediction) == named


def test_a_warning_of_a_network_without_background_names_its_species():
    warned = EDIBLE._replace(poison_p=0.9)
    assert verdict.names_species(decide(warned, GOOD, THRESHOLDS), warned)
