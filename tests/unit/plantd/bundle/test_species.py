"""species.yaml: names, genera, families and look-alikes that kill; a slip in it is refused."""

import os

import pytest
import yaml
from support import tiny_bundle
from support.checkout import TOP

from plantd.bundle.species import LookAlike, Taxon, species_from_tree
from plantd.errors import BundleError

LABELS = tiny_bundle.LABELS
SHIPPED = str(TOP / "engines/bundles/plants70")
YEW = {"name": "yew (Taxus)", "tell_apart": "Yew has needles; it kills."}


def tree_with(**clover):
    entries = tiny_bundle.species_tree()
    for label, entry in entries.items():
        entry["deadly_look_alikes"] = []
        entry["genus"] = "Trifolium" if label in ("clover", "nettle") else None
    entries["clover"].update(clover)
    return {"species": entries, "genera": {"Trifolium": "a clover"}}


def problems_of(tree) -> str:
    with pytest.raises(BundleError) as refused:
        species_from_tree(tree, LABELS)
    return str(refused.value)


def test_an_entry_may_have_a_name_for_texts_a_genus_and_deadly_look_alikes():
    found = species_from_tree(
        tree_with(common_name="Red clover", deadly_look_alikes=[YEW]), LABELS
    )["clover"]
    assert found.name == "Red clover"
    assert found.genus == Taxon("Trifolium", "a clover")
    assert found.family is None
    assert found.deadly_look_alikes == (LookAlike(**YEW),)


def test_an_entry_of_an_older_bundle_is_called_by_its_label():
    found = species_from_tree({"species": tiny_bundle.species_tree()}, LABELS)["clover"]
    assert (found.name, found.genus, found.deadly_look_alikes) == ("clover", None, ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"deadly_look_alike": [YEW]},
            "clover.deadly_look_alike is not a key of a bundle; did you",
        ),
        ({"deadly_look_alikes": ["yew"]}, "clover.deadly_look_alikes has 'yew'; expected name and"),
        ({"deadly_look_alikes": [dict(YEW, tell_apart="")]}, "expected name and tell_apart"),
        ({"deadly_look_alikes": {}}, "clover.deadly_look_alikes has {}; expected name and"),
        ({"common_name": ["a"]}, "clover.common_name is ['a']; expected text"),
        ({"genus": 7}, "clover.genus is 7; expected text"),
        ({"sources": True}, "clover.sources is True; expected a list of titles"),
    ],
)
def test_a_slip_in_an_entry_is_named(change, expected):
    assert expected in problems_of(tree_with(**change))


def test_where_one_says_what_could_kill_all_that_are_not_poisonous_must():
    tree = tree_with()
    del tree["species"]["clover"]["deadly_look_alikes"]
    del tree["species"]["hemlock"]["deadly_look_alikes"]
    assert problems_of(tree) == (
        "species.yaml: clover.deadly_look_alikes is missing; expected a list, [] for none"
    )


def test_a_genus_of_several_labels_needs_its_words():
    tree = tree_with()
    del tree["genera"]["Trifolium"]
    assert "genera.Trifolium is missing; expected what one plant of it is called" in problems_of(
        tree
    )


def test_words_for_a_genus_that_no_label_has_are_refused():
    tree = tree_with()
    tree["genera"]["Trifollium"] = "a clover"
    assert "genera.Trifollium is not a key of a bundle; did you mean 'Trifolium'?" in problems_of(
        tree
    )


def test_all_problems_come_at_once():
    tree = tree_with(caution="", genus=7)
    tree["famillies"] = {}
    told = problems_of(tree)
    assert "clover.caution is missing" in told
    assert "clover.genus is 7" in told
    assert "famillies is not a key of a bundle; did you mean 'families'?" in told


@pytest.fixture(scope="module")
def shipped():
    with open(os.path.join(SHIPPED, "species.yaml"), encoding="utf-8") as source:
        tree = yaml.safe_load(source)
    return species_from_tree(tree, tuple(tree["species"]))


def test_every_plant_of_the_default_model_has_a_name_and_a_family(shipped):
    assert len(shipped) == 70
    assert shipped["Dandellion"].name == "Dandelion"
    assert shipped["Mallow"].genus == shipped["Vervain_Mallow"].genus == Taxon("Malva", "a mallow")
    assert all("_" not in each.name and each.common_name for each in shipped.values())


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Queen_Annes_Lace", ("poison hemlock", "water hemlock", "fool's parsley")),
        ("Wild_Leek", ("lily of the valley", "false hellebore", "autumn crocus")),
        ("Elderberry", ("water hemlock",)),
        ("Wild_Grape_Vine", ("moonseed",)),
        ("Evening_Primrose", ("foxglove",)),
        ("Common_Yarrow", ("poison hemlock",)),
        ("Broadleaf_Plantain", ("foxglove",)),
        ("Mullein", ("foxglove",)),
    ],
)
def test_what_kills_in_the_place_of_a_plant_is_named(shipped, label, names):
    told = " ".join(each.name for each in shipped[label].deadly_look_alikes)
    assert all(name in told for name in names)


def test_a_poisonous_plant_needs_no_deadly_look_alike(shipped):
    assert not any(each.deadly_look_alikes for each in shipped.values() if each.poisonous)


def test_an_entry_may_say_where_and_when_it_grows():
    found = species_from_tree(tree_with(regions=["Pacific", "Europe"], months=[5, 4]), LABELS)
    assert found["clover"].regions == ("Europe", "Pacific")
    assert found["clover"].months == (4, 5)


def test_an_entry_that_does_not_say_it_is_foreign_nowhere_and_hidden_never():
    clover = species_from_tree(tree_with(), LABELS)["clover"]
    assert not clover.is_foreign_to(("Europe",))
    assert not clover.is_hidden_in(12)


def test_where_nobody_knows_the_place_nothing_is_foreign_or_hidden():
    clover = species_from_tree(tree_with(regions=["Pacific"], months=[5]), LABELS)["clover"]
    assert not clover.is_foreign_to(())
    assert not clover.is_hidden_in(None)
    assert clover.is_foreign_to(("Europe", "Africa"))
    assert not clover.is_foreign_to(("Europe", "Pacific"))
    assert clover.is_hidden_in(6)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"regions": []}, "clover.regions is []; expected a list of one or more of Europe, Africa"),
        ({"regions": ["Asia"]}, "clover.regions is ['Asia']; expected a list"),
        ({"regions": "Europe"}, "clover.regions is 'Europe'; expected a list"),
        ({"regions": None}, "clover.regions is None; expected a list"),
        ({"months": [0]}, "clover.months is [0]; expected a list of one or more of 1, 2, 3"),
        ({"months": [True]}, "clover.months is [True]; expected a list"),
        ({"months": [[5]]}, "clover.months is [[5]]; expected a list"),
        ({"months": ["May"]}, "clover.months is ['May']; expected a list"),
    ],
)
def test_a_place_or_month_that_is_none_is_refused(change, told):
    assert told in problems_of(tree_with(**change))


def test_every_plant_of_the_default_model_grows_where_its_photographs_come_from(shipped):
    """They are of North America's wild plants, in May as well."""
    for each in shipped.values():
        assert not each.is_foreign_to(("Northern America",))
        assert not each.is_hidden_in(5)


def test_the_default_model_says_of_no_poisonous_plant_where_it_grows(shipped):
    assert not any(each.regions or each.months for each in shipped.values() if each.poisonous)
    assert shipped["Downy_Yellow_Violet"].is_foreign_to(("Europe",))
    assert shipped["Fireweed"].is_hidden_in(12)
