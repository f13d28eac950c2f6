"""A whole network, once a fold and once on all: readings of photographs by who never saw them."""

import json
from pathlib import Path

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos, write_facts
from host.support.recipes import write_recipe

from plantd import bundle
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.engine.self_test import self_test
from plantd.errors import ConfigError, UsageError
from plantd.tensor import normalise
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import fingerprint
from plantd_calibration.stats.linear_heads import Linear
from plantd_training import trunks
from plantd_training.cli import arguments, main
from plantd_training.data.photos import Labels, labels_of
from plantd_training.data.pictures import tensors
from plantd_training.evaluation import head_metrics
from plantd_training.evaluation.outputs import Outputs, head_specs, poison_probability
from plantd_training.export import bundle_export
from plantd_training.methods import (
    cross_validation,
    finetune,
    finetune_run,
    learned,
    out_of_fold,
    trainings,
    unseen,
)
from plantd_training.methods.material import Material
from plantd_training.methods.recipe_file import read_recipe
from plantd_training.networks import network
from plantd_training.networks.network import POISON_OUTPUT
from plantd_training.networks.probe import Probe
from plantd_training.runtime import checkpoint

PLAN = {
    **{"canvas_px": 72, "answer_px": 72, "epochs": 2, "averaged": 2, "warmup": 1, "batch": 8},
    **{"rate": 0.0001, "decay": 0.01, "smoothing": 0.1, "dropout": 0.1, "poison_share": 0.7},
    **{"batch_norm": False, "depthwise": True, "frozen_stride": 0, "folds": 2, "seed": 3},
    "inverse_penalty": 1.0,
}
VARIED = {"flip": 1, "crop": 0.3, "mixup": 0.2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    photos = read_photos(draw_photos(folder / "drawn", each=(8, 3, 1)))
    path = write_recipe(folder, augment=VARIED, finetune=PLAN)
    options = ["--data", str(folder / "drawn"), "--recipe", str(path), "--cache", str(folder / "c")]
    assert main(["weights", *options]) == 0
    return read_recipe(path), photos, folder, options


def test_every_photograph_of_train_and_val_is_read_by_a_network_that_did_not_see_it(made):
    recipe, photos, folder, _ = made
    found = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    assert {photo.split for photo in found.photos} == {"train", "val"}
    assert sorted(set(found.folds)) == [0, 1]
    assert np.isfinite(found.unseen.poison).all()
    assert np.isfinite(found.unseen.species).all()
    places = np.flatnonzero(found.folds == 0)
    left_out = weights_of(cross_validation.train(recipe, Material(photos, folder / "c")))
    net = unseen.network_of(recipe, labels_of(photos), left_out)
    shown = tensors([found.photos[n] for n in places], unseen.answer_spec(recipe))
    _, species = finetune.logits(net, shown)
    np.testing.assert_allclose(found.unseen.species[places], species, rtol=1e-4, atol=1e-4)


def test_a_group_lies_in_one_fold(made):
    recipe, photos, _, _ = made
    known = [photo._replace(group=photo.label + photo.path.stem[-1]) for photo in photos]
    held = learned.learned(recipe, known, [])
    by_group = {}
    for photo, fold in zip(held.known, held.folds):
        by_group.setdefault(photo.group, set()).add(int(fold))
    assert all(len(where) == 1 for where in by_group.values())


def test_what_calibration_reads_names_photographs_labels_and_recipe(made):
    recipe, photos, folder, _ = made
    path = cross_validation.train(recipe, Material(photos, folder / "c")) / out_of_fold.FILE
    found = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    with np.load(str(path), allow_pickle=False) as kept:
        assert list(kept["labels"]) == list(labels_of(photos).species)
        assert [str(name).split("/")[-1] for name in kept["file"]] == [
            photo.path.name for photo in found.photos
        ]
        np.testing.assert_array_equal(kept["species"], found.unseen.species)
        told = json.loads(str(kept["recipe"]))
    assert told == {
        **{"name": "drawn", "version": "0.0.1", "folds": 2},
        "data_fingerprint": fingerprint(found.photos),
    }


def test_the_network_that_ships_is_the_one_that_saw_all(made):
    recipe, photos, folder, _ = made
    found = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    net = finetune_run.answering(recipe, labels_of(photos), found)
    for weight, kept in zip(net.get_weights(), found.members[0].weights):
        np.testing.assert_array_equal(weight, kept)
    poison, species = finetune.logits(net, np.zeros((3, 72, 72, 3), np.float32))
    assert Outputs(poison, species).poison.shape == (3, 2)
    assert np.isfinite(species).all()


def test_asked_again_nothing_is_trained_again(made):
    _, _, folder, options = made
    before = {path: path.stat().st_mtime_ns for path in (folder / "c").rglob("weights.npz")}
    assert len(before) == 3
    assert main(["weights", *options]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_asked_at_another_side_only_the_readings_are_new(made):
    recipe, photos, folder, _ = made
    before = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    larger = recipe._replace(settings=recipe.settings._replace(answer_px=80))
    found = cross_validation.ensemble(larger, Material(photos, folder / "c"))
    for one, other in zip(found.members[0].weights, before.members[0].weights):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(found.unseen.species, before.unseen.species)
    assert len(list((folder / "c").glob("whole_*"))) == 1
    cross_validation.ensemble(recipe, Material(photos, folder / "c"))


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_training_that_was_killed_ends_the_same(made, monkeypatch, epoch):
    recipe, photos, folder, _ = made
    first = cross_validation.train(recipe, Material(photos, folder / "c"), only=0)
    second = folder / "killed{}".format(epoch)
    keep = checkpoint.keep

    def killed(place, groups, history):
        keep(place, groups, history)
        if len(history) == epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        cross_validation.train(recipe, Material(photos, second), only=0)
    monkeypatch.undo()
    cross_validation.train(recipe, Material(photos, second), only=0)
    one, other = (weights_of(folder / name / first.name) for name in ("c", second.name))
    assert len(one) == len(other)
    for weight, same in zip(one, other):
        np.testing.assert_allclose(weight, same, rtol=1e-4, atol=1e-4)


def weights_of(folder):
    with np.load(str(folder / "fold0" / trainings.WEIGHTS)) as kept:
        return [kept[name] for name in sorted(kept.files)]


def drawn_at_random(count):
    random, places = np.random.default_rng(1), np.arange(count)
    labels = np.concatenate([np.eye(2)[places % 2], np.eye(4)[places % 4]], axis=1)
    pixels = random.integers(0, 256, (count, 72, 72, 3)).astype(np.uint8)
    return finetune.Examples(pixels, labels.astype(np.float32))


def trainable(plan, shown):
    return finetune.trainable_network(
        "tiny", trunks.input_spec("tiny", 64), (), plan, shown, trunks.RANDOM
    )


def heads_of(learner):
    layers = (learner.network.get_layer(name) for name in ("poison", "species"))
    return Probe(*(Linear(*layer.get_weights()) for layer in layers))


def test_at_the_end_it_has_the_mean_of_the_weights_of_the_averaged_epochs(tmp_path, monkeypatch):
    plan, shown = finetune.Finetune(**PLAN), drawn_at_random(16)
    learner = trainable(plan, shown)
    ended = []
    monkeypatch.setattr(checkpoint, "keep", lambda *_: ended.append(learner.network.get_weights()))
    finetune.train(learner, shown, plan, tmp_path, heads_of(learner))
    assert len(ended) == 4
    assert not np.array_equal(ended[2][-1], ended[3][-1])
    for weight, third, fourth in zip(learner.network.get_weights(), *ended[2:]):
        np.testing.assert_allclose(weight, (third + fourth) / 2, rtol=1e-4, atol=1e-6)


def test_the_cosine_ends_with_the_photographs_that_are_left_to_learn_from(tmp_path):
    plan, shown = finetune.Finetune(**{**PLAN, "averaged": 0}), drawn_at_random(48)
    learner = trainable(plan, shown)
    finetune.train(learner, shown.chosen(np.arange(16)), plan, tmp_path, heads_of(learner))
    optimizer = learner.trainer.optimizer
    assert int(optimizer.iterations) == plan.epochs * 16 // plan.batch
    # What would come next is the first of two steps of another warm-up.
    assert float(optimizer.learning_rate) == pytest.approx(plan.rate / 2)


def test_the_rate_falls_as_a_cosine_and_rises_again_for_the_averaged_epochs():
    plan = finetune.Finetune(**{**PLAN, "epochs": 4, "averaged": 3, "warmup": 1, "rate": 0.5})
    rate = finetune.Rate(plan, steps=10)
    told = [float(rate(step)) for step in range(70)]
    assert told[0] == 0.0
    assert max(told[:40]) == told[10] == pytest.approx(0.5)
    assert told[10:40] == sorted(told[10:40], reverse=True)
    assert told[39] < 0.005
    assert told[40:50] == pytest.approx(np.linspace(0.05, 0.5, 10))
    assert told[50:] == pytest.approx([0.5] * 20)


def test_the_trunk_stays_as_it_was_up_to_the_frozen_stride():
    plan = finetune.Finetune(**{**PLAN, "frozen_stride": 8})
    net = finetune.network("lite0", 3, plan, trunks.RANDOM)
    learning = {layer.name for layer in net.layers if layer.trainable_weights}
    assert not {name for name in learning if name < "block05"}
    assert {"block05_expand_conv", "top_conv", "poison", "species"} <= learning


def test_the_poison_head_hears_the_best_species_of_each_side():
    labels = Labels(("Bluebell", "foxglove", "Sunflower"), (False, True, False))
    net = finetune.network("tiny", 3, finetune.Finetune(**PLAN), trunks.RANDOM, 64)
    values = np.random.default_rng(2).normal(size=(5, 64, 64, 3)).astype(np.float32)
    poison, species = finetune.logits(net, values)
    both = network.with_species_evidence(net, labels)
    assert both.output_names == ["poison", "species"]
    told, same = finetune.logits(both, values)
    np.testing.assert_array_equal(same, species)
    best = np.stack([species[:, [0, 2]].max(axis=1), species[:, 1]], axis=1)
    np.testing.assert_allclose(told, poison + best, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("poisonous", [False, True])
def test_where_labels_know_one_side_the_poison_head_speaks_alone(poisonous):
    net = finetune.network("tiny", 2, finetune.Finetune(**PLAN), trunks.RANDOM, 64)
    assert (
        network.with_species_evidence(net, Labels(("Bluebell", "foxglove"), (poisonous,) * 2))
        is net
    )


def test_a_stride_that_the_trunk_has_not_is_refused():
    with pytest.raises(UsageError, match="lite0 has no block at stride 3"):
        trunks.names_below("lite0", 3)


def test_the_normalisation_inside_is_the_device_s():
    spec = trunks.input_spec("lite0", 64)
    layer = finetune.normalisation(spec)
    pixels = np.arange(2 * 4 * 4 * 3, dtype=np.float32).reshape(2, 4, 4, 3)
    np.testing.assert_allclose(np.asarray(layer(pixels)), normalise(pixels, spec), atol=1e-6)


def test_a_whole_section_names_what_is_missing(tmp_path):
    plan = {key: value for key, value in PLAN.items() if key != "folds"}
    with pytest.raises(ConfigError, match=r"finetune\.folds is missing"):
        read_recipe(write_recipe(tmp_path, finetune=plan))


@pytest.fixture(scope="module")
def shipped(made):
    _, _, folder, options = made
    write_facts(folder / "facts.yaml")
    files = ("--species", str(folder / "facts.yaml"), "--looks", str(folder / "looks.csv"))
    assert main(["bundle", *options, *files, "--out", str(folder / "bundle")]) == 0
    return bundle.load(str(folder / "bundle"))


def test_the_bundle_is_the_network_that_saw_all_at_the_side_it_is_asked_at(made, shipped):
    recipe, photos, folder, _ = made
    found = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    net = finetune_run.answering(recipe, labels_of(photos), found)
    values = tensors(photos[:4], shipped.manifest.input)
    assert values.shape[1:3] == (72, 72)
    _, species = finetune.logits(net, values)
    with OnnxRuntimeEngine(shipped, threads=1) as engine:
        self_test(shipped, engine)
        stored = np.stack([engine.infer(one[np.newaxis]).species.ravel() for one in values])
    np.testing.assert_allclose(stored, species, atol=0.05)


def test_its_figures_and_its_poison_threshold_are_those_of_unseen_photographs(made, shipped):
    recipe, photos, folder, _ = made
    found = cross_validation.ensemble(recipe, Material(photos, folder / "c"))
    metrics = shipped.manifest.metrics
    wanted = [labels_of(photos).place_of(photo.label) for photo in found.photos]
    top1 = (found.unseen.species.argmax(axis=1) == wanted).mean()
    assert metrics["out_of_fold_top1"] == pytest.approx(top1, abs=1e-4)
    assert "val_top1" not in metrics
    head = head_specs(labels_of(photos))[POISON_OUTPUT]
    p = poison_probability(found.unseen, head)
    harmless = [not photo.poisonous for photo in found.photos]
    threshold = metrics["poison_threshold"]
    assert threshold == pytest.approx(np.quantile(p[harmless], head_metrics.EDIBLE_PASSED))
    passed = (p[harmless] < threshold).mean()
    assert metrics["out_of_fold_edible_passed"] == pytest.approx(passed, abs=1e-4)
    assert shipped.manifest.data_fingerprint == fingerprint(found.photos)


def test_its_card_says_where_the_threshold_comes_from(shipped):
    card = (Path(shipped.path) / bundle.CARD).read_text()
    assert "the mean of the weights that they ended with ships" in card
    assert "raised by the best species logit of its side" in card
    assert "each read by one of 2 networks that had not learned from it" in card
    assert "| out of fold |" in card


def test_evaluation_takes_the_threshold_that_the_bundle_was_frozen_with(made, shipped, capsys):
    _, _, folder, _ = made
    words = ["--bundle", shipped.path, "--data", str(folder / "drawn"), "--split", "test"]
    assert main(["evaluate", *words, "--out", str(folder / "told")]) == 0
    told = json.loads((folder / "told" / "evaluation.json").read_text())
    frozen = shipped.manifest.metrics["poison_threshold"]
    assert told["poison"]["threshold"] == pytest.approx(frozen)


@pytest.fixture(scope="module")
def pair(made):
    _, photos, folder, _ = made
    (folder / "pair").mkdir()
    plan = {**PLAN, "answer_px": 64}
    looks = {"side_px": 72, "crop_px": 56}
    other = write_recipe(
        folder / "pair", name="smaller", side_px=48, finetune=plan, test_time_augmentation=looks
    )
    other.rename(folder / "pair" / "smaller.yaml")
    path = write_recipe(folder / "pair", augment=VARIED, finetune=PLAN, also=["smaller.yaml"])
    return read_recipe(path), photos, folder / "c"


def test_networks_that_answer_together_are_the_mean_of_each(pair):
    recipe, photos, cache = pair
    labels, found = labels_of(photos), cross_validation.ensemble(recipe, Material(photos, cache))
    assert [one.name for one in recipe.networks] == ["drawn", "smaller"]
    values = tensors(photos[:3], unseen.answer_spec(recipe))
    apart = [
        finetune.logits(unseen.network_of(one, labels, member.weights), values)
        for one, member in zip(recipe.networks, found.members)
    ]
    both = finetune_run.answering(recipe, labels, found)
    assert both.output_names == ["poison", "species"]
    for place, told in enumerate(finetune.logits(both, values)):
        mean = (apart[0][place] + apart[1][place]) / 2
        np.testing.assert_allclose(told, mean, rtol=1e-4, atol=1e-4)
    alone = [member.unseen.species for member in found.members]
    np.testing.assert_allclose(found.unseen.species, (alone[0] + alone[1]) / 2, rtol=1e-5)


def test_a_pair_becomes_one_bundle(pair):
    recipe, photos, cache = pair
    write_facts(cache / "facts.yaml")
    files = (cache / "facts.yaml", cache / "bundle", cache / "looks.csv")
    order = bundle_export.ExportRequest("pair", "0.0.1", "2026-01-01", *files, command="-")
    bundle_export.make(finetune_run.train(recipe, Material(photos, cache)), photos, order)
    made = bundle.load(str(cache / "bundle"))
    with OnnxRuntimeEngine(made, threads=1) as engine:
        self_test(made, engine)
    assert "2 networks answer together" in (cache / "bundle" / bundle.CARD).read_text()


def test_networks_that_see_different_inputs_do_not_answer_together(made, tmp_path):
    other = write_recipe(tmp_path, name="larger", finetune={**PLAN, "answer_px": 96})
    other.rename(tmp_path / "larger.yaml")
    with pytest.raises(ConfigError, match="larger differs in preprocessing, answer_px"):
        read_recipe(write_recipe(tmp_path, finetune=PLAN, also=["larger.yaml"]))


def test_a_fold_that_holds_all_of_a_label_is_refused(made, tmp_path):
    recipe, photos, _, _ = made
    together = [
        photo._replace(group="all") if photo.label == photos[0].label else photo for photo in photos
    ]
    with pytest.raises(UsageError, match="no photograph of {}".format(photos[0].label)):
        cross_validation.train(recipe, Material(together, tmp_path))


def test_the_recipe_that_comes_with_it_can_be_read():
    recipe = read_recipe(arguments.ROOM / "recipes" / "plants70.yaml")
    assert recipe.settings.folds > 1
    assert recipe.settings.epochs > 0
