"""Training by configuration: it resumes to the same result, stops early, runs on two devices."""

import csv
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
import yaml
from host.support.drawn_photos import draw_photos

from plantd.errors import ConfigError, GraphError, NotFoundError, UsageError
from plantd.tree_reader import TreeReader
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import in_split
from plantd_training import cli, trunks
from plantd_training.data.photos import labels_of
from plantd_training.experiments import config, dataset, factory, fit, runs
from plantd_training.networks import heads
from plantd_training.runtime import distribution

TREE = {
    "trunk": "tiny",
    "weights": "random",
    "side_px": 32,
    "augment": {"flip": 1, "brightness": 0.1, "mixup": 0.2},
    "balance": 0.5,
    "heads": {"species": {"kind": "dense", "widths": [8], "dropout": 0.2}},
    "epochs": 3,
    "batch": 6,
}


def settings(**changes):
    return config.config_from_tree({**TREE, **changes}, "test")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("fit") / "drawn", each=(4, 2, 1))


@pytest.fixture(scope="module")
def photos(data):
    return read_photos(data)


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    """A training that nothing disturbed: its folder and its history."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, fit.fit(job(photos, folder))["joint"]


def job(photos, folder, **changes):
    return fit.FitJob(settings(**changes), photos, labels_of(photos), folder)


def weights(folder):
    run = runs.read_run(folder)
    return run.heads.poison.get_weights() + run.heads.species.get_weights()


def command(data, folder, tree):
    (folder / "fit.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    return [sys.executable, "-m", "plantd_training.cli", "fit", str(folder / "fit.yaml")] + [
        *("--data", str(data), "--out", str(folder / "out"))
    ]


def test_a_killed_training_resumes_to_the_same_result(data, photos, whole, tmp_path):
    words = command(data, tmp_path, config.tree_from_config(settings()))
    with subprocess.Popen(words, stderr=subprocess.PIPE, universal_newlines=True) as child:
        for line in child.stderr:
            if line.startswith("epoch 2"):
                child.kill()
                break
    assert child.returncode == -9
    history = fit.fit(job(photos, tmp_path / "out"))["joint"]
    assert history == whole[1]
    for one, other in zip(weights(tmp_path / "out"), weights(whole[0])):
        np.testing.assert_array_equal(one, other)


def test_ctrl_c_ends_a_training_without_a_traceback(data, tmp_path):
    words = command(data, tmp_path, config.tree_from_config(settings(epochs=50)))
    told = []
    with subprocess.Popen(words, stderr=subprocess.PIPE, universal_newlines=True) as child:
        for line in child.stderr:
            # Once: there are epochs from 10 on, too.
            if line.startswith("epoch 1") and not any(one.startswith("epoch 1") for one in told):
                child.send_signal(signal.SIGINT)
            told.append(line)
    assert child.returncode == 130
    assert "Traceback" not in "".join(told)


def test_history_is_a_csv_with_a_row_an_epoch(whole):
    folder, history = whole
    with (folder / "joint" / "history.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["val_loss"]) for row in rows] == [row["val_loss"] for row in history]
    assert {"val_species_top1", "val_species_top5", "val_poison_recall"} <= set(rows[0])


def test_tensorboard_finds_every_epoch(whole):
    from tensorflow.core.util import event_pb2
    from tensorflow.data import TFRecordDataset

    files = sorted(str(path) for path in (whole[0] / "joint" / "tensorboard").iterdir())
    events = [event_pb2.Event.FromString(r.numpy()) for r in TFRecordDataset(files)]
    seen = {e.step for e in events for v in e.summary.value if v.tag == "val_loss"}
    assert seen == {0, 1, 2}


def test_a_finished_training_is_not_trained_again(photos, whole):
    before = weights(whole[0])
    assert fit.fit(job(photos, whole[0]))["joint"] == whole[1]
    for one, other in zip(before, weights(whole[0])):
        np.testing.assert_array_equal(one, other)


def test_another_training_in_the_same_folder_is_refused(photos, whole):
    with pytest.raises(GraphError, match="another training"):
        fit.fit(job(photos, whole[0], rate=0.5))


@pytest.fixture(scope="module")
def separate(photos, tmp_path_factory):
    """A network a head, with a rate so high that nothing gets better."""
    folder = tmp_path_factory.mktemp("separate")
    hopeless = {"rate": 10.0, "schedule": "constant", "epochs": 9, "patience": 1}
    return folder, fit.fit(job(photos, folder, joint=False, **hopeless))


def test_early_stopping_ends_a_training_that_gets_no_better(separate):
    for history in separate[1].values():
        losses = [row["val_loss"] for row in history]
        assert len(losses) < 9
        assert losses.index(min(losses)) == len(losses) - 2


def test_separate_networks_as_in_the_study(separate):
    folder, histories = separate
    assert sorted(histories) == ["poison", "species"]
    assert {"val_accuracy", "val_precision", "val_recall"} <= set(histories["poison"][0])
    run = runs.read_run(folder)
    assert run.heads.poison.output_shape == (None, 2)
    assert run.heads.species.output_shape == (None, 3)


def test_mirrored_on_two_logical_devices_trains(data, tmp_path):
    tree = config.tree_from_config(settings(epochs=1))
    words = command(data, tmp_path, tree) + ["--distribute", "mirrored", "--logical-devices", "2"]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    assert runs.read_run(tmp_path / "out").labels.species == ("Bluebell", "Sunflower", "foxglove")


def test_several_workers_are_refused_with_the_reason():
    with pytest.raises(UsageError, match="keras issue 20585"):
        distribution.strategy("workers")


@pytest.mark.parametrize(("choice", "count"), [("none", 2), ("mirrored", 0)])
def test_logical_devices_that_nothing_uses_are_refused(choice, count):
    with pytest.raises(UsageError, match="with --distribute mirrored"):
        distribution.strategy(choice, count)


def test_a_run_that_has_not_ended_says_so(whole, tmp_path):
    for name in ("config.yaml", "labels.yaml"):
        (tmp_path / name).write_text((whole[0] / name).read_text())
    (tmp_path / "joint").mkdir()
    with pytest.raises(NotFoundError, match="has not ended"):
        runs.read_run(tmp_path)


@pytest.mark.parametrize("pool", ["average", "flatten"])
@pytest.mark.parametrize("kind", ["dense", "cnn", "residual"])
def test_every_head_gives_logits_on_any_pool(kind, pool):
    reader = TreeReader("a head")
    tree = {"kind": kind, "pool": pool, "widths": [4, 3], "activation": "tanh", "dropout": 0.1}
    shape = heads.read_head_shape(reader, tree, "head")
    maps = keras.Input((4, 4, 8))
    model = keras.Model(maps, heads.logits(maps, shape, 5, "species", seed=1))
    assert not reader.problems
    assert model(np.ones((2, 4, 4, 8), np.float32)).shape == (2, 5)
    assert model.output_names == ["species"]


def test_a_frozen_trunk_leaves_only_the_heads_to_train():
    names = {"poison": 2, "species": 3}
    frozen = factory.network(settings(frozen=True), names)
    free = factory.network(settings(frozen=False), names)
    assert len(frozen.trainable_variables) == 6
    assert len(free.trainable_variables) > 50


def test_every_problem_of_a_configuration_is_named():
    tree = {"trunk": "lite9", "epoch": 3, "rate": "fast", "augment": {"blur": 1}, "batch": 0}
    tree["heads"] = {"poison": {"kind": "rnn"}, "colour": {}}
    with pytest.raises(ConfigError) as caught:
        config.config_from_tree(tree, "x.yaml")
    told = str(caught.value)
    for part in (
        "x.yaml: trunk is 'lite9'; expected one of lite0, lite1, lite2, tiny, resnet50",
        "epoch is not a key of a training; did you mean 'epochs'?",
        "rate is 'fast'; expected a number",
        "batch is 0; expected a whole number from 1 to 4096",
        "augment.blur is not a key of a training",
        "heads.poison.kind is 'rnn'; expected one of dense, cnn, residual",
        "heads.colour is not a key of a training",
    ):
        assert part in told


def test_keys_that_are_no_words_are_named_too():
    with pytest.raises(ConfigError, match="x.yaml: 1 is not a key"):
        config.config_from_tree({"trunk": "lite0", 1: "x", "foo": 2}, "x.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "fit.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not YAML"):
        config.read_config(tmp_path / "fit.yaml")
    with pytest.raises(NotFoundError, match="Is a directory"):
        config.read_config(tmp_path)


def test_a_configuration_survives_being_written_down():
    wanted = settings()
    assert config.config_from_tree(config.tree_from_config(wanted), "again") == wanted


@pytest.mark.parametrize("name", ["fit", "study"])
def test_the_documented_configurations_are_valid(name):
    path = cli.arguments.ROOM / "recipes" / (name + ".yaml")
    assert config.read_config(path).trunk in trunks.NAMES


def test_schedules_lower_the_rate_as_they_are_called():
    rates = {
        name: fit._schedule(settings(schedule=name, rate=0.1, epochs=9), 10)
        for name in ("cosine", "step")
    }
    assert fit._schedule(settings(schedule="constant", rate=0.1), 10) == 0.1
    told = {name: [float(rate(step)) for step in (0, 29, 45, 90)] for name, rate in rates.items()}
    np.testing.assert_allclose(told["cosine"], [0.1, 0.0767, 0.05, 0], atol=1e-3)
    np.testing.assert_allclose(told["step"], [0.1, 0.1, 0.01, 1e-4], rtol=1e-3)


def reading(photos, **changes):
    spec = trunks.input_spec("tiny", 32)
    return dataset.Reading(spec, labels_of(photos), ("poison", "species"), 4, **changes)


def test_an_epoch_depends_on_seed_and_number_alone(photos):
    train, given = in_split(photos, "train"), reading(photos, strengths=(("crop", 0.4),), seed=3)
    first, again, other = (
        np.concatenate([x.numpy() for x, _ in dataset.training_epoch(train, given, epoch)])
        for epoch in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_balance_sets_the_share_of_poisonous_photographs(photos):
    flags = [False] * 90 + [True] * 10
    order = dataset.epoch_order(flags, reading(photos, balance=0.4), 0)
    assert len(order) == 100
    assert sum(flags[i] for i in order) == 40
    assert min(np.bincount(order, minlength=100)[90:]) == 4
    plain = dataset.epoch_order(flags, reading(photos), 0)
    assert sorted(plain) == list(range(100))


def test_validation_sees_what_the_device_sees(photos):
    from plantd_training.data.pictures import tensors

    val, given = in_split(photos, "val"), reading(photos)
    seen = np.concatenate([x.numpy() for x, _ in dataset.plain(val, given)])
    np.testing.assert_array_equal(seen, tensors(val, given.spec))


def test_training_without_augmentation_sees_what_the_device_sees(photos):
    from plantd_training.data.pictures import tensors

    train, given = in_split(photos, "train"), reading(photos)
    shown = [train[i] for i in dataset.epoch_order([p.poisonous for p in train], given, 3)]
    seen = np.concatenate([x.numpy() for x, _ in dataset.training_epoch(train, given, 3)])
    np.testing.assert_allclose(seen, tensors(shown, given.spec), atol=1e-6)
