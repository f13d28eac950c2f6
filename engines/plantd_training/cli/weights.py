"""plantd-train weights: what a recipe trains as a whole, without TensorFlow being loaded."""

import argparse
import os
import sys
from pathlib import Path
from typing import List, NoReturn

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
    how = (strangers, given.trainer, given.pixels)
    if given.distribute:
        _train_together(given, recipe, Work(photos, given.cache, *how, given.only))
        return
    share_out(given, recipe, Work(photos, given.cache, *how, given.only, given.precision))
    if given.only is None:
        cross_validation.ensemble(recipe, photos, given.cache, *how)
    print(cross_validation.train(recipe, photos, given.cache, given.only, *how))


def _train_together(given: argparse.Namespace, recipe: Recipe, work: Work) -> None:
    """Train each network with the others; what photographs look like unseen is not read here."""
    parent_pid, met = given.worker
    die_with(parent_pid)
    seat = Seat(given.distribute, given.processes, given.process, given.wait)
    try:
        with Together(seat, work.cache) as team:
            os.write(met, worker.MET)
            folders = _trained_by(team, recipe, work)
    except PlantdError as error:
        _leave("plantd-train: {}".format(error), error.exit_code)
    except RuntimeError as error:
        _leave(first_line(error), EX_TEMPFAIL)
    if seat.number == 0:
        print(*folders, sep="\n")


def _trained_by(team: Together, recipe: Recipe, work: Work) -> List[Path]:
    for one in recipe.networks:
        team.rows(finetune_of(one).batch)
    told = (work.photos, work.cache, work.only, work.strangers, work.trainer, work.pixels)
    return [cross_validation.train(one, *told, team) for one in recipe.networks]


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
    with Cluster(given.cluster, work.cache, given.cluster_threads) as cluster:
        shared_out.train(cluster, recipe, work)
