"""Whatever stands in a bundle's YAML: it is taken, or refused in one sentence, and guards hold."""

import copy
import math

from hypothesis import given
from hypothesis import strategies as st
from support import every_answer, tiny_bundle

from plantd.bundle.manifest import manifest_from_tree, tree_from_manifest
from plantd.bundle.species import species_from_tree
from plantd.errors import BundleError
from plantd.heads import Background, HeadSpec

HEAD = HeadSpec(
    "species",
    every_answer.LABELS,
    poisonous=tuple(label == "hemlock" for label in every_answer.LABELS),
    background=Background("another", "nothing"),
)
MANIFEST = tree_from_manifest(
    tiny_bundle.manifest()._replace(
        species=HEAD, thresholds=every_answer.THRESHOLDS, guarantees=every_answer.PROMISES
    )
)
SPECIES = every_answer.species_tree()

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=9)
    | st.dates()
    | st.binary(max_size=3)
)
keys = st.text(max_size=9) | st.integers(-9, 9) | st.none() | st.booleans()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


def places_of(tree, path=()):
    """Every path in a tree, the root's left out."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places_of(value, (*path, key))


def spoilt(tree, path, value, change):
    """Return a copy with one value replaced, left out, or put under another name."""
    made = copy.deepcopy(tree)
    parent = made
    for key in path[:-1]:
        parent = parent[key]
    if change == "replace" or isinstance(parent, list):
        parent[path[-1]] = value
    else:
        old = parent.pop(path[-1])
        if change == "rename":
            parent[str(path[-1]) + "s"] = old
    return made


changes = st.sampled_from(["replace", "remove", "rename"])


@given(st.sampled_from(list(places_of(MANIFEST))), anything, changes)
def test_a_spoilt_manifest_is_refused_or_keeps_its_guards(path, value, change):
    try:
        found = manifest_from_tree(spoilt(MANIFEST, path, value, change))
    except BundleError:
        return
    in_so_many_words = path[-1] in ("no_plant", "another_plant", "standout") and value == "none"
    guards = (
        found.thresholds.no_plant,
        found.thresholds.another_plant,
        found.thresholds.standout,
    )
    assert in_so_many_words or None not in guards
    assert all(math.isfinite(guard) for guard in guards if guard is not None)


@given(st.sampled_from(list(places_of(SPECIES))), anything, changes)
def test_a_spoilt_species_file_is_refused_or_keeps_its_deadly_look_alikes(path, value, change):
    try:
        found = species_from_tree(spoilt(SPECIES, path, value, change), every_answer.PLANTS)
    except BundleError:
        return
    emptied = path[-1] == "deadly_look_alikes" and value in ([], None)
    assert emptied or found["wild_carrot"].deadly_look_alikes
