"""What each command of plantd-train does; every one prints where its result lies."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Callable, Dict, List

from plantd.errors import NotFoundError, UsageError
from plantd_calibration.data.photo_lists import MANIFEST, list_photos, read_photos
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import read_division, read_strangers
from plantd_training.cli.arguments import RECIPE, TRAINERS
from plantd_training.cli.evaluate import evaluate
from plantd_training.cli.weights import share_out
from plantd_training.data import checks, splits
from plantd_training.data.photos import labels_of
from plantd_training.experiments import compare, config, fit, runs
from plantd_training.export import bundle_export, latency
from plantd_training.methods import by_name
from plantd_training.methods.material import Material
from plantd_training.methods.recipe_file import read_recipe
from plantd_training.methods.shared_out import Work
from plantd_training.networks import freeze
from plantd_training.reports import augment_previews, eda, eda_strangers
from plantd_training.runtime import distribution


def _eda(given: argparse.Namespace) -> None:
    strangers = read_strangers(given.strangers) if given.strangers else []
    division = read_division(given.division) if strangers else None
    found = eda.survey(list_photos(given.data))
    page = eda.report(found, str(given.data))
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "eda.html"
    print("{} photographs, {} unreadable".format(len(found.looks), len(found.unreadable)))
    print("{} near duplicates in different splits".format(len(found.near_apart)))
    if division:
        strange = eda_strangers.survey(strangers, division, found.looks)
        eda_strangers.tell(page, strange)
        print("{} strangers, {} unreadable".format(len(strange.seen), len(strange.unreadable)))
        told = "of {} photographs of test, strangers hold {} with the same bytes and {} near ones"
        print(told.format(strange.tests, *eda_strangers.counts(strange)))
    path.write_text(page.text, encoding="utf-8")
    print(path)


def _split(given: argparse.Namespace) -> None:
    photos = read_photos(given.data)
    if (given.data / MANIFEST).exists() and any(photo.split for photo in photos):
        raise UsageError(
            "{} is split already; a new split would lose which photographs were never learned "
            "from: move it away first".format(given.data / MANIFEST)
        )
    if given.seed < 0:
        raise UsageError("--seed {}: expected 0 or more".format(given.seed))
    if given.poisonous:
        bad = set(given.poisonous)
        strangers = sorted(bad - {photo.label for photo in photos})
        if strangers:
            raise NotFoundError("no photograph has the label {}".format(", ".join(strangers)))
        photos = [photo._replace(poisonous=photo.label in bad) for photo in photos]
    chosen = splits.split(photos, tuple(given.shares), given.seed)
    print(splits.write_manifest(chosen, given.data))


def _augment(given: argparse.Namespace) -> None:
    photos = read_photos(given.data)
    if given.photos < 1:
        raise UsageError("--photos {}: expected one at least".format(given.photos))
    train = [photo for photo in photos if photo.split == "train"] or photos
    chosen = train[:: max(1, len(train) // given.photos)][: given.photos]
    for path in augment_previews.write(augment_previews.previews(chosen, given.seed), given.out):
        print(path)


def _fit(given: argparse.Namespace) -> None:
    strategy = distribution.strategy(given.distribute, given.logical_devices)
    wanted, photos = config.read_config(given.config), _sound_photos(given)
    _trained(photos, wanted, given.out, strategy)
    print(given.out)


def _compare(given: argparse.Namespace) -> None:
    strategy = distribution.strategy(given.distribute, given.logical_devices)
    variants = compare.variants_from_tree(config.read_tree(given.grid), str(given.grid))
    photos, compared = _sound_photos(given), []
    for name, wanted in variants.items():
        folder = given.out / compare.folder_name(name)
        compared.append(compare.Compared(name, _trained(photos, wanted, folder, strategy)))
    print(compare.write(compare.report(compared, str(given.grid)), compared, given.out))


def _sound_photos(given: argparse.Namespace) -> List[Photo]:
    photos = read_photos(given.data)
    checks.check(photos)
    return photos


def _trained(
    photos: List[Photo], wanted: config.FitConfig, folder: Path, strategy: distribution.Chosen
) -> Dict[str, List[Dict[str, float]]]:
    live = sys.stderr.isatty()
    return fit.fit(fit.FitJob(wanted, photos, labels_of(photos), folder, strategy, live))


def _freeze(given: argparse.Namespace) -> None:
    run = runs.read_run(given.run)
    for path in freeze.write_frozen(run.heads, run.spec, run.labels, given.out).values():
        print(path)
    print(given.out / freeze.METADATA)


def _bundle(given: argparse.Namespace) -> None:
    recipe, photos = read_recipe(given.recipe), read_photos(given.data)
    checks.check(photos)
    export = bundle_export.ExportRequest(
        name=recipe.name,
        version=recipe.version,
        created=recipe.created,
        species=given.species,
        out=given.out,
        looks=given.looks,
        command=_remake(given),
    )
    strangers = read_strangers(given.strangers) if given.strangers else []
    material = Material(photos, given.cache, strangers, given.trainer, given.pixels)
    share_out(given, recipe, Work(material))
    trained = by_name.train(recipe, material)
    manifest = bundle_export.make(trained, photos, export)
    print("{}: {}".format(given.out, manifest.title))
    for name, value in manifest.metrics.items():
        print("  {} {}".format(name, value))


def _pace(given: argparse.Namespace) -> None:
    print(
        latency.told(
            latency.beside(given.bundle, given.trunk, given.side, given.runs, given.threads)
        )
    )


def _remake(given: argparse.Namespace) -> str:
    """What the card tells to type; where files are kept meanwhile is nobody's business."""
    words = ["plantd-train", "bundle", "--data", str(given.data)]
    if given.strangers:
        words += ["--strangers", str(given.strangers)]
    if given.recipe != RECIPE:
        words += ["--recipe", str(given.recipe)]
    if given.trainer != TRAINERS[0]:
        words += ["--trainer", given.trainer]
    return " ".join(shlex.quote(word) for word in words)


COMMANDS: Dict[str, Callable[[argparse.Namespace], None]] = {
    "eda": _eda,
    "split": _split,
    "augment": _augment,
    "fit": _fit,
    "compare": _compare,
    "evaluate": evaluate,
    "freeze": _freeze,
    "bundle": _bundle,
    "pace": _pace,
}
