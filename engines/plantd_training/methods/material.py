"""What a recipe's networks are trained with, and where it is kept."""

from pathlib import Path
from typing import NamedTuple, Optional, Sequence

from plantd_calibration.data.photos import Photo
from plantd_calibration.data.stranger_photos import Stranger
from plantd_training.methods.trainings import KERAS


class Material(NamedTuple):
    """What a method trains with.

    Attributes:
        cache: folder of what is kept, so that a killed training goes on where it stood.
        trainer: of finetune, one of trainings.TRAINERS.
        pixels: of finetune: where photographs are kept as pixels, on each machine; None for
            `cache`.
    """

    photos: Sequence[Photo]
    cache: Path
    strangers: Sequence[Stranger] = ()
    trainer: str = KERAS
    pixels: Optional[Path] = None

    def absolute(self) -> "Material":
        """Return the same, named by absolute paths, for another machine or process."""
        return self._replace(
            photos=[photo._replace(path=photo.path.absolute()) for photo in self.photos],
            strangers=[one._replace(path=one.path.absolute()) for one in self.strangers],
            cache=self.cache.absolute(),
            pixels=self.pixels.absolute() if self.pixels else None,
        )
