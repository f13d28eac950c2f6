"""A configuration to networks: one trunk with both heads, or a network a head as in the study."""

from typing import Dict

import keras

from plantd_training import trunks
from plantd_training.data.photos import POISON_LABELS, Labels
from plantd_training.experiments.config import FitConfig
from plantd_training.networks import heads
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT


def networks(config: FitConfig, labels: Labels) -> Dict[str, keras.Model]:
    """Return the networks to train, by name: {"joint": both heads} or one a head.

    Raises UsageError or UnavailableError when the trunk or its weights are not there.
    """
    wanted = {POISON_OUTPUT: len(POISON_LABELS), SPECIES_OUTPUT: len(labels.species)}
    if config.joint:
        return {"joint": network(config, wanted)}
    return {name: network(config, {name: size}) for name, size in wanted.items()}


def network(config: FitConfig, sizes: Dict[str, int]) -> keras.Model:
    """Return (n, side, side, 3) -> logits of the heads in `sizes`, in its order."""
    keras.utils.set_random_seed(config.seed)
    trunk = trunks.build(config.trunk, config.side_px, config.weights)
    trunk.trainable = not config.frozen
    picture = keras.Input(trunk.input.shape[1:], name=trunks.INPUT_NAME)
    # A frozen trunk's batch norm keeps ImageNet's statistics; Keras sees to it.
    maps = trunk(picture)
    shapes = {POISON_OUTPUT: config.poison_head, SPECIES_OUTPUT: config.species_head}
    outputs = [
        heads.logits(maps, shapes[name], size, name, config.seed) for name, size in sizes.items()
    ]
    return keras.Model(picture, outputs, name="_".join(sizes))
