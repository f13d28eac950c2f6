"""From drawn photographs to a bundle that the device loads and proves."""

import numpy as np
import onnx
import pytest
import yaml
from host.support.drawn_photos import KINDS, draw_photos, write_facts
from host.support.recipes import PROBE, SMALLEST, write_recipe

from plantd import heads, tensor
from plantd.bundle import load
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.engine.self_test import self_test
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import in_split
from plantd_import.onnx_graph import fp16_weights
from plantd_training import cli
from plantd_training.data.photos import labels_of
from plantd_training.data.pictures import pixels_of, tensors

# Linear probes on random weights tell the drawn plants apart no more than by chance.
PRETRAINED = {"trunk": "lite0", "weights": "imagenet"}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundling")
    draw_photos(folder / "drawn", each=(10, 6, 4))
    write_facts(folder / "facts.yaml")
    write_recipe(folder, **PRETRAINED, linear_probe={**PROBE, "inverse_penalties": [0.001, 0.1]})
    return folder


def command(folder, out):
    return [
        "bundle",
        *("--data", str(folder / "drawn"), "--recipe", str(folder / "recipe.yaml")),
        *("--species", str(folder / "facts.yaml"), "--out", str(folder / out)),
        *("--cache", str(folder / "cache"), "--looks", str(folder / "looks.csv")),
    ]


@pytest.fixture(scope="module")
def made(places):
    assert cli.main(command(places, "bundle")) == 0
    return load(str(places / "bundle"))


def engine_of(made):
    return OnnxRuntimeEngine(made, threads=1)


def test_the_device_loads_it_and_its_self_test_passes(made):
    with engine_of(made) as engine:
        self_test(made, engine)


def test_it_says_uncalibrated_and_names_its_photographs(made):
    assert not made.manifest.calibrated
    assert len(made.manifest.data_fingerprint) == 64


def test_outputs_follow_the_labels_on_photographs_of_test(made, places):
    photos = in_split(read_photos(places / "drawn"), "test")
    manifest = made.manifest
    assert manifest.species.labels == labels_of(photos).species
    with engine_of(made) as engine:
        for photo in photos:
            values = tensor.to_tensor(pixels_of(photo), manifest.input)
            read = heads.predict(engine.infer(values), manifest.poison, made.species_head)
            assert read.best.label == photo.label
            assert read.best.poisonous == KINDS[photo.label][1]
            assert (read.poison_p > 0.5) == photo.poisonous


def test_training_and_device_see_the_same_tensor(made, places):
    photo = read_photos(places / "drawn")[0]
    on_device = tensor.to_tensor(pixels_of(photo), made.manifest.input)
    np.testing.assert_array_equal(tensors([photo], made.manifest.input), on_device)


def test_the_graph_is_what_tensorrt_8_can_parse(made):
    model = onnx.load(made.model_path)
    assert model.ir_version == 7
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 13)]
    assert [i.name for i in model.graph.input] == [made.manifest.input.name]
    assert [o.name for o in model.graph.output] == ["poison", "species", "activation"]
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert tuple(shape) == made.manifest.input.shape


def test_weights_lie_in_half_precision(made):
    model = onnx.load(made.model_path)
    large = [
        t for t in model.graph.initializer if np.prod(t.dims) >= fp16_weights.STORE_FROM_VALUES
    ]
    assert large
    assert {t.data_type for t in large} == {onnx.TensorProto.FLOAT16}


def test_made_again_it_answers_the_same_and_is_no_new_look(made, places):
    assert cli.main(command(places, "bundle")) == 0
    again = load(str(places / "bundle"))
    np.testing.assert_array_equal(again.golden.poison, made.golden.poison)
    np.testing.assert_array_equal(again.golden.species, made.golden.species)
    assert again.manifest.thresholds == made.manifest.thresholds
    card = (places / "bundle" / "card.md").read_text()
    assert card.count("| 2026-01-01 | drawn 0.0.1 | top-1 1.0000") == 1
    assert "**uncalibrated**" in card


def test_a_missing_recipe_is_one_sentence(places, capsys):
    words = command(places, "none")
    words[words.index("--recipe") + 1] = str(places / "none.yaml")
    assert cli.main(words) == 66
    assert "there is no recipe" in capsys.readouterr().err


def test_every_problem_of_a_recipe_is_named(places, tmp_path, capsys):
    broken = dict(SMALLEST, trunks="x", method="linear_probe", linear_probe=PROBE)
    del broken["trunk"], broken["name"]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(broken))
    words = command(places, "none")
    words[words.index("--recipe") + 1] = str(tmp_path / "recipe.yaml")
    assert cli.main(words) == 78
    said = capsys.readouterr().err
    for problem in ("name is missing", "trunk is missing", "trunks is not a key of a recipe"):
        assert problem in said


def test_its_time_is_told_beside_another_network_of_the_same_labels(made, places, capsys):
    words = ["pace", "--bundle", str(places / "bundle"), "--trunk", "lite0", "--side", "96"]
    assert cli.main([*words, "--runs", "3"]) == 0
    first, second, ratio = capsys.readouterr().out.splitlines()
    assert first.startswith("drawn 0.0.1")
    assert second.startswith("lite0 at 96 px")
    medians = [float(line.split("median")[1].split("ms")[0]) for line in (first, second)]
    assert float(ratio.split()[-4]) == pytest.approx(medians[0] / medians[1], abs=0.02)


def test_a_network_that_does_not_exist_is_one_sentence(places, made, capsys):
    assert cli.main(["pace", "--bundle", str(places / "bundle"), "--trunk", "lite9"]) == 64
    assert "there is no trunk 'lite9'" in capsys.readouterr().err


def test_it_shows_where_each_label_was_found(made):
    spec = made.manifest.activation
    assert spec is not None
    with engine_of(made) as engine:
        outputs = engine.infer(made.golden.tensors[:1])
    assert outputs.activation.shape == (spec.rows, spec.columns, made.manifest.species.size)
    np.testing.assert_allclose(outputs.activation.mean(axis=(0, 1)), outputs.species, atol=1e-2)
