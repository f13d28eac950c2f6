"""The manifest's decision: a guard that is misspelt, or a bound that is none, is refused."""

import os

import pytest
import yaml
from support import tiny_bundle

from plantd import bundle
from plantd.bundle.decision_tree import LookAlikeMeasurement
from plantd.bundle.manifest import manifest_from_tree, tree_from_manifest
from plantd.errors import BundleError
from plantd.heads import Background
from plantd.verdict import ErrorBound

BOUND = ErrorBound("poisonous_strangers", 894, 271, 1, 0.0062, 0.95, "exact binomial", "fp32")
MEASURED = LookAlikeMeasurement(299, 0, 0.00997, 0.95)
HEAD = tiny_bundle.manifest().species._replace(background=Background("dock", "mint"))


def tree_of(**changes):
    """Return the tiny manifest's tree; the tests spoil a copy of it."""
    tree = tree_from_manifest(tiny_bundle.manifest()._replace(**changes))
    return yaml.safe_load(yaml.safe_dump(tree))


def with_background():
    asked = tiny_bundle.THRESHOLDS._replace(no_plant=0.5, another_plant=0.4, poison_no_plant=0.9)
    return tree_of(species=HEAD, thresholds=asked)


def problems_of(tree) -> str:
    with pytest.raises(BundleError) as refused:
        manifest_from_tree(tree)
    return str(refused.value)


def test_a_background_and_its_thresholds_survive_writing_and_loading():
    manifest = manifest_from_tree(with_background())
    assert manifest.species.background == Background(another_plant="dock", no_plant="mint")
    assert manifest.species.plants == ("clover", "nettle", "hemlock")
    assert manifest.thresholds.poison_no_plant == 0.9


def test_bounds_and_measurements_survive_writing_and_loading():
    others = [BOUND._replace(about="no_plants"), BOUND._replace(precision="fp16")]
    made = tree_of(guarantees=(BOUND, *others), deadly_look_alikes={"clover": MEASURED})
    manifest = manifest_from_tree(made)
    assert manifest.guarantees == (BOUND, *others)
    assert manifest.deadly_look_alikes == {"clover": MEASURED}
    assert manifest.released == ("clover",)


@pytest.mark.parametrize("about", ["known_poisonous", "poisonous_strangers", "no_plants"])
def test_calibrated_is_what_is_bounded_for_the_poisonous_plants_it_knows(about):
    manifest = manifest_from_tree(tree_of(guarantees=(BOUND._replace(about=about),)))
    assert manifest.calibrated == (about == "known_poisonous")


def test_no_single_flipped_bit_takes_a_guard_away():
    """A digit may become another one: against that helps only a hash of the whole manifest."""
    tree = with_background()
    guards = dict(tree["decision"]["thresholds"], standout=3.803, quality={})
    text = yaml.safe_dump(guards).encode()
    taken = []
    for place in range(len(text)):
        for bit in range(8):
            spoilt = bytearray(text)
            spoilt[place] ^= 1 << bit
            try:
                tree["decision"]["thresholds"] = yaml.safe_load(bytes(spoilt))
                found = manifest_from_tree(tree).thresholds
            except (yaml.YAMLError, UnicodeDecodeError, BundleError):
                continue
            if None in (found.no_plant, found.another_plant, found.standout):
                taken.append(bytes(spoilt))
    assert taken == []


@pytest.mark.parametrize(
    "measured",
    [
        MEASURED._replace(photographs=298, upper_bound=0.01),
        MEASURED._replace(upper_bound=0.011),
        MEASURED._replace(confidence=0.9),
    ],
)
def test_too_little_measured_of_a_look_alike_releases_nothing(measured):
    manifest = manifest_from_tree(tree_of(deadly_look_alikes={"clover": measured}))
    assert manifest.released == ()


def test_a_guard_says_none_in_so_many_words():
    thresholds = tree_of()["decision"]["thresholds"]
    assert (thresholds["energy"], thresholds["standout"]) == ("none", "none")


def test_an_older_manifest_may_leave_one_guard_empty_while_the_other_stands():
    tree = tree_of()
    tree["decision"]["thresholds"].update(energy=None, standout=2.8)
    assert manifest_from_tree(tree).thresholds.energy is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda t: t.update(stanlout=t.pop("standout")), "did you mean 'standout'"),
        (lambda t: t.pop("standout"), "standout is None; expected a number, or none to do without"),
        (lambda t: t.update(standout=None), "standout is None; expected a number, or none"),
        (lambda t: t.update(standout="2.8o2"), "standout is '2.8o2'; expected a number, or none"),
        (lambda t: t.update(standout=True), "standout is True; expected a number, or none"),
        (lambda t: t.update(standout=float("nan")), "standout is nan; expected a finite number"),
        (lambda t: t.update(energy=10**400), "energy is inf; expected a finite number"),
        (lambda t: t.update(poison_p=float("nan")), "poison_p is nan; expected a finite number"),
        (lambda t: t.update(no_plant=0.5), "no_plant is 0.5; expected none: heads.species.back"),
        (lambda t: t.update(quality={"evenness_min": float("nan")}), "evenness_min is nan; exp"),
        (lambda t: t.update(quality={"dark_share_max": 7}), "dark_share_max is 7.0; expected a n"),
        (lambda t: t.update(quality={"side_min_px": -1}), "side_min_px is -1; expected a whole"),
        (lambda t: t.update(quality={"sharpnes_min": 8}), "did you mean 'sharpness_min'"),
    ],
)
def test_a_guard_that_would_be_missed_by_nobody_is_refused(change, expected):
    tree = tree_of()
    change(tree["decision"]["thresholds"])
    assert expected in problems_of(tree)


@pytest.mark.parametrize("name", ["no_plant", "another_plant"])
@pytest.mark.parametrize("value", [None, "null", "", []])
def test_a_background_needs_its_guard(name, value):
    tree = with_background()
    tree["decision"]["thresholds"][name] = value
    assert "{} is {!r}; expected a number, or none".format(name, value) in problems_of(tree)


def test_a_background_may_do_without_a_guard_in_so_many_words():
    tree = with_background()
    tree["decision"]["thresholds"].update(no_plant="none", poison_no_plant="none")
    assert manifest_from_tree(tree).thresholds.no_plant is None


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ({"no_plant": "wall"}, "background.no_plant is 'wall'; expected one of the labels"),
        ({"no_plan": "dock"}, "did you mean 'no_plant'"),
        ({"no_plant": "dock", "another_plant": "dock"}, "expected two different labels"),
        ({"no_plant": "hemlock"}, "poisonous is 'hemlock'; expected one of the labels of plants"),
        ([1], "background is [1]; expected a section"),
    ],
)
def test_a_background_that_names_no_label_of_its_own_is_refused(background, expected):
    tree = tree_of()
    tree["heads"]["species"]["background"] = background
    assert expected in problems_of(tree)


def test_a_head_of_nothing_but_background_is_refused():
    tree = tree_of()
    tree["heads"]["species"].update(
        labels=["dock", "mint"],
        poisonous=["dock"],
        background={"no_plant": "dock", "another_plant": "mint"},
    )
    assert "at least one label that is a plant" in problems_of(tree)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"bound": float("nan")}, "guarantee.bound is nan; expected a finite number"),
        ({"bound": -0.1}, "guarantee.bound is -0.1; expected a number from 0 to 1"),
        ({"n": -5}, "guarantee.n is -5; expected a whole number from 1"),
        ({"confidence": 7}, "guarantee.confidence is 7.0; expected a number from 0.5 to 1"),
        ({"alhpa": 1}, "did you mean 'alpha'"),
    ],
)
def test_a_guarantee_that_promises_nothing_is_refused(change, expected):
    tree = tree_of()
    good = {"alpha": 0.01, "n": 300, "bound": 0.01, "confidence": 0.95, "method": "exact"}
    tree["decision"]["guarantee"] = {**good, **change}
    assert expected in problems_of(tree)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"about": "mushrooms"}, "about is 'mushrooms'; expected one of known_poisonous"),
        ({"misses": 900}, "misses is 900; expected a whole number from 0 to 894"),
        ({"groups": 0}, "groups is 0; expected a whole number from 1 to 894"),
        ({"upper_bound": float("inf")}, "upper_bound is inf; expected a finite number"),
        ({"confidence": 95}, "confidence is 95.0"),
        ({"precision": "int4"}, "precision is 'int4'; expected one of fp32, fp16, int8"),
        ({"method": None}, "method is None; expected text"),
        ({"n": 1.5}, "n is 1.5; expected a whole number"),
    ],
)
def test_a_bound_that_is_none_is_refused(change, expected):
    tree = tree_of(guarantees=(BOUND,))
    tree["decision"]["guarantees"][0].update(change)
    assert "guarantees[0]." + expected in problems_of(tree)


@pytest.mark.parametrize("bounds", [{}, "none", 7])
def test_bounds_are_a_list(bounds):
    tree = tree_of()
    tree["decision"]["guarantees"] = bounds or {"about": 1}
    assert "guarantees is" in problems_of(tree)


def test_one_kind_has_one_bound_for_each_precision():
    assert "expected one bound of it for fp32" in problems_of(tree_of(guarantees=(BOUND, BOUND)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"upper_bound": 0.001}, "expected no less than 0 of 299 photographs show at 95 %"),
        ({"upper_bound": 0.0}, "upper_bound is 0.0; expected no less than"),
        ({"edible": 300}, "edible is 300; expected a whole number from 0 to 299"),
        ({"edible": 5}, "upper_bound is 0.00997; expected no less than 5 of 299"),
        ({"photograph": 299}, "did you mean 'photographs'"),
    ],
)
def test_a_measurement_that_releases_too_much_is_refused(change, expected):
    tree = tree_of(deadly_look_alikes={"clover": MEASURED})
    tree["decision"]["deadly_look_alikes"]["clover"].update(change)
    assert expected in problems_of(tree)


def test_a_measurement_that_shows_nothing_at_all_is_one():
    nothing = MEASURED._replace(edible=299, upper_bound=1.0)
    tree = tree_of(deadly_look_alikes={"clover": nothing})
    assert manifest_from_tree(tree).deadly_look_alikes["clover"] == nothing


def test_a_measurement_of_what_is_no_label_is_refused():
    tree = tree_of(deadly_look_alikes={"clovre": MEASURED})
    assert "did you mean 'clover'" in problems_of(tree)


@pytest.mark.parametrize(
    "where", [(), ("input",), ("heads",), ("heads", "poison"), ("heads", "species"), ("decision",)]
)
def test_an_unknown_key_is_refused_wherever_it_stands(where):
    tree = section = tree_of()
    for name in where:
        section = section[name]
    section["colur"] = "red"
    assert "{}colur is not a key of a bundle".format(
        "".join(name + "." for name in where)
    ) in problems_of(tree)


def test_a_key_that_is_no_text_is_refused_too():
    tree = tree_of()
    tree["decision"]["thresholds"][None] = 1
    assert "thresholds.None is not a key" in problems_of(tree)


def test_the_head_that_decides_knows_what_has_a_deadly_look_alike(tmp_path):
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    entries = tiny_bundle.species_tree()
    for label, entry in entries.items():
        named = [{"name": "yew", "tell_apart": "It kills."}] if label in ("clover", "dock") else []
        entry["deadly_look_alikes"] = named
    with open(os.path.join(path, bundle.SPECIES), "w") as target:
        yaml.safe_dump({"species": entries}, target)
    measured = {"dock": MEASURED, "clover": MEASURED._replace(photographs=298, upper_bound=0.0101)}
    bundle.write_manifest(path, tiny_bundle.manifest()._replace(deadly_look_alikes=measured))
    head = bundle.load(path).species_head
    assert dict(zip(head.labels, head.deadly)) == {
        "clover": True,
        "nettle": False,
        "hemlock": False,
        "dock": False,
        "mint": False,
    }


def test_a_bundle_with_a_background_loads_and_describes_its_plants_only(tmp_path):
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    entries = {x: e for x, e in tiny_bundle.species_tree().items() if x not in ("dock", "mint")}
    with open(os.path.join(path, bundle.SPECIES), "w") as target:
        yaml.safe_dump({"species": entries}, target)
    asked = tiny_bundle.THRESHOLDS._replace(no_plant=0.5, another_plant=0.5)
    bundle.write_manifest(path, tiny_bundle.manifest()._replace(species=HEAD, thresholds=asked))
    loaded = bundle.load(path)
    assert sorted(loaded.species) == ["clover", "hemlock", "nettle"]
    assert loaded.species_head.poisonous == (False, False, True, False, False)
