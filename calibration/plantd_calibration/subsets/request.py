"""What a calibration is given and what is asked of it."""

from pathlib import Path
from typing import NamedTuple, Optional, Sequence

from plantd_calibration.data.photos import Photo
from plantd_calibration.data.predictions import Predictions
from plantd_calibration.data.stranger_photos import Stranger
from plantd_calibration.subsets.targets import Targets

OUT_OF_FOLD = "out-of-fold"
TEST_HALF = "test-half"
FIT_ON = (OUT_OF_FOLD, TEST_HALF)


class Material(NamedTuple):
    """The photographs: labelled ones, unknown plants, pictures of no plant.

    Attributes:
        unknown, negative: where there are no `strangers`, one half of them chooses the thresholds
            and the other is reported on; else they are reported on for comparison.
        strangers: what the training learned as background, and what it kept apart.
    """

    labelled: Sequence[Photo]
    unknown: Sequence[Photo]
    negative: Sequence[Photo]
    strangers: Sequence[Stranger] = ()


class Request(NamedTuple):
    """What is asked.

    Attributes:
        fit_on: out-of-fold or test-half.
        seed: of the halves.
        predictions: out-of-fold readings of train and val, in place of `fit_on`.
        data: where the labelled photographs' manifest lies; asked for by predictions only.
        may_flatter: whether photographs that the network learned from are marked, not refused.
    """

    targets: Targets = Targets()
    fit_on: str = OUT_OF_FOLD
    seed: int = 1
    predictions: Optional[Predictions] = None
    data: Path = Path()
    may_flatter: bool = False
