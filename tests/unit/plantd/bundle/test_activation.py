"""A bundle may say which output shows where each label was found; those without work as before."""

import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.bundle.manifest import manifest_from_tree, tree_from_manifest
from plantd.errors import BundleError


@pytest.fixture
def tree(tmp_path):
    path = tiny_bundle.show_activation(tiny_bundle.make(str(tmp_path / "tiny")))
    return tree_from_manifest(bundle.load(path).manifest)


def test_what_was_written_is_what_is_read(tree):
    assert tree["outputs"]["activation"] == tiny_bundle.ACTIVATION._asdict()
    assert manifest_from_tree(tree).activation == tiny_bundle.ACTIVATION


def test_a_bundle_without_it_says_nothing_of_outputs(tree):
    del tree["outputs"]
    read = manifest_from_tree(tree)
    assert read.activation is None
    assert "outputs" not in tree_from_manifest(read)


@pytest.mark.parametrize(
    ("key", "seen", "expected"),
    [
        ("output", "species", "outputs.activation.output is 'species'; expected another output"),
        ("head", "poison", "outputs.activation.head is 'poison'; expected one of species"),
        ("rows", 0, "outputs.activation.rows is 0; expected a whole number from 1 to 4096"),
        ("columns", "many", "outputs.activation.columns is 'many'"),
        ("layout", "NCHW", "outputs.activation.layout"),
    ],
)
def test_what_cannot_be_meant_is_refused(tree, key, seen, expected):
    tree["outputs"]["activation"][key] = seen
    with pytest.raises(BundleError) as caught:
        manifest_from_tree(tree)
    assert expected in str(caught.value)


def test_another_section_of_outputs_is_refused(tree):
    tree["outputs"]["attention"] = {}
    with pytest.raises(BundleError, match=r"outputs\.attention"):
        manifest_from_tree(tree)
