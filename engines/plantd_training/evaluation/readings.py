"""From raw outputs of many photographs to what the verdict sees of each."""

from typing import List, Sequence

from plantd import heads, picture, quality
from plantd.heads import HeadOutputs, HeadSpec
from plantd_calibration.data.photos import Photo
from plantd_training.data.pictures import pixels_of
from plantd_training.evaluation.outputs import Outputs
from plantd_training.evaluation.provisional_thresholds import PredictedPhoto


def seen_from_outputs(
    photos: Sequence[Photo],
    outputs: Outputs,
    poison_head: HeadSpec,
    species_head: HeadSpec,
) -> List[PredictedPhoto]:
    """Return each photograph with its reading and its quality; outputs in the same order.

    A photograph counts as poisonous when its own flag or `species_head` says so.
    """
    known = dict(zip(species_head.labels, species_head.poisonous))
    rows = zip(photos, outputs.poison, outputs.species)
    return [
        PredictedPhoto(
            heads.predict(HeadOutputs(poison_row, species_row), poison_head, species_head),
            quality_of(photo),
            photo.poisonous or known[photo.label],
        )
        for photo, poison_row, species_row in rows
    ]


def quality_of(photo: Photo) -> quality.Quality:
    """Return the quality of a photograph, as the device measures it."""
    return picture.quality_of(pixels_of(photo))
