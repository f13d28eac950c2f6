"""What an import writes about plants: what is known of the same name, and what is left."""

from typing import Any

from plantd.bundle.species import species_from_tree
from plantd.heads import HeadSpec
from plantd_import.importer import known_plants, templates

LABELS = ("mallow", "Garlic_mustard", "hemlock", "dock")
KNOWN = {
    "genera": {"Malva": "a mallow", "Rumex": "a dock"},
    "species": {
        "Mallow": {"scientific_name": "Malva", "genus": "Malva", "poisonous": False},
        "Garlic mustard": {"scientific_name": "Alliaria petiolata", "poisonous": False},
    },
}
for entry in KNOWN["species"].values():
    entry.update(
        caution="Look.", deadly_look_alikes=[{"name": "monkshood", "tell_apart": "Its root."}]
    )


def described(poisonous: Any = ("hemlock",), said: bool = True) -> templates.Described:
    flags = tuple(label in poisonous for label in LABELS)
    return templates.describe(HeadSpec("species", LABELS, poisonous=flags), said, KNOWN)


def facts_of(found: templates.Described) -> Any:
    return species_from_tree(found.tree, LABELS)


def test_what_is_known_of_a_plant_with_this_name_is_carried_over() -> None:
    found = described()
    assert found.carried == ("mallow", "Garlic_mustard")
    facts = facts_of(found)["mallow"]
    assert (facts.scientific_name, facts.genus.words) == ("Malva", "a mallow")
    assert [one.name for one in facts.deadly_look_alikes] == ["monkshood"]


def test_a_plant_that_its_makers_call_poisonous_stays_poisonous() -> None:
    assert facts_of(described(poisonous=("mallow",)))["mallow"].poisonous


def test_words_for_genera_that_no_label_names_are_left_out() -> None:
    assert described().tree["genera"] == {"Malva": "a mallow"}


def test_a_plant_that_nobody_described_has_a_deadly_look_alike_until_somebody_looks() -> None:
    facts = facts_of(described())["dock"]
    assert not facts.poisonous
    (unknown,) = facts.deadly_look_alikes
    assert unknown.tell_apart.startswith("To be filled in")


def test_what_is_left_to_do_is_said() -> None:
    note = described().note
    assert "is it the same plant? mallow, Garlic_mustard." in note
    assert "To be filled in, and never called edible until then: hemlock, dock." in note


def test_a_species_file_that_was_given_leaves_nothing_to_say() -> None:
    assert templates.Described({"species": {}}).note == ""


def test_the_default_model_s_own_file_is_read() -> None:
    known = known_plants.read_known()
    assert len(known["species"]) > 60
    wanted = next(name for name in known["species"] if "_" in name)
    shouted = wanted.upper().replace("_", " ")
    assert known_plants.entry_of(shouted, known) == known["species"][wanted]
    assert known_plants.entry_of("no such plant", known) is None
