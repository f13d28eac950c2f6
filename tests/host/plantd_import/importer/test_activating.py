"""A bundle that shows where it looked: new beside the old one, and otherwise the same."""

import os

import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd_import import cli


@pytest.fixture
def old(tmp_path):
    path = tiny_bundle.make(str(tmp_path / "old"))
    digest = bundle.load(path).manifest.files["model.onnx"]
    with open(os.path.join(path, bundle.CARD), "w") as card:
        card.write("# tiny 1.0.0\n\n- output `species`: logits\n- graph {}\n".format(digest[:12]))
    bundle.write_manifest(path, tiny_bundle.manifest())
    return path


def test_the_new_bundle_gives_the_maps_and_the_old_one_stays(old, tmp_path, capsys):
    before = bundle.load(old).manifest
    new = str(tmp_path / "new")
    assert cli.main(["activation", old, new, "--bundle-version", "1.0.1"]) == 0
    assert "shows 32 by 32 places for each of 5 labels" in capsys.readouterr().out
    loaded = bundle.load(new)
    assert loaded.manifest.activation == tiny_bundle.ACTIVATION
    assert loaded.manifest.title == "tiny 1.0.1"
    assert bundle.load(old).manifest == before
    with OnnxRuntimeEngine(loaded, 1) as engine:
        assert engine.infer(loaded.golden.tensors[:1]).activation.shape == (32, 32, 5)


def test_species_and_golden_pictures_are_the_old_ones_byte_for_byte(old, tmp_path):
    assert cli.main(["activation", old, str(tmp_path / "new")]) == 0
    before, after = (bundle.load(path).manifest for path in (old, str(tmp_path / "new")))
    for name in (bundle.SPECIES, bundle.GOLDEN):
        assert before.files[name] == after.files[name]
    assert before.title == after.title


def test_the_card_follows_the_graph(old, tmp_path):
    new = str(tmp_path / "new")
    cli.main(["activation", old, new, "--bundle-version", "1.0.1"])
    with open(os.path.join(new, bundle.CARD)) as source:
        card = source.read()
    digest = bundle.load(new).manifest.files["model.onnx"]
    assert card.startswith("# tiny 1.0.1\n")
    assert "- graph " + digest[:12] in card
    assert "- output `activation`: where in the picture each of the 5 labels was found" in card


def test_a_bundle_that_has_it_already_is_refused(old, tmp_path, capsys):
    tiny_bundle.show_activation(old)
    assert cli.main(["activation", old, str(tmp_path / "new")]) == 64
    assert "gives the class activation already" in capsys.readouterr().err
    assert not os.path.exists(str(tmp_path / "new"))


def test_a_place_that_is_taken_is_refused(old, tmp_path, capsys):
    (tmp_path / "new").mkdir()
    assert cli.main(["activation", old, str(tmp_path / "new")]) == 64
    assert "exists already" in capsys.readouterr().err
