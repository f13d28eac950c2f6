"""A cheaper graph takes a bundle's place only if it answers alike; no picture is left out."""

import json
import shutil

import numpy as np
import onnx
import pytest
from host.support import coloured_plants
from support import tiny_bundle

from plantd import bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.errors import EX_DATAERR, EX_OK, EX_USAGE, NotFoundError
from plantd.quality import QualityLimits
from plantd.verdict import Thresholds
from plantd_calibration.cli import main
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import Photo, digests, in_split
from plantd_calibration.quantization import gate, quantize, quantized_bundle
from plantd_calibration.quantization.gate import GateInputs
from plantd_calibration.stats.scores import Scores
from plantd_engines.calibration import calibration_set as device_list
from plantd_engines.graph.dequantised_weights import with_weights_widened
from plantd_engines.proof.agreement import Answer, agreement, failures
from plantd_engines.proof.int8_gate import measure_agreement
from plantd_import.onnx_graph.agreement import outputs_of_session, session_of

RULE = Thresholds(0.5, 0.5, 0.1, 0.1, 0.5, quality=QualityLimits())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return coloured_plants.draw_world(tmp_path_factory.mktemp("world"))


def sides(poison_p, best=None) -> GateInputs:
    p = np.asarray(poison_p, float)
    n = len(p)
    ones = np.ones(n)
    nothing, no = np.full(n, np.nan), np.zeros(n, bool)
    scores = Scores(p, p, ones, ones, ones, nothing, nothing, no, no, np.ones(n, bool))
    return GateInputs(scores, np.zeros(n, int) if best is None else np.asarray(best))


def poisonous(n, bad):
    return np.arange(n) < bad


def failed(before, after, flags):
    return [one.what for one in gate.gate(before, after, flags, RULE).checks if not one.holds]


def test_the_same_graph_passes():
    same = sides([0.9] * 100 + [0.01] * 300)
    assert gate.gate(same, same, poisonous(400, 100), RULE).passed


def test_one_poisonous_plant_that_becomes_edible_fails_the_gate():
    before = sides([0.3] + [0.9] * 299 + [0.01] * 300)
    after = sides([0.01] + [0.9] * 299 + [0.01] * 300)
    assert failed(before, after, poisonous(600, 300)) == ["poisonous, called edible only now"]


def test_poison_that_is_lost_fails_the_gate():
    before = sides([0.9] * 100 + [0.01] * 900)
    after = sides([0.9] * 97 + [0.3] * 3 + [0.01] * 900)
    assert failed(before, after, poisonous(1000, 100)) == [
        "recognised as poisonous before, not any more"
    ]


def test_species_that_change_fail_the_gate():
    before = sides([0.9] * 100 + [0.01] * 100)
    after = before._replace(best=np.asarray([0] * 180 + [1] * 20))
    assert failed(before, after, poisonous(200, 100)) == ["same species in first place"]


def test_few_photographs_prove_nothing():
    same = sides([0.9] * 5 + [0.01] * 15)
    assert "same answer" in failed(same, same, poisonous(20, 5))


def test_the_graph_has_quantised_weights_symmetric_and_no_quantised_bias(world):
    loaded = bundle.load(str(world.bundle))
    photos = in_split(read_photos(world.data), "train")[:4]
    made = quantize.quantize(
        conv_graph(), photos, loaded.manifest.input, ("poison", "species"), False
    )
    kinds = {node.op_type for node in made.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear", "Conv"} <= kinds
    assert not [t for t in made.graph.initializer if t.data_type == onnx.TensorProto.INT32]
    zeros = [t for t in made.graph.initializer if t.name.endswith("_zero_point")]
    assert zeros
    assert all(not onnx.numpy_helper.to_array(zero).any() for zero in zeros)


def test_tensorrt_8_is_given_the_same_graph_with_weights_in_float(world):
    loaded = bundle.load(str(world.bundle))
    photos = in_split(read_photos(world.data), "train")[:4]
    heads = ("poison", "species")
    made = quantize.quantize(conv_graph(), photos, loaded.manifest.input, heads, False)
    wide = onnx.load_model_from_string(with_weights_widened(made.SerializeToString()))
    onnx.checker.check_model(wide, full_check=True)
    stored = {t.name: t.data_type for t in wide.graph.initializer}
    read = [n.input[0] for n in wide.graph.node if n.op_type == "DequantizeLinear"]
    assert onnx.TensorProto.INT8 not in {stored.get(name) for name in read}
    tensors = loaded.golden.tensors
    before, after = (
        outputs_of_session(session_of(one.SerializeToString()), tensors) for one in (made, wide)
    )
    for name in heads:
        np.testing.assert_allclose(after[name], before[name], atol=1e-6)


def conv_graph() -> onnx.ModelProto:
    """A convolution, a mean, and two heads: something that 8 bits apply to."""
    random = np.random.default_rng(0)
    helper, made = onnx.helper, onnx.numpy_helper.from_array
    weights = {
        "w": random.normal(0, 0.2, (8, 3, 3, 3)),
        "wp": random.normal(0, 1, (8, 2)),
        "ws": random.normal(0, 1, (8, 3)),
    }
    nodes = [
        helper.make_node("Transpose", ["input"], ["nchw"], "t", perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "w"], ["maps"], "conv"),
        helper.make_node("GlobalAveragePool", ["maps"], ["pooled"], "pool"),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"),
        helper.make_node("MatMul", ["flat", "wp"], ["poison"], "poison_head"),
        helper.make_node("MatMul", ["flat", "ws"], ["species"], "species_head"),
    ]
    shapes = (("input", [1, 32, 32, 3]), ("poison", [1, 2]), ("species", [1, 3]))
    infos = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in shapes]
    constants = [made(v.astype(np.float32), n) for n, v in weights.items()]
    graph = helper.make_graph(nodes, "tiny", infos[:1], infos[1:], constants)
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opset, ir_version=7)


def test_a_photograph_that_cannot_be_read_raises(world, tmp_path):
    loaded = bundle.load(str(world.bundle))
    gone = Photo(tmp_path / "gone.jpg", "clover", False, "train", "g")
    photos = [in_split(read_photos(world.data), "train")[0], gone]
    heads = ("poison", "species")
    with pytest.raises(NotFoundError, match=r"gone\.jpg"):
        quantize.quantize(conv_graph(), photos, loaded.manifest.input, heads, False)


def test_the_calibration_set_takes_as_many_of_each_species(world):
    train = in_split(read_photos(world.data), "train")
    chosen = quantized_bundle.calibration_set(train, 2)
    assert sorted(photo.label for photo in chosen) == sorted(2 * list(coloured_plants.COLOURS))
    assert chosen == quantized_bundle.calibration_set(train[::-1], 2)


@pytest.mark.parametrize(("text", "found"), [("flags: avx2 avx_vnni", True), ("avx2", False)])
def test_a_cpu_that_saturates_is_known_by_its_flags(tmp_path, text, found):
    (tmp_path / "cpuinfo").write_text(text)
    assert quantize.has_vnni(tmp_path / "cpuinfo") is found


def arguments(command, world, out, *more):
    common = ("--bundle", str(world.bundle), "--data", str(world.data))
    return [command, *common, "--out", str(out), "--cache", str(out.parent / "seen"), *more]


def test_a_bundle_that_passes_is_written_uncalibrated_with_its_set_listed(world, tmp_path):
    """The drawn network is nothing but its heads, which stay in float: its answers stay."""
    out = tmp_path / "int8"
    assert main(arguments("int8", world, out)) == EX_OK
    made = bundle.load(str(out))
    assert not made.manifest.calibrated
    assert made.manifest.version.endswith("+int8")
    told = json.loads((tmp_path / "int8.json").read_text())
    train = in_split(read_photos(world.data), "train")
    listed = [one["sha256"] for one in told["calibration_set"]]
    assert listed == digests(quantized_bundle.calibration_set(train, 3))
    assert told["passed"]
    assert len(told["timings"]) == 2


def test_half_precision_goes_through_the_same_gate(world, tmp_path):
    out = tmp_path / "fp16"
    assert main(arguments("int8", world, out, "--precision", "fp16")) == EX_OK
    made = bundle.load(str(out))
    assert made.manifest.version.endswith("+fp16")
    assert not made.manifest.calibrated
    kinds = {t.data_type for t in onnx.load(made.model_path).graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds
    told = json.loads((tmp_path / "fp16.json").read_text())
    assert told["precision"] == "fp16"
    assert told["passed"]
    assert told["calibration_set"] == []
    assert len(told["checks"]) == 4


def test_what_does_not_pass_leaves_no_bundle(world, tmp_path, capsys):
    """With few photographs the interval is too wide to say that answers stay the same."""
    few = tmp_path / "few"
    shutil.copytree(world.data, few)
    rows = (few / "manifest.csv").read_text().replace("plants/", "few/").splitlines()
    kept = [row for row in rows[1:] if ("train" in row and "clover" in row) or row.count("_00")]
    (few / "manifest.csv").write_text("\n".join([rows[0], *kept[:60]]) + "\n")
    odd = world._replace(data=few)
    assert main(arguments("int8", odd, tmp_path / "int8")) == EX_DATAERR
    assert "no bundle was written" in capsys.readouterr().err
    assert not (tmp_path / "int8").exists()
    assert (tmp_path / "int8.json").is_file()


def test_the_devices_set_is_the_one_of_int8_with_what_fp32_says(world, tmp_path):
    out = tmp_path / "inputs"
    assert main(arguments("inputs", world, out)) == EX_OK
    loaded = bundle.load(str(world.bundle))
    photos = read_photos(world.data)
    chosen = quantized_bundle.calibration_set(in_split(photos, "train"), 3)
    found = device_list.read(str(out), loaded.manifest.files["model.onnx"])
    device_list.check_pictures(found)
    assert [each.sha256 for each in found.calibrate] == digests(chosen)
    judging = quantized_bundle.judged_photos(loaded, photos, chosen)
    assert [each.picture.sha256 for each in found.judge] == digests(judging)
    assert sum(each.poisonous for each in found.judge) > 20
    with OnnxRuntimeEngine(loaded, threads=1) as engine:
        counted = measure_agreement(loaded, engine, found)
    assert counted.same_answer == counted.same_species == counted.n == len(judging)
    assert counted.lost == counted.missed == 0


def test_the_devices_gate_asks_what_the_workstations_asks():
    """Any counts: one gate by SciPy's intervals, one by the binomial tail."""
    random = np.random.default_rng(5)
    verdicts = []
    for _ in range(60):
        n = int(random.integers(1, 700))
        bad = poisonous(n, int(random.integers(0, n + 1)))
        noise = random.choice([0.0, 0.01, 0.02, 0.1])
        before = random.choice([0.01, 0.3, 0.9], n)
        after = np.where(random.random(n) < noise, random.choice([0.01, 0.3, 0.9], n), before)
        best = np.where(random.random(n) < noise, 1, 0)
        here = gate.gate(sides(before), sides(after, best), bad, RULE)
        there = failures(agreement(said(before, np.zeros(n)), said(after, best), bad))
        assert [told.split(":")[0] for told in there] == [
            check.what for check in here.checks if not check.holds
        ]
        verdicts.append(here.passed)
    assert len(set(verdicts)) == 2


def said(poison_p, best):
    answers = {0.01: "edible", 0.3: "unsure", 0.9: "poisonous"}
    return [Answer(answers[float(p)], str(int(b))) for p, b in zip(poison_p, best)]


def test_a_quantised_bundle_needs_no_set(world, tmp_path, capsys):
    quantised = tiny_bundle.quantise(tiny_bundle.make(str(tmp_path / "quantised")))
    odd = world._replace(bundle=quantised)
    assert main(arguments("inputs", odd, tmp_path / "inputs")) == EX_USAGE
    assert "holds its own quantisation" in capsys.readouterr().err
    assert not (tmp_path / "inputs").exists()


def test_a_folder_of_inputs_that_is_there_is_not_written_into(world, tmp_path, capsys):
    assert main(arguments("inputs", world, tmp_path)) == EX_USAGE
    assert "already" in capsys.readouterr().err


def test_a_folder_that_is_there_is_not_written_into(world, tmp_path, capsys):
    assert main(arguments("int8", world, tmp_path)) == EX_USAGE
    assert "already" in capsys.readouterr().err
