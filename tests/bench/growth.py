"""What a training takes a photograph, and its memory for N and for 4 N; what many would take.

usage: tests/bench/growth.py [--photos 96] [--memory 1500] [--folder FOLDER]    (make bench-growth)

Everything is drawn. Each measurement is a process of its own with one thread, as a task of a
cluster is: the times with the default recipe's network, the memory with a tiny one at the same
size of picture. What 50,000 and 1,000,000 photographs would take is computed from these figures,
as a straight line, and is no measurement.
"""

import argparse
import csv
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
for _room in ("daemon", "engines", "calibration", "tests"):
    sys.path.insert(0, str(TOP / _room))

RECIPE = TOP / "engines/plantd_training/recipes/plants70.yaml"
BUNDLE = TOP / "engines/bundles/plants70"
PLANNED = (50_000, 1_000_000)
MACHINES = (1, 3, 10)
SIDE_PX = 512
DISTINCT = 48
ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)


def draw(folder: Path, count: int) -> Path:
    """Draw a folder of photographs, some of them again and again under other names."""
    import numpy as np
    from host.support.drawn_photos import COLUMNS, KINDS
    from host.support.drawn_plant import drawn_plant

    from plantd.picture import encode_jpeg

    random, rows = np.random.default_rng(1), []
    kinds = list(KINDS.items())
    pictures = [
        encode_jpeg(drawn_plant(random, SIDE_PX, SIDE_PX, kinds[place % 3][1][0]), 92)
        for place in range(DISTINCT)
    ]
    for place in range(count):
        label, (_, poisonous) = kinds[place % 3]
        name = "train/{}/{:06d}.jpg".format(label, place)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(pictures[place % DISTINCT])
        row = (folder.name + "/" + name, label, int(poisonous), "train", "drawn", str(place))
        rows.append(row)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([COLUMNS, *rows])
    return folder


class Memory(threading.Thread):
    """The most memory that this process had at any moment, in MB: its own, and all that it saw."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ends, self.own_mb, self.all_mb = threading.Event(), 0.0, 0.0

    def run(self) -> None:
        while not self._ends.wait(0.02):
            self.look()

    def look(self) -> None:
        with open("/proc/self/status", encoding="ascii") as status:
            read = dict(line.split(":", 1) for line in status)
        own, everything = (float(read[name].split()[0]) / 1e3 for name in ("RssAnon", "VmRSS"))
        self.own_mb, self.all_mb = max(self.own_mb, own), max(self.all_mb, everything)

    def close(self) -> None:
        self._ends.set()
        self.join()


def measure(folder: Path, tiny: bool) -> dict:
    """Train one fold of the photographs in `folder` for one epoch; return seconds and megabytes."""
    from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly

    tensorflow_quietly()
    logging.disable(logging.INFO)
    from plantd_calibration.data.photo_lists import read_photos
    from plantd_training.data import pixel_files
    from plantd_training.evaluation.predictors import OnnxPredictor
    from plantd_training.methods import finetune, trainings, unseen
    from plantd_training.methods.learned import learned
    from plantd_training.methods.recipe_file import read_recipe
    from plantd_training.trunks import RANDOM

    recipe = read_recipe(RECIPE)._replace(strangers="", division=None, weights=RANDOM)
    plan = recipe.settings._replace(epochs=1, averaged=0, folds=3)
    recipe = recipe._replace(settings=plan, trunk="tiny" if tiny else recipe.trunk)
    photos, took, memory = read_photos(folder), {}, Memory()
    memory.start()

    def timed(name, call, count):
        # Of the processor: others may work beside it.
        began = time.process_time()
        found = call()
        took[name] = (time.process_time() - began) / count
        return found

    held = learned(recipe, photos, [])
    cache = folder.with_name(folder.name + "-cache")
    place = trainings.folder_of(recipe, held, cache)
    data = timed(
        "read", lambda: trainings.training_set(recipe, held, place, cache), len(held.photos)
    )
    learner = finetune.trainable_network(
        recipe.trunk, data.spec, recipe.augment, plan, data.examples, RANDOM
    )
    features = timed("features", lambda: trainings.trunk_features(learner, data), len(held.photos))
    seen = (held.folds != 0).nonzero()[0]
    shown = data.examples.chosen(seen)
    probe = timed("probe", lambda: trainings.probe_of(features[seen], shown.labels, 1.0), len(seen))
    # Whole batches only.
    learnt = len(seen) // plan.batch * plan.batch
    for epochs in (1, 3):
        longer, kept = plan._replace(epochs=epochs, warmup=0), cache / "for{}".format(epochs)
        timed(kept.name, partial(finetune.train, learner, shown, longer, kept, probe), learnt)
    # Compiling is in both.
    took["train"] = (took.pop("for3") - took.pop("for1")) / 2
    memory.look()
    path = pixel_files.path_of(
        held.photos, data.spec._replace(width_px=plan.canvas_px, height_px=plan.canvas_px), cache
    )
    weights = {"{:04d}".format(n): one for n, one in enumerate(learner.network.get_weights())}
    reading = unseen.readings(recipe, held, place)[0]
    from plantd_training.methods.out_of_fold import save_arrays

    save_arrays(reading.weights, weights)
    timed("unseen", lambda: unseen.read(reading), len(reading.photos))
    if not tiny:
        with OnnxPredictor(BUNDLE) as predictor:
            predictor.answer(photos[0])
            timed("answer", lambda: [predictor.answer(one) for one in photos], len(photos))
    memory.close()
    return {
        **{"photos": len(photos), "seconds": took},
        **{"own_mb": memory.own_mb, "all_mb": memory.all_mb},
        "pixels_bytes": path.stat().st_size,
        "features_bytes": features.nbytes,
        "state_bytes": (cache / "for3" / "state.npz").stat().st_size,
        "weights_bytes": reading.weights.stat().st_size,
        "photo_bytes": sum(one.path.stat().st_size for one in photos) / len(photos),
    }


def measured(folder: Path, count: int, tiny: bool) -> dict:
    """The same in a process of its own."""
    draw(folder, count)
    words = [sys.executable, __file__, "--measure", str(folder)] + (["--tiny"] if tiny else [])
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}
    told = subprocess.check_output(words, env=environment, stdin=subprocess.DEVNULL)
    shutil.rmtree(folder)
    shutil.rmtree(folder.with_name(folder.name + "-cache"))
    return json.loads(told.decode().splitlines()[-1])


def tell_plan(one: dict, recipe) -> None:
    """Print what many photographs would take: straight lines through what was measured."""
    plan, took = recipe.settings, one["seconds"]
    epochs, folds = plan.epochs + plan.averaged, plan.folds
    print("\ncomputed for the recipe {} ({} folds, {} epochs):".format(RECIPE.stem, folds, epochs))
    for count in PLANNED:
        each_s = took["read"] + took["features"]
        # Every fold's network sees the others' photographs; the one that ships sees all.
        train_s = took["train"] * count * epochs * (folds - 1 + 1)
        longest_s = count * (each_s + took["train"] * epochs)
        reading_s, answer_s = took["unseen"] * count, took["answer"] * count
        all_s = count * each_s + train_s + reading_s
        scale = count / one["photos"]
        print("{:,} photographs".format(count))
        told = "  one core: {:.1f} days to train, {:.1f} hours to read unseen, {:.1f} to answer"
        print(told.format(train_s / 86400, reading_s / 3600, answer_s / 3600))
        for machines in MACHINES:
            least = max(longest_s, all_s / machines)
            print("  {:2d} tasks at once: {:.1f} days".format(machines, least / 86400))
        pixels_gb, photos_gb = one["pixels_bytes"] * scale / 1e9, one["photo_bytes"] * count / 1e9
        features_gb = one["features_bytes"] * scale / 1e9
        told = "  disk: photographs {:.1f} GB, pixels {:.1f} GB, features {:.2f} GB"
        print(told.format(photos_gb, pixels_gb, features_gb))
        told = (
            "  network a machine: {:.1f} GB once with --pixels of its own; else {:.1f} GB an epoch"
        )
        print(told.format(photos_gb, pixels_gb))


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=96, help="for the times")
    parser.add_argument("--memory", type=int, default=1500, help="N, beside 4 N")
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--measure", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.tiny)))
        return 0
    from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly

    tensorflow_quietly()
    from plantd_training.methods.recipe_file import read_recipe

    with tempfile.TemporaryDirectory(prefix="plantd-growth-", dir=asked.folder) as scratch:
        one = measured(Path(scratch) / "times", asked.photos, tiny=False)
        few, many = (
            measured(Path(scratch) / "memory", count, tiny=True)
            for count in (asked.memory, 4 * asked.memory)
        )
    print(
        "a photograph of {:.0f} kB, seconds of one processor, Keras in float32:".format(
            one["photo_bytes"] / 1e3
        )
    )
    for name, seconds in one["seconds"].items():
        print("  {:10} {:8.1f} ms".format(name, seconds * 1e3))
    print(
        "a network: {:.1f} MB of weights, {:.1f} MB of checkpoint".format(
            one["weights_bytes"] / 1e6, one["state_bytes"] / 1e6
        )
    )
    print("memory of a training process (MB), a tiny network:")
    for each in (few, many):
        told = "  {:6d} photographs, {:7.1f} of pixels: {:7.1f} of its own, {:7.1f} with all mapped"
        shown = (each["photos"], each["pixels_bytes"] / 1e6, each["own_mb"], each["all_mb"])
        print(told.format(*shown))
    tell_plan(one, read_recipe(RECIPE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
