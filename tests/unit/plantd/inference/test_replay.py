"""A recorded press computed again: the first stage that differs, and by how much."""

import copy

import numpy as np
import pytest
from support import gpu, plans, tiny_bundle
from support.picture_bytes import encode_png
from support.wire_samples import MOMENT

from plantd import bundle, picture, quality, tensor, wire
from plantd.assessment import assess
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config
from plantd.errors import BundleError, PictureError
from plantd.inference import replay
from plantd.inference.replay import Kept


@pytest.fixture
def model(tmp_path):
    return bundle.load(tiny_bundle.make(str(tmp_path / "tiny")))


@pytest.fixture
def engine(model):
    with engine_from_config(EngineConfig(threads=1), model) as made:
        yield made


@pytest.fixture
def kept(model, engine) -> Kept:
    """A press as the service records it."""
    pixels = tiny_bundle.flat((90, 140, 60))
    resized = tensor.resize(pixels, model.manifest.input)
    outputs = engine.infer(tensor.from_resized(resized, model.manifest.input))
    height_px, width_px = pixels.shape[:2]
    measured = quality.measure(picture.thumbnail_grey(pixels), width_px, height_px)
    assessment = assess(model, [outputs], measured)
    verdict = wire.Verdict(
        seq=1042,
        moment=MOMENT,
        trigger="button",
        frame=wire.FrameFacts(measured),
        decision=assessment.decision,
        prediction=assessment.prediction,
        look_alikes=(),
        caution="",
        model=model.manifest.title,
        calibrated=True,
        engine=wire.EngineFacts(*engine.info[:3]),
        latency_ms=(),
        thresholds=model.manifest.thresholds,
    )
    recorded = wire.json_from_verdict(verdict)
    return Kept(recorded, encode_png(resized), picture.encode_jpeg(pixels, 90))


def changed(kept, **changes) -> Kept:
    return kept._replace(verdict=dict(copy.deepcopy(kept.verdict), **changes))


def test_the_same_engine_differs_nowhere(kept, model, engine):
    found = replay.replay(kept, model, engine)
    assert found.first is None
    assert [stage.name for stage in found.stages] == ["tensor", "poison", "species", "decision"]
    assert replay.lines(found)[-1] == "nothing differs"


def test_what_its_owner_had_switched_off_then_is_off_in_the_replay(kept, model, engine):
    edible = kept.verdict["verdict"] == "edible"
    assert edible
    off = changed(kept, verdict="unsure", rule="edible_off", reasons=["edible_off"])
    assert replay.replay(off, model, engine).first is None


def test_where_and_when_it_was_decides_again_in_the_replay(kept, model, engine):
    best = kept.verdict["species"][0]["label"]
    here = {**model.species, best: model.species[best]._replace(regions=("Europe",), months=(5,))}
    placed = model._replace(species=here)
    for place, rule in (
        ({"regions": ["Pacific"], "month": None}, "out_of_place"),
        ({"regions": ["Europe"], "month": 12}, "out_of_season"),
    ):
        unsure = changed(kept, verdict="unsure", rule=rule, reasons=[rule], place=place)
        assert replay.replay(unsure, placed, engine).first is None
    assert replay.replay(kept, placed, engine).first is None


def test_species_that_were_only_the_nearest_are_compared_all_the_same(kept, model, engine):
    nearest = [dict(each, p=each["p"] / 2) for each in kept.verdict["species"]]
    found = replay.replay(changed(kept, species=[], nearest=nearest), model, engine)
    assert found.first.name == "species"
    assert found.first.difference > 0.01


def test_a_burst_is_replayed_frame_by_frame(kept, model, engine):
    spec = model.manifest.input
    frames = [tensor.resize(tiny_bundle.flat(c), spec) for c in ((90, 140, 60), (60, 150, 80))]
    outputs = [engine.infer(tensor.from_resized(one, spec)) for one in frames]
    assessment = assess(model, outputs, quality.Quality(320, 240, 90.0, 90.0, 0.0, 0.0, 9.0))
    burst = changed(
        kept._replace(network_input=encode_png(np.concatenate(frames))),
        poison={"p": round(assessment.prediction.poison_p, 5)},
        poisonous_mass=round(assessment.prediction.poisonous_mass, 5),
        species=[{"label": c.label, "p": round(c.p, 5)} for c in assessment.prediction.species],
    )
    found = replay.replay(burst, model, engine)
    assert [stage.is_same for stage in found.stages[:3]] == [True, True, True]
    alone = burst._replace(network_input=encode_png(frames[0]))
    assert replay.replay(alone, model, engine).first is not None


def test_another_poison_head_is_the_first_difference(kept, model, engine):
    p = kept.verdict["poison"]["p"]
    found = replay.replay(changed(kept, poison={"p": p - 0.25}), model, engine)
    assert found.first.name == "poison"
    assert found.first.difference == pytest.approx(0.25, abs=1e-5)
    assert "poison, by 0.25000; MORE than the 0.002 that is allowed" in replay.lines(found)[-1]


def test_drift_within_the_precision_is_called_allowed(kept, model, engine):
    p = kept.verdict["poison"]["p"]
    recorded = changed(
        kept,
        poison={"p": p + 0.001},
        engine={"backend": "tensorrt", "precision": "fp16", "plan": "sha256:0"},
    )
    found = replay.replay(recorded, model, engine)
    assert (found.recorded, found.here) == ("tensorrt fp16", "onnxruntime fp32")
    assert "not more than the 0.02 that is allowed" in replay.verdict_line(found)


def test_other_species_are_found_behind_an_equal_poison_head(kept, model, engine):
    species = copy.deepcopy(kept.verdict["species"])
    species[1]["p"] += 0.125
    found = replay.replay(changed(kept, species=species), model, engine)
    assert found.first.name == "species"
    assert found.first.difference == pytest.approx(0.125, abs=1e-5)


def test_another_order_of_species_differs_even_when_the_numbers_agree(kept, model, engine):
    species = copy.deepcopy(kept.verdict["species"])[::-1]
    assert replay.replay(changed(kept, species=species), model, engine).first.name == "species"


def test_another_answer_from_the_same_values_is_the_decision(kept, model, engine):
    found = replay.replay(changed(kept, verdict="poisonous", rule="poison_head"), model, engine)
    assert found.first.name == "decision"
    assert found.first.recorded == "poisonous (poison_head)"
    assert replay.verdict_line(found) == "the first stage that differs: decision"


def test_other_reasons_for_the_same_answer_differ(kept, model, engine):
    found = replay.replay(changed(kept, reasons=["poor_picture", "else"]), model, engine)
    assert found.first.name == "decision"
    assert "other reasons" in found.first.note


def test_changed_thresholds_are_mentioned(kept, model, engine):
    thresholds = dict(kept.verdict["thresholds"], poison_p=0.99)
    found = replay.replay(changed(kept, thresholds=thresholds), model, engine)
    assert "thresholds are others now" in found.stages[-1].note


def test_another_model_is_the_first_difference(kept, model, engine):
    found = replay.replay(changed(kept, model="tiny 0.9.0"), model, engine)
    assert found.first.name == "tensor"
    assert "another model" in "\n".join(replay.lines(found))


def test_a_press_that_no_engine_answered_is_answered_now(kept, model, engine):
    recorded = changed(
        kept,
        poison={"p": None},
        species=[],
        poisonous_mass=None,
        energy=None,
        engine=None,
        verdict="unsure",
        rule="engine_fault",
        reasons=["engine_fault"],
    )
    found = replay.replay(recorded, model, engine)
    assert (found.first.name, found.first.recorded) == ("poison", "none")
    assert found.stages[-1].recorded == "unsure (engine_fault)"


def test_without_the_picture_the_recorded_figures_decide(kept, model, engine):
    found = replay.replay(kept._replace(picture=None), model, engine)
    assert found.first is None


def test_fp16_drift_on_a_gpu_is_measured(kept, model, tmp_path, monkeypatch):
    stack = gpu.stand_in(monkeypatch, "11.4")
    plans.build(stack, model, str(tmp_path / "engines"), "fp16")
    config = EngineConfig(backend="tensorrt", precision="fp16")
    with engine_from_config(config, model, str(tmp_path / "engines")) as engine:
        found = replay.replay(kept, model, engine)
    assert found.here == "tensorrt fp16"
    assert found.stages[1].difference <= found.allowed == 0.02


def test_an_input_of_another_size_is_refused(kept, model, engine):
    other = encode_png(tiny_bundle.flat(tiny_bundle.RED, 64, 64))
    with pytest.raises(BundleError, match="the kept network input is .*replay it with the model"):
        replay.replay(kept._replace(network_input=other), model, engine)


def test_a_damaged_input_is_refused(kept, model, engine):
    with pytest.raises(PictureError):
        replay.replay(kept._replace(network_input=kept.network_input[:40]), model, engine)


def test_as_json_every_stage_and_the_first_difference_are_there(kept, model, engine):
    told = replay.json_from_replay(replay.replay(kept, model, engine))
    assert told["first_difference"] is None
    names = [stage["name"] for stage in told["stages"]]
    assert names == ["tensor", "poison", "species", "decision"]
    assert all(stage["is_same"] for stage in told["stages"])
