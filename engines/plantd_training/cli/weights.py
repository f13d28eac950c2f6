"""plantd-train weights: what a recipe trains as a whole, without TensorFlow being loaded."""

import argparse
import os
import sys
from typing import NoReturn

import keras

from plantd.errors import EX_TEMPFAIL, PlantdError
from plantd.messages import visible
from plantd.system.parent import die_with
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.stranger_photos import read_strangers
from plantd_training.cli import worker
from plantd_training.data import checks
from plantd_training.methods import cross_validation, shared_out
from plantd_training.methods.material import Material
from plantd_training.methods.recipe import Recipe, finetune_of
from plantd_training.methods.recipe_file import read_recipe
from plantd_training.methods.shared_out import Work
from plantd_training.runtime.team import Seat, Together, first_line


def weights(given: argparse.Namespace) -> None:
    """Train every fold and the network that ships into --cache, where `bundle` finds them."""
    recipe, photos = read_recipe(given.recipe), read_photos(given.data)
    finetune_of(recipe)
    checks.check(photos)
    keras.config.set_dtype_policy(given.precision)
    strangers = read_strangers(given.strangers) if given.strangers else []
    material = Material(photos, given.cache, strangers, given.trainer, given.pixels)
    if given.distribute:
        _train_together(given, recipe, material)
        return
    share_out(given, recipe, Work(material, given.only, given.precision))
    if given.only is None:
        cross_validation.ensemble(recipe, material)
    print(cross_validation.train(recipe, material, given.only))


def _train_together(given: argparse.Namespace, recipe: Recipe, material: Material) -> None:
    """Train each network with the others; what photographs look like unseen is not read here."""
    parent_pid, met = given.worker
    die_with(parent_pid)
    seat = Seat(given.distribute, given.processes, given.process, given.wait)
    try:
        with Together(seat, material.cache) as team:
            os.write(met, worker.MET)
            for one in recipe.networks:
                team.rows(finetune_of(one).batch)
            folders = [
                cross_validation.train(one, material, given.only, team) for one in recipe.networks
            ]
    except PlantdError as error:
        _leave("plantd-train: {}".format(error), error.exit_code)
    except RuntimeError as error:
        _leave(first_line(error), EX_TEMPFAIL)
    if seat.number == 0:
        print(*folders, sep="\n")


def _leave(told: str, code: int) -> NoReturn:
    """End without waiting for the others, of whom one may be lost: JAX would, for minutes."""
    sys.stderr.write(visible(told) + "\n")
    sys.stderr.flush()
    os._exit(code)


def share_out(given: argparse.Namespace, recipe: Recipe, work: Work) -> None:
    """Let a cluster train what is missing, if --cluster names one."""
    if given.cluster is None:
        return
    finetune_of(recipe)
    with Cluster(given.cluster, work.material.cache, given.cluster_threads) as cluster:
        shared_out.train(cluster, recipe, work)
