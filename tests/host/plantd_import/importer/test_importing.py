"""Two graphs become a bundle that the device's own code loads and proves, or nothing at all."""

from pathlib import Path
from typing import Any, Dict, Tuple

import numpy as np
import onnx
import pytest
import yaml
from host.support import found_graphs
from host.support.found_graphs import SIDE

from plantd import bundle, picture
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.engine.self_test import self_test
from plantd.errors import GraphError, PlantdError, UsageError
from plantd.heads import HeadOutputs, predict
from plantd.quality import Quality
from plantd.tensor import to_tensor
from plantd.verdict import decide
from plantd_calibration.publishing.card import STATUS
from plantd_import.cli import wording
from plantd_import.importer import child, importing, metadata, synthetic_pictures
from plantd_import.onnx_graph.rewrites import Rewriting
from plantd_import.tf_graph import study

LABELS = ("dock", "hemlock", "mint", "nettle", "clover")
INPUT = {
    "width_px": 32,
    "height_px": 32,
    "colour": "RGB",
    "rule": "center_crop",
    "interpolation": "area",
    "scale": 1.0,
    "mean": [120.0, 110.0, 100.0],
    "std": [1.0, 1.0, 1.0],
}
Graphs = Dict[str, str]


def tree(**changes: Any) -> Dict[str, Any]:
    return {
        "input": dict(INPUT),
        "heads": {
            "poison": {"labels": ["edible", "poisonous"]},
            "species": {"labels": list(LABELS), "poisonous": ["hemlock"]},
        },
        **changes,
    }


def request(
    graphs: Graphs, out: Path, said: Dict[str, Any], **more: Any
) -> importing.ImportRequest:
    spoken = metadata.metadata_from_tree(said, "tiny", "0.1", "2026-01-02")
    return importing.ImportRequest(graphs=graphs, metadata=spoken, out=str(out), **more)


def imported(graphs: Graphs, out: Path, said: Dict[str, Any], **more: Any) -> importing.Report:
    return importing.import_bundle(request(graphs, out, said, **more), run=child.call_here)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Graphs:
    """The study's two networks, tiny: one trunk, two heads, as Keras 2.2 froze them in 2018."""
    folder = tmp_path_factory.mktemp("study")
    style = study.Style(phase="switch", v1_ops=True)
    paths = {}
    for name, labels, seed in (("poison", 2, 1), ("species", len(LABELS), 2)):
        path = folder / (name + ".pb")
        made = study.graph_of_study(labels, seed, trunk_seed=7, shape=study.TINY, style=style)
        path.write_bytes(made.SerializeToString())
        paths[name] = str(path)
    return paths


@pytest.fixture(scope="module")
def made(graphs: Graphs, tmp_path_factory: pytest.TempPathFactory) -> Tuple[Any, Any]:
    out = tmp_path_factory.mktemp("bundles") / "tiny"
    photo = out.parent / "photo.jpg"
    photo.write_bytes(picture.encode_jpeg(synthetic_pictures.pictures(1, seed=99)[0], 90))
    report = imported(graphs, out, tree(), photographs=(str(photo),))
    return report, bundle.load(str(out))


def test_the_bundle_passes_the_self_test_of_the_device(made: Tuple[Any, Any]) -> None:
    _, loaded = made
    with OnnxRuntimeEngine(loaded, threads=1) as engine:
        self_test(loaded, engine)


def test_the_manifest_says_what_was_said_and_found(made: Tuple[Any, Any], graphs: Graphs) -> None:
    manifest = made[1].manifest
    assert manifest.title == "tiny 0.1"
    assert manifest.input.mean == (120.0, 110.0, 100.0)
    assert manifest.poison.labels == ("edible", "poisonous")
    assert (manifest.poison.kind, manifest.species.kind) == ("softmax", "softmax")
    assert manifest.species.poisonous == (False, True, False, False, False)
    assert manifest.sources == {
        name + "." + name + ".pb": bundle.sha256_of_file(path) for name, path in graphs.items()
    }


def test_the_shared_trunk_is_computed_once(made: Tuple[Any, Any]) -> None:
    report, loaded = made
    separate, merged = report.nodes
    assert merged < 0.7 * separate
    convolutions = [n for n in onnx.load(loaded.model_path).graph.node if n.op_type == "Conv"]
    assert len(convolutions) == 9


def test_what_was_rewritten_is_counted(made: Tuple[Any, Any]) -> None:
    """One padding before the pooling, one stride of 2: three convolutions end the stage before."""
    report, loaded = made
    rewritten = report.rewritten
    assert rewritten.duplicates > 20
    assert (rewritten.paddings, rewritten.convolutions) == (1, 3)
    ops = [node.op_type for node in onnx.load(loaded.model_path).graph.node]
    assert "Pad" not in ops
    lines = "\n".join(wording.report_lines(report))
    assert "rewrote  paddings with zeros became part of what reads them: 1" in lines
    assert "rewrote  convolutions compute fewer pixels: nobody reads the others: 3" in lines
    assert wording.report_tree(report)["rewritten"] == rewritten._asdict()


def test_a_rule_that_never_applied_is_not_told(made: Tuple[Any, Any]) -> None:
    report = made[0]._replace(rewritten=Rewriting(paddings=1))
    lines = [line for line in wording.report_lines(report) if line.startswith("rewrote")]
    assert lines == ["rewrote  paddings with zeros became part of what reads them: 1"]


def test_node_counts_and_agreement_are_reported(made: Tuple[Any, Any]) -> None:
    report, _ = made
    assert report.heads["poison"].nodes_before > report.heads["poison"].nodes_after > 10
    assert [one.output for one in report.against_tensorflow] == ["poison", "species"]
    assert all(0.0 <= one.largest < 1e-5 for one in report.against_tensorflow)
    assert all(one.same_five == 1.0 for one in report.against_tensorflow)
    assert report.pictures == (importing.DRAWN_PICTURES, 1)
    assert all(peak > 1 << 20 for peak in report.peak_bytes.values())


def test_golden_outputs_are_tensorflow_s_own(made: Tuple[Any, Any]) -> None:
    _, loaded = made
    golden = loaded.golden
    assert golden.pictures.shape == (importing.GOLDEN_PICTURES, 240, 320, 3)
    again = np.concatenate([to_tensor(one, loaded.manifest.input) for one in golden.pictures])
    np.testing.assert_array_equal(again, golden.tensors)
    np.testing.assert_allclose(golden.species.sum(axis=1), 1.0, atol=1e-5)
    assert np.ptp(golden.species, axis=0).max() > 1e-3


def test_an_imported_bundle_is_uncalibrated_and_careful(made: Tuple[Any, Any]) -> None:
    manifest = made[1].manifest
    assert not manifest.calibrated
    good = Quality(640, 480, 500.0, 120.0, 0.0, 0.0, 60.0)
    answers = []
    for p in (0.001, 0.02, 0.06):
        sure = np.array([1 - p, p], np.float32), np.array([1 - p, p, 0, 0, 0], np.float32)
        prediction = predict(HeadOutputs(*sure), manifest.poison, manifest.species)
        answers.append(decide(prediction, good, manifest.thresholds).answer)
    assert answers == ["unsure", "unsure", "poisonous"]


def test_species_yaml_is_a_skeleton_that_promises_nothing(made: Tuple[Any, Any]) -> None:
    _, loaded = made
    assert loaded.species["hemlock"].poisonous
    assert not loaded.species["dock"].poisonous
    assert "treat it as poisonous" in loaded.species["dock"].caution
    assert loaded.species["dock"].partly_toxic
    assert loaded.species["dock"].deadly_look_alikes
    assert not loaded.species["hemlock"].deadly_look_alikes
    head = (Path(loaded.path) / bundle.SPECIES).read_text()
    assert head.startswith("# To be filled in, and never called edible until then: dock, hemlock,")


def test_the_card_says_that_nobody_has_calibrated_it(made: Tuple[Any, Any]) -> None:
    card = (Path(made[1].path) / "card.md").read_text()
    assert "To be completed" in card
    assert "species.yaml: To be filled in" in card
    # One line, which a calibration finds and replaces.
    (status,) = STATUS.finditer(card)
    assert status.group().startswith("**uncalibrated**: the thresholds are provisional")
    assert "ncalibrated" not in STATUS.sub("", card)


def test_plants_nobody_described_count_as_poisonous(graphs: Graphs, tmp_path: Path) -> None:
    said = tree()
    del said["heads"]["species"]["poisonous"]
    imported(graphs, tmp_path / "b", said)
    loaded = bundle.load(str(tmp_path / "b"))
    assert all(loaded.species_head.poisonous)
    assert all(one.poisonous for one in loaded.species.values())


def test_one_graph_with_two_outputs_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "both.pb"
    path.write_bytes(found_graphs.two_heads().SerializeToString())
    said = tree(
        input=dict(INPUT, width_px=SIDE, height_px=SIDE, std=[64.0] * 3),
        graphs={"poison": {"output": "poison_head"}, "species": {"output": "species_head:0"}},
    )
    said["heads"]["species"] = {"labels": ["a", "b", "c"]}
    both = {"poison": str(path), "species": str(path)}
    report = imported(both, tmp_path / "b", said, half_weights=True)
    assert bundle.load(str(tmp_path / "b")).manifest.poison.size == 2
    assert report.heads["species"].output == "species_head:0"


def test_weights_in_half_precision_halve_the_file(
    made: Tuple[Any, Any], graphs: Graphs, tmp_path: Path
) -> None:
    halved = imported(graphs, tmp_path / "b", tree(), half_weights=True)
    assert halved.size_bytes < made[0].size_bytes
    assert 0.0 < max(one.largest for one in halved.against_tensorflow) < 1e-2


def without_labels(said: Dict[str, Any]) -> None:
    said["heads"]["species"]["labels"] = ["dock", "hemlock"]


def with_another_size(said: Dict[str, Any]) -> None:
    said["input"]["width_px"] = 48


def with_an_unknown_output(said: Dict[str, Any]) -> None:
    said["graphs"] = {"poison": {"output": "dense_9/Softmax"}}


def with_an_inner_output(said: Dict[str, Any]) -> None:
    said["graphs"] = {"poison": {"output": "conv1_relu/Relu"}}


def with_an_output_s_second_tensor(said: Dict[str, Any]) -> None:
    said["graphs"] = {"poison": {"output": "dense_2/Softmax:1"}}


def with_a_value_that_nobody_asks_for(said: Dict[str, Any]) -> None:
    said["set"] = {"keep_prob": 1.0}


REFUSALS = [
    (with_an_output_s_second_tensor, r"there is no tensor dense_2/Softmax:1;.*inspect"),
    (with_a_value_that_nobody_asks_for, r"--set keep_prob: neither graph asks for it"),
    (without_labels, r"answers with 5 values; there are 2 labels"),
    (with_another_size, r"32 x 32 x 3 pixels and channels; the input spec says 32 x 48 x 3"),
    (with_an_unknown_output, r"there is no node dense_9/Softmax"),
    (with_an_inner_output, r"answers with \d+ values; there are 2 labels"),
]


@pytest.mark.parametrize(("spoil", "words"), REFUSALS)
def test_a_refusal_leaves_nothing(graphs: Graphs, tmp_path: Path, spoil: Any, words: str) -> None:
    said = tree()
    spoil(said)
    with pytest.raises(GraphError, match=words):
        imported(graphs, tmp_path / "b", said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (found_graphs.unfrozen, "not frozen"),
        (found_graphs.quantised, "quantised"),
        (found_graphs.decoding, "possible inputs: .*makes a float picture.*--species-input"),
        (found_graphs.always_dropping, "dropout is always on"),
        (found_graphs.batch_statistics, "exported for training"),
        (found_graphs.two_heads, "2 possible outputs: poison_head:0.*--species-output"),
        (
            found_graphs.tensorrt_engine,
            "possible outputs: .*besides, the graph was built for one kind",
        ),
    ],
)
def test_a_graph_with_something_in_the_way_leaves_nothing(
    graphs: Graphs, tmp_path: Path, build: Any, words: str
) -> None:
    odd = tmp_path / "odd.pb"
    odd.write_bytes(build().SerializeToString())
    said = tree(input=dict(INPUT, width_px=SIDE, height_px=SIDE))
    said["heads"]["species"] = {"labels": ["a", "b", "c"]}
    (tmp_path / "out").mkdir()
    pair = {"poison": str(odd), "species": str(odd)}
    if build is found_graphs.two_heads:
        said["graphs"] = {"poison": {"output": "poison_head"}}
    with pytest.raises(GraphError, match=words.replace("species", "(poison|species)")):
        imported(pair, tmp_path / "out" / "b", said)
    assert list((tmp_path / "out").iterdir()) == []


def test_probabilities_are_never_taken_for_logits(tmp_path: Path) -> None:
    def build() -> None:
        probabilities = found_graphs.network(found_graphs.picture(), 2, "hidden")
        found_graphs.tf.multiply(probabilities, 1.0, name="answer")

    path = tmp_path / "odd.pb"
    path.write_bytes(found_graphs.graph_of(build).SerializeToString())
    said = tree(input=dict(INPUT, width_px=SIDE, height_px=SIDE))
    with pytest.raises(GraphError, match="adds up to 1 on every picture"):
        imported({"poison": str(path), "species": str(path)}, tmp_path / "b", said)


def with_one_sigmoid(folder: Path, **more: Any) -> Tuple[Graphs, Dict[str, Any]]:
    """A poison head that is near 1 on every picture, beside a plain species head."""
    (folder / "p.pb").write_bytes(found_graphs.sigmoids(1).SerializeToString())
    (folder / "s.pb").write_bytes(found_graphs.plain().SerializeToString())
    said = tree(input=dict(INPUT, width_px=SIDE, height_px=SIDE, std=[64.0] * 3))
    said["heads"]["poison"].update(more)
    said["heads"]["species"] = {"labels": ["a", "b", "c"]}
    return {"poison": str(folder / "p.pb"), "species": str(folder / "s.pb")}, said


@pytest.mark.parametrize("more", [{}, {"positive_label": "edible"}])
def test_one_sigmoid_is_read_as_keras_trains_it(tmp_path: Path, more: Any) -> None:
    label = more.get("positive_label", "poisonous")
    graphs, said = with_one_sigmoid(tmp_path, **more)
    report = imported(graphs, tmp_path / "b", said)
    loaded = bundle.load(str(tmp_path / "b"))
    value = float(loaded.golden.poison[0, 0])
    prediction = predict(
        HeadOutputs(loaded.golden.poison[0], loaded.golden.species[0]),
        loaded.manifest.poison,
        loaded.species_head,
    )
    assert value > 0.9
    expected = value if label == "poisonous" else 1.0 - value
    assert prediction.poison_p == pytest.approx(expected, rel=1e-6)
    words = "read as the probability of {}".format(label)
    assert words in "\n".join(wording.report_lines(report)).replace("'", "")
    assert words in (tmp_path / "b" / "card.md").read_text()


@pytest.mark.parametrize("head", ["poison", "species"])
def test_several_sigmoids_do_not_choose_among_labels(tmp_path: Path, head: str) -> None:
    graphs, said = with_one_sigmoid(tmp_path)
    path = tmp_path / "several.pb"
    path.write_bytes(found_graphs.sigmoids(3).SerializeToString())
    graphs[head] = str(path)
    with pytest.raises(
        GraphError, match="{} graph answers with sigmoids.*do not choose".format(head)
    ):
        imported(graphs, tmp_path / "b", said)
    assert not (tmp_path / "b").exists()


def test_a_bundle_that_is_there_is_never_touched(graphs: Graphs, tmp_path: Path) -> None:
    out = tmp_path / "b"
    out.mkdir()
    (out / "manifest.yaml").write_text("active")
    with pytest.raises(UsageError, match="exists already"):
        imported(graphs, out, tree())
    assert [path.read_text() for path in out.iterdir()] == ["active"]


def test_a_species_file_that_contradicts_the_labels_leaves_nothing(
    graphs: Graphs, tmp_path: Path
) -> None:
    facts = yaml.safe_load("species: {dock: {scientific_name: Rumex, poisonous: false}}")
    with pytest.raises(PlantdError, match="no entry for hemlock"):
        imported(graphs, tmp_path / "b", tree(), species_tree=facts)
    assert list(tmp_path.iterdir()) == []


def test_a_converter_that_answers_wrongly_leaves_nothing(graphs: Graphs, tmp_path: Path) -> None:
    def lying(step: Any, *arguments: Any) -> child.ChildResult:
        measured = child.call_here(step, *arguments)
        if step is importing.steps.reference:
            return measured._replace(result=measured.result[:, ::-1].copy())
        return measured

    with pytest.raises(GraphError, match="ONNX Runtime against TensorFlow"):
        importing.import_bundle(request(graphs, tmp_path / "b", tree()), run=lying)
    assert list(tmp_path.iterdir()) == []
