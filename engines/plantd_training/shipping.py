"""What a bundle is made from, of a recipe that trained whole networks fold by fold."""

from pathlib import Path
from typing import List, Sequence

import keras

from plantd_training import crossing, trunks, whole
from plantd_training.bundling import Trained
from plantd_training.crossing import Crossed
from plantd_training.judging import Unseen
from plantd_training.photos import Labels, Photo, labels_of
from plantd_training.recipe import Recipe, WholeRecipe


def trained(recipe: Recipe, plan: WholeRecipe, photos: Sequence[Photo], cache: Path) -> Trained:
    """Return the network of a recipe; started again after a kill it goes on where it stood."""
    labels, found = labels_of(photos), crossing.crossed(recipe, plan, photos, cache)
    rule, interpolation = recipe.preprocessings[0]
    return Trained(
        model=network_of(recipe, plan, labels, found),
        spec=trunks.input_spec(recipe.trunk, plan.answer_px, rule, interpolation),
        labels=labels,
        trunk="EfficientNet-{}, from ImageNet weights, trained whole".format(
            recipe.trunk.capitalize()
        ),
        recipe=_told(recipe, plan, len(found.photos)),
        tables=[],
        unseen=Unseen(found.photos, found.unseen, plan.folds),
    )


def network_of(recipe: Recipe, plan: WholeRecipe, labels: Labels, found: Crossed) -> keras.Model:
    """Return the network that ships: (n, answer_px, answer_px, 3) -> both heads' logits."""
    size = len(labels.species)
    net = whole.network(recipe.trunk, size, plan, trunks.RANDOM, plan.answer_px)
    net.set_weights(found.weights)
    return net


def _told(recipe: Recipe, plan: WholeRecipe, photos: int) -> List[str]:
    return [
        "learned from all {} photographs of train and val, at {} px; {} more networks of the same "
        "recipe each left a part of them out and read it unseen: every figure of train and val is "
        "theirs".format(photos, recipe.side_px, plan.folds),
        "heads: started from linear probes, then trained together with the whole trunk for {} "
        "epochs".format(plan.stop),
        "AdamW at {:g}, cosine; label smoothing {:g}; dropout {:g}; poison loss weighs {:g}".format(
            plan.rate, plan.smoothing, plan.dropout, plan.poison_share
        ),
        "varied by: " + ", ".join("{} {:g}".format(*one) for one in recipe.augment),
    ]
