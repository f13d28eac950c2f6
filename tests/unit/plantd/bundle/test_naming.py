"""The words fit the answer: no plant gets the names, cautions or look-alikes of one it is not."""

import pytest

from plantd.bundle.naming import LOOK_ALIKES_MAX, group_of, look_alikes, naming_of
from plantd.bundle.species import LookAlike, Species, Taxon
from plantd.heads import Candidate, Prediction
from plantd.quality import Quality
from plantd.verdict import Thresholds, decide, engine_fault
from plantd.words import either

GOOD = Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0)
THRESHOLDS = Thresholds(
    *(0.5, 0.5, 0.1, 0.1, 0.6), no_plant=0.5, another_plant=0.4, poison_no_plant=0.9
)
CARROTS = tuple(
    LookAlike(name, "Look at the stem.")
    for name in ("poison hemlock (Conium maculatum)", "water hemlock (Cicuta)", "fool's parsley")
)
MALLOW, MALVACEAE = Taxon("Malva", "a mallow"), Taxon("Malvaceae", "a plant of the mallow family")


def species(label, poisonous=False, **more):
    known = Species(label, "Planta", poisonous, False, "leaves", "Mind " + label + ".", (), ())
    return known._replace(**more)


FACTS = {
    each.label: each
    for each in (
        species("clover", look_alikes=(LookAlike("crown vetch", "Pairs of leaflets."),)),
        species("Queen_Annes_Lace", common_name="Queen Anne's lace", deadly_look_alikes=CARROTS),
        species("Mallow", common_name="Common mallow", genus=MALLOW, family=MALVACEAE),
        species("Vervain_Mallow", genus=MALLOW, family=MALVACEAE),
        species("marsh_mallow", family=MALVACEAE),
        species("tree_mallow", poisonous=True, family=MALVACEAE),
        species("hemlock", poisonous=True, common_name="Poison hemlock"),
    )
}


def prediction(*candidates, **more):
    found = tuple(Candidate(label, p, FACTS[label].poisonous) for label, p in candidates)
    usual = {"no_plant_p": 0.01, "no_plant_least_p": 0.01, "another_plant_p": 0.02}
    return Prediction(
        **{
            **{"poison_p": 0.02, "species": found, "poisonous_mass": 0.0, "energy": 9.0},
            **usual,
            **more,
        }
    )


def named(seen, quality=GOOD, edible=True):
    decision = decide(seen, quality, THRESHOLDS, edible)
    return naming_of(decision, seen, FACTS, THRESHOLDS)


CLOVER = ("clover", 0.9)
NO_PLANT = {"no_plant_p": 0.7, "no_plant_least_p": 0.7}


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (
            prediction(CLOVER),
            (
                "Looks like clover, an edible species: check every look-alike, a photograph proves "
                "nothing."
            ),
        ),
        (
            prediction(("hemlock", 0.9), poison_p=0.95, poisonous_mass=0.9),
            "Poisonous: looks like Poison hemlock. Do not eat it, do not taste it.",
        ),
        (
            prediction(CLOVER, poison_p=0.95),
            "Poisonous by its looks, though most like clover. Do not eat it, do not taste it.",
        ),
        (
            prediction(("clover", 0.6), ("hemlock", 0.2), poison_p=0.95, poisonous_mass=0.2),
            (
                "Poisonous: it may be Poison hemlock, though it looks most like clover. Do not eat "
                "it, do not taste it."
            ),
        ),
        (
            prediction(("clover", 0.1), poison_p=0.95, another_plant_p=0.8),
            (
                "Poisonous by its looks, and a plant that this box does not know. Do not eat it, "
                "do not taste it, do not touch it with bare hands."
            ),
        ),
        (prediction(CLOVER, **NO_PLANT), "No plant in the picture: point at one plant."),
        (
            prediction(CLOVER, another_plant_p=0.5),
            "A plant that this box does not know. Treat it as poisonous.",
        ),
        (
            prediction(("Queen_Annes_Lace", 0.97), deadly=True),
            (
                "Looks like Queen Anne's lace, but it may be poison hemlock, water hemlock or "
                "fool's parsley, which can kill or maim: a photograph cannot decide. Treat it as "
                "poisonous."
            ),
        ),
        (
            prediction(("Queen_Annes_Lace", 0.4), ("clover", 0.2), deadly=True),
            (
                "Looks most like Queen Anne's lace, but it may be poison hemlock, water hemlock or "
                "fool's parsley, which can kill or maim: a photograph cannot decide. Treat it as "
                "poisonous."
            ),
        ),
        (
            prediction(("Mallow", 0.5), ("Vervain_Mallow", 0.4)),
            "A mallow; which one is unclear. Treat it as poisonous.",
        ),
        (
            prediction(("Mallow", 0.4), ("tree_mallow", 0.3), poisonous_mass=0.3),
            (
                "A plant of the mallow family; which one is unclear, some of them are poisonous. "
                "Treat it as poisonous."
            ),
        ),
        (
            prediction(("clover", 0.5), ("Mallow", 0.4)),
            "Not confident enough which plant it is. Treat it as poisonous.",
        ),
        (prediction(CLOVER, poison_p=0.3), "The two heads disagree. Treat it as poisonous."),
        (
            prediction(CLOVER, poison_p=float("nan")),
            "The engine failed, nothing is known about this plant.",
        ),
    ],
)
def test_each_answer_has_its_sentence(seen, sentence):
    assert named(seen).sentence == sentence


def test_under_a_warning_the_caution_is_of_the_poisonous_plant_or_of_none():
    """What is said of a plant that one may eat would take the warning back."""
    suspected = prediction(("clover", 0.6), ("hemlock", 0.2), poison_p=0.95, poisonous_mass=0.2)
    assert named(suspected).caution == FACTS["hemlock"].caution
    assert named(prediction(CLOVER, poison_p=0.95)).caution == ""


def test_a_plant_outside_the_known_ones_is_said_to_be_unknown_by_older_bundles_too():
    older = THRESHOLDS._replace(no_plant=None, another_plant=None, energy=10.0)
    seen = prediction(CLOVER)
    words = naming_of(decide(seen, GOOD, older), seen, FACTS, older)
    assert words.sentence == (
        "It looks like none of the plants that this box knows. Treat it as poisonous."
    )
    assert not words.is_named


def test_a_poor_picture_says_what_is_wrong_and_what_helps():
    words = named(prediction(CLOVER), GOOD._replace(brightness=3.0))
    assert words.sentence == "The picture is too dark: press again, with more light."


def test_where_edible_is_off_the_plant_is_still_named():
    words = named(prediction(CLOVER), edible=False)
    assert words.sentence == (
        "Looks like clover. This box only warns and names: nothing is called edible."
    )
    assert words.look_alikes == ("crown vetch",)


def test_without_an_engine_nothing_is_named():
    words = naming_of(engine_fault(), None, FACTS, THRESHOLDS)
    assert words.sentence == "The engine failed, nothing is known about this plant."
    assert not words.is_named


@pytest.mark.parametrize("change", [NO_PLANT, {"another_plant_p": 0.6}])
def test_what_is_no_known_plant_gets_no_caution_and_no_look_alikes(change):
    words = named(prediction(CLOVER, **change))
    assert (words.is_named, words.caution, words.look_alikes) == (False, "", ())
    assert (words.group, words.deadly_look_alikes) == (None, ())


def test_a_deadly_look_alike_comes_with_how_it_is_told_apart():
    words = named(prediction(("Queen_Annes_Lace", 0.97), deadly=True))
    assert words.deadly_look_alikes == CARROTS
    assert words.look_alikes == tuple(each.name for each in CARROTS)


def test_of_a_burst_the_deadly_look_alikes_of_a_less_likely_plant_are_named():
    words = named(prediction(CLOVER, ("Queen_Annes_Lace", 0.05), deadly=True))
    assert words.deadly_look_alikes == CARROTS


def test_what_several_candidates_share_is_a_genus_before_a_family():
    seen = prediction(("Mallow", 0.5), ("Vervain_Mallow", 0.4)).species
    found = group_of(seen, FACTS, 0.6)
    assert (found.words, found.rank, found.scientific_name) == ("a mallow", "genus", "Malva")
    assert found.p == pytest.approx(0.9)
    wider = prediction(("Mallow", 0.5), ("marsh_mallow", 0.4)).species
    assert group_of(wider, FACTS, 0.6).rank == "family"


@pytest.mark.parametrize(
    "candidates",
    [
        [("Mallow", 0.7), ("Vervain_Mallow", 0.2)],
        [("Mallow", 0.3), ("Vervain_Mallow", 0.2)],
        [("clover", 0.5), ("hemlock", 0.4)],
        [("Mallow", 0.5), ("clover", 0.4)],
    ],
)
def test_one_clear_candidate_too_few_or_unrelated_ones_share_nothing(candidates):
    assert group_of(prediction(*candidates).species, FACTS, 0.6) is None


def test_poisonous_candidates_are_look_alikes_themselves():
    seen = prediction(("clover", 0.6), ("hemlock", 0.3)).species
    assert look_alikes(seen, FACTS) == ("Poison hemlock", "crown vetch")


def test_unlikely_candidates_warn_of_nothing():
    assert look_alikes(prediction(("clover", 0.04)).species, FACTS) == ()


def test_a_plant_that_two_lists_name_differently_is_named_once():
    hemlock = LookAlike("poison hemlock (Conium maculatum)", "x")
    facts = dict(FACTS, clover=FACTS["clover"]._replace(look_alikes=(hemlock,)))
    seen = prediction(("clover", 0.6), ("hemlock", 0.3)).species
    assert look_alikes(seen, facts) == ("Poison hemlock",)


def test_look_alikes_are_few_each_is_named_once_and_the_deadly_come_first():
    many = tuple(LookAlike("plant %d" % i, "x") for i in range(9))
    clover = FACTS["clover"]._replace(look_alikes=many + many, deadly_look_alikes=CARROTS[:1])
    names = look_alikes(prediction(CLOVER).species, dict(FACTS, clover=clover))
    assert names[0] == CARROTS[0].name
    assert len(names) == LOOK_ALIKES_MAX
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_a_choice_reads_as_one(names, text):
    assert either(names) == text
