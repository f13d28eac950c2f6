"""The photographs that nothing was learned from, and the poison threshold frozen on them."""

from typing import Dict, List, NamedTuple, Sequence

from plantd.bundle.species import Species
from plantd_calibration.data.photos import Photo
from plantd_training.data.photos import Labels
from plantd_training.evaluation import outputs as model_outputs
from plantd_training.evaluation.outputs import Outputs, Unseen, careful_head, head_specs
from plantd_training.evaluation.provisional_thresholds import PredictedPhoto
from plantd_training.evaluation.readings import seen_from_outputs
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT


class Split(NamedTuple):
    """Photographs with a model's raw outputs and the verdict's view of them."""

    photos: List[Photo]
    outputs: Outputs
    seen: List[PredictedPhoto]


class HeldOut(NamedTuple):
    """Photographs that nothing was learned from, and what follows from them.

    Attributes:
        name: how tables and figures call them.
        threshold: of the poison head alone.
        frozen: where that comes from, for a reader.
    """

    name: str
    split: Split
    threshold: float
    frozen: str


def split(
    photos: Sequence[Photo], outputs: Outputs, labels: Labels, facts: Dict[str, Species]
) -> Split:
    """Return photographs with outputs and what the verdict sees; `facts` may add poisonous ones."""
    specs = head_specs(labels)
    careful = careful_head(specs[SPECIES_OUTPUT], facts)
    seen = seen_from_outputs(photos, outputs, specs[POISON_OUTPUT], careful)
    return Split(list(photos), outputs, seen)


def of_val(val: Split, labels: Labels) -> HeldOut:
    """Return val, with a threshold at which no poisonous photograph of it is missed."""
    threshold = model_outputs.frozen_threshold(
        val.outputs, val.photos, head_specs(labels)[POISON_OUTPUT]
    )
    return HeldOut("val", val, threshold, "on val, where it misses no poisonous photograph")


def of_unseen(unseen: Unseen, labels: Labels, facts: Dict[str, Species]) -> HeldOut:
    """Return readings out of fold, with the threshold that they afford."""
    head = head_specs(labels)[POISON_OUTPUT]
    threshold = model_outputs.unseen_threshold(unseen, head)
    missed = len(model_outputs.missed(unseen.outputs, unseen.photos, head, threshold))
    poisonous = sum(photo.poisonous for photo in unseen.photos)
    frozen = (
        "on {} photographs of train and val, each read by one of {} networks that had not learned "
        "from it; there it misses {} of {} poisonous ones".format(
            len(unseen.photos), unseen.networks, missed, poisonous
        )
    )
    return HeldOut(
        "out of fold", split(unseen.photos, unseen.outputs, labels, facts), threshold, frozen
    )
