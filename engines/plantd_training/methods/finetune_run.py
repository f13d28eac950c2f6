"""What a bundle is made from, of recipes that trained whole networks fold by fold."""

from typing import List

import keras
import numpy as np

from plantd_calibration.data.photos import in_split
from plantd_calibration.data.stranger_photos import PLANT
from plantd_training import trunks
from plantd_training.data.photos import Labels, targets
from plantd_training.evaluation.head_metrics import species_figures
from plantd_training.evaluation.outputs import Unseen
from plantd_training.export.bundle_export import Trained
from plantd_training.export.model_card import Table
from plantd_training.methods import cross_validation, unseen
from plantd_training.methods.cross_validation import Ensemble
from plantd_training.methods.learned import KNOWN, Learned
from plantd_training.methods.material import Material
from plantd_training.methods.recipe import Finetune, Recipe, finetune_of, test_time_told
from plantd_training.methods.trainings import BFLOAT16
from plantd_training.networks.network import averaged


def train(recipe: Recipe, material: Material) -> Trained:
    """Return the network of a recipe; started again after a kill it goes on where it stood."""
    found = cross_validation.ensemble(recipe, material)
    labels = found.learned.labels
    lines = [
        line
        for one, member in zip(recipe.networks, found.members)
        for line in (*_told(one, found.learned), *member.note)
    ]
    if material.trainer == BFLOAT16:
        lines.append("trained in bfloat16, by `--trainer bfloat16`")
    lines.append("each poison logit is raised by the best species logit of its side, in the graph")
    if recipe.also:
        lines.insert(0, "{} networks answer together: logits averaged".format(len(found.members)))
    return Trained(
        model=answering(recipe, labels, found),
        spec=unseen.answer_spec(recipe),
        labels=labels,
        trunk=" and ".join(one.trunk_told for one in recipe.networks),
        recipe=lines,
        tables=[_fold_table(found, labels)],
        unseen=Unseen(found.photos, found.of_known, finetune_of(recipe).folds),
        learned=[
            *((name, in_split(found.photos, name)) for name in KNOWN),
            ("more of the labels", found.learned.extras),
            ("strangers", found.learned.strangers),
        ],
    )


def _more(held: Learned) -> str:
    if not held.strangers:
        return ""
    plants = [one for one in held.strangers if one.kind == PLANT]
    bad = sum(one.poisonous is True for one in plants)
    return (
        ", {} more of the labels, {} of other plants ({} known to be poisonous) and {} of no "
        "plant".format(len(held.extras), len(plants), bad, len(held.strangers) - len(plants))
    )


def _average_told(plan: Finetune) -> List[str]:
    if not plan.averaged:
        return []
    return [
        "then {} epochs at the largest rate; the mean of the weights that they ended with "
        "ships".format(plan.averaged)
    ]


def _fold_table(found: Ensemble, labels: Labels) -> Table:
    _, species = targets(found.photos, labels)
    rows = []
    for fold in np.unique(found.folds):
        lies = found.folds == fold
        of_plants = found.of_known.species[lies][:, : len(labels.plants)]
        rows.append((int(fold), *species_figures(of_plants, species[lies])))
    header = ("fold", "photographs", "top-1", "top-5", "macro F1")
    return Table("Species by fold, read by networks that had not learned from it", header, rows)


def answering(recipe: Recipe, labels: Labels, found: Ensemble) -> keras.Model:
    """Return the network that ships: (n, answer_px, answer_px, 3) -> both heads' logits."""
    nets = [
        unseen.network_of(one, labels, member.weights)
        for one, member in zip(recipe.networks, found.members)
    ]
    if len(nets) == 1:
        return nets[0]
    picture = keras.Input(nets[0].input.shape[1:], name=trunks.INPUT_NAME)
    answers = [_renamed(net, place)(picture) for place, net in enumerate(nets)]
    return keras.Model(picture, averaged(answers), name="plantd_together")


def _renamed(net: keras.Model, place: int) -> keras.Model:
    """Two layers of one model may not have the same name, and models are layers here."""
    return keras.Model(net.input, net.outputs, name="network{}".format(place))


def _told(recipe: Recipe, held: Learned) -> List[str]:
    plan = finetune_of(recipe)
    part = "its part above stride {}".format(plan.frozen_stride) if plan.frozen_stride else "all"
    return [
        "{}: learned from all {} photographs of train and val{}, at {} px; {} more networks of the "
        "same recipe each left a part of them out and read it unseen: every figure of train and "
        "val is theirs".format(
            recipe.trunk.capitalize(), len(held.known), _more(held), recipe.side_px, plan.folds
        ),
        "heads started from linear probes, then trained for {} epochs together with the trunk, {}; "
        "AdamW at {:g}, cosine; label smoothing {:g}; dropout {:g}; poison loss weighs {:g}".format(
            plan.epochs, part, plan.rate, plan.smoothing, plan.dropout, plan.poison_share
        ),
        *_average_told(plan),
        "varied by: " + ", ".join("{} {:g}".format(*one) for one in recipe.augment),
        *test_time_told(recipe),
    ]
