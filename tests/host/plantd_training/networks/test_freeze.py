"""A training's two graphs through import to a bundle that answers as TensorFlow did."""

import json
import shutil

import cv2
import numpy as np
import pytest
import yaml
from host.support.drawn_photos import draw_photos, write_facts
from host.support.serving import serving

from plantd import bundle
from plantd.picture import decode
from plantd.tensor import InputSpec, from_resized, to_tensor
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import in_split
from plantd_import.cli import arguments
from plantd_import.importer import child, importing
from plantd_training import cli
from plantd_training.data import pictures
from plantd_training.experiments import dataset, runs

CONFIG = {"trunk": "lite0", "side_px": 64, "epochs": 4, "batch": 10, "rate": 0.01}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder with the photographs, a finished training and the bundle that came of it."""
    folder = tmp_path_factory.mktemp("freezing")
    data = str(draw_photos(folder / "drawn", each=(10, 4, 2)))
    facts = str(write_facts(folder / "facts.yaml"))
    (folder / "fit.yaml").write_text(yaml.safe_dump(CONFIG))
    frozen, run = folder / "frozen", str(folder / "run")
    assert cli.main(["fit", str(folder / "fit.yaml"), "--data", data, "--out", run]) == 0
    assert cli.main(["freeze", run, "--out", str(frozen)]) == 0
    graphs = ["--poison", str(frozen / "poison.pb"), "--species", str(frozen / "species.pb")]
    named = ["--name", "drawn", "--bundle-version", "1", "--species-file", facts]
    words = [*graphs, "--metadata", str(frozen / "metadata.yaml"), *named]
    given = arguments.parser().parse_args(["import", str(folder / "bundle"), *words])
    importing.import_bundle(arguments.request_from_arguments(given), run=child.call_here)
    return folder


def evaluated(places, option, name):
    out = places / ("evaluated_" + option)
    words = ["evaluate", "--" + option, str(places / name), "--data", str(places / "drawn")]
    assert cli.main([*words, "--split", "test", "--out", str(out)]) == 0
    return json.loads((out / "evaluation.json").read_text())


def test_tensorflow_and_onnx_give_the_same_figures(places):
    trained, imported = evaluated(places, "run", "run"), evaluated(places, "bundle", "bundle")
    for figure in ("top1", "top5", "recall"):
        assert trained["species"][figure] == imported["species"][figure]
    assert trained["poison"]["missed"] == imported["poison"]["missed"]
    assert trained["poison"]["threshold"] == pytest.approx(
        imported["poison"]["threshold"], abs=1e-4
    )


@pytest.mark.gstreamer
def test_a_running_service_gives_the_figures_of_its_bundle(places):
    shown = next((places / "drawn" / "test").rglob("*.jpg"))
    out = places / "evaluated_socket"
    with serving(places / "bundle", shown) as service:
        words = ["--socket", service.socket_path, "--data", str(places / "drawn")]
        assert cli.main(["evaluate", *words, "--split", "test", "--out", str(out)]) == 0
    served = json.loads((out / "evaluation.json").read_text())
    imported = evaluated(places, "bundle", "bundle")
    assert served["species"]["top1"] == imported["species"]["top1"]
    assert served["poison"]["threshold"] == pytest.approx(imported["poison"]["threshold"], abs=1e-4)
    assert served["poison"]["recall"] == imported["poison"]["recall"]
    assert sum(row["n"] for row in served["verdicts"]) == served["species"]["top1"]["n"]


@pytest.mark.gstreamer
def test_one_picture_is_one_tensor_in_training_evaluation_bundle_and_service(places):
    photo = in_split(read_photos(places / "drawn"), "test")[1]
    spec, labels = runs.read_labels(places / "run")
    golden = by_hand(photo, spec)
    given = dataset.Reading(spec, labels, ("poison", "species"), 1)
    ((trained, _),) = dataset.training_epoch([photo], given, 0)
    ((validated, _),) = dataset.plain([photo], given)
    imported = bundle.load(str(places / "bundle")).manifest.input
    onnx = to_tensor(decode(photo.path.read_bytes()), imported)
    served = from_resized(decode(kept_by_service(places, photo)), imported)
    for name, values in (("training", trained), ("validation", validated), ("service", served)):
        np.testing.assert_allclose(np.asarray(values), golden, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(pictures.tensors([photo], spec), onnx)
    np.testing.assert_array_equal(served, onnx)


def by_hand(photo, spec):
    """Return the tensor that the trunk wants, by OpenCV and numpy alone."""
    assert (spec.rule, spec.colour, spec.interpolation) == ("center_crop", "RGB", "area")
    colours = cv2.imread(str(photo.path))[:, :, ::-1]
    height_px, width_px = colours.shape[:2]
    assert width_px > height_px
    left = (width_px - height_px) // 2
    middle = np.ascontiguousarray(colours[:, left : left + height_px])
    small = cv2.resize(middle, (spec.width_px, spec.height_px), interpolation=cv2.INTER_AREA)
    return ((small.astype(np.float32) - 127.0) / 128.0)[np.newaxis]


def kept_by_service(places, photo):
    """Return the PNG of the network's input that a service keeps with its verdict."""
    with serving(places / "bundle", photo.path) as service:
        told = service.client.post_bytes("/v1/classify", photo.path.read_bytes())
        return service.client.get_bytes("/v1/verdicts/{}/input".format(told["seq"]))


def test_it_learned_what_was_drawn(places):
    assert evaluated(places, "bundle", "bundle")["species"]["top1"]["share"] == 1.0


def test_the_metadata_has_labels_in_the_order_of_the_outputs(places):
    tree = yaml.safe_load((places / "frozen" / "metadata.yaml").read_text())
    spec, labels = runs.read_labels(places / "run")
    assert tuple(tree["heads"]["species"]["labels"]) == labels.species
    assert isinstance(spec, InputSpec)


def test_the_report_shows_pictures_and_is_one_file(places):
    evaluated(places, "run", "run")
    page = (places / "evaluated_run" / "evaluation.html").read_text()
    assert page.count("data:image/jpeg") >= len(read_photos(places / "drawn")) // 10
    assert 'src="http' not in page


def test_a_look_at_test_is_listed(places):
    looks = places / "looks.csv"
    words = ["evaluate", "--bundle", str(places / "bundle"), "--data", str(places / "drawn")]
    words += ["--out", str(places / "out"), "--looks", str(looks), "--split"]
    assert cli.main([*words, "val"]) == 0
    assert not looks.exists()
    assert cli.main([*words, "test"]) == 0
    assert "ONNX bundle" in looks.read_text()


def test_an_imported_bundles_card_is_completed_by_its_evaluation(places, tmp_path):
    made = tmp_path / "bundle"
    shutil.copytree(str(places / "bundle"), str(made))
    words = ["evaluate", "--bundle", str(made), "--data", str(places / "drawn"), "--split", "test"]
    assert cli.main([*words, "--out", str(tmp_path / "out"), "--card"]) == 0
    bundle.load(str(made))
    imported, told = (made / "card.md").read_text().split("\n## Evaluation on test\n")
    assert imported == (places / "bundle" / "card.md").read_text()
    assert "| top-1 | 1.0000 | 6 | 6 |" in told
    assert "frozen on val" in told


def test_evaluating_nothing_is_one_sentence(places, capsys):
    words = ["evaluate", "--run", str(places / "drawn"), "--data", str(places / "drawn")]
    assert cli.main(words) == 66
    assert "is not a training" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "words", "code", "told"),
    [
        ([(",Bluebell,", ",Tulip,")], [], 66, "has no output for Tulip; plants that it cannot"),
        ([(",1,", ",0,")], [], 66, "val has not both poisonous and edible"),
        ([], ["--threshold", "5"], 64, "--threshold 5.0 is not a probability"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(
    places, tmp_path, capsys, changes, words, code, told
):
    data = draw_photos(tmp_path / "drawn", each=(1, 1, 1))
    text = (data / "manifest.csv").read_text()
    for old, new in changes:
        text = text.replace(old, new)
    (data / "manifest.csv").write_text(text)
    asked = ["evaluate", "--run", str(places / "run"), "--data", str(data), *words]
    assert cli.main([*asked, "--out", str(tmp_path / "out")]) == code
    assert told in capsys.readouterr().err


def test_frozen_graphs_hold_no_variables(places):
    from tensorflow.core.framework import graph_pb2

    for head in ("poison", "species"):
        graph = graph_pb2.GraphDef.FromString((places / "frozen" / (head + ".pb")).read_bytes())
        ops = {node.op for node in graph.node}
        assert not ops & {"VarHandleOp", "ReadVariableOp", "VariableV2", "PartitionedCall"}
        assert [n.name for n in graph.node if n.op == "Placeholder"] == ["picture"]
        read = {name.split(":")[0] for node in graph.node for name in node.input}
        assert [n.name for n in graph.node if n.name not in read] == [head + "_logits"]
