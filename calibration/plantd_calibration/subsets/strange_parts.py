"""Strangers as parts: the learned ones as networks read them that knew none of their kin.

Their groups are their labels: two photographs of one genus are no two independent strangers.
"""

from typing import List, NamedTuple, Sequence

import numpy as np

from plantd.bundle import Bundle
from plantd.errors import BundleError, UsageError
from plantd_calibration.data.inference import CachedInference, ModelOutputs
from plantd_calibration.data.photos import Photo
from plantd_calibration.data.predictions import OfStrangers
from plantd_calibration.data.stranger_photos import (
    LEARNED,
    PLANT,
    REPORTED,
    THING,
    Stranger,
    in_part,
    is_poisonous,
)
from plantd_calibration.subsets.request import Request
from plantd_calibration.subsets.subset import Part, part_of, truth


class StrangerPartition(NamedTuple):
    """Plants and things that the thresholds are chosen on, and those that are reported on."""

    tune_unknown: Part
    tune_negative: Part
    unknown: Part
    negative: Part


def of_strangers(
    bundle: Bundle, strangers: Sequence[Stranger], request: Request, observer: CachedInference
) -> StrangerPartition:
    """Return the parts of the strangers, divided as the training divided them.

    Raises UsageError without readings of them, BundleError where the readings are of others.
    """
    given = request.predictions.strangers if request.predictions is not None else None
    if given is None:
        raise UsageError(
            "--strangers needs --predictions with readings of them by networks that did not learn "
            "them; plantd-train weights --strangers writes such a file"
        )
    tune = [_read_unseen(bundle, strangers, kind, given, observer) for kind in (PLANT, THING)]
    kept = [in_part(strangers, given.division, REPORTED, kind) for kind in (PLANT, THING)]
    if not all(kept):
        raise UsageError(
            "the strangers hold no plants or no things that the training kept apart; give the "
            "folder it was trained with"
        )
    return StrangerPartition(*tune, *(part_of(bundle, _photos(each), observer) for each in kept))


def _read_unseen(
    bundle: Bundle,
    strangers: Sequence[Stranger],
    kind: str,
    given: OfStrangers,
    observer: CachedInference,
) -> Part:
    chosen = in_part(strangers, given.division, LEARNED, kind)
    places = {name: place for place, name in enumerate(given.file)}
    names = ["/".join(one.path.parts[-3:]) for one in chosen]
    absent = [name for name in names if name not in places]
    if absent or not chosen:
        raise BundleError(
            "the predictions lack {} of the {} strangers of the kind {} that are learned from, "
            "such as {}; give the photographs they were made from".format(
                len(absent), len(chosen), kind, absent[0] if absent else "all"
            )
        )
    rows = [places[name] for name in names]
    photos = _photos(chosen)
    held = ModelOutputs(
        given.poison[rows],
        given.species[rows],
        np.empty((len(rows), 0), np.float32),
        observer.measured(photos),
    )
    return Part(photos, held, *truth(bundle, photos))


def _photos(strangers: Sequence[Stranger]) -> List[Photo]:
    return [Photo(one.path, "", is_poisonous(one), "", one.label, one.label) for one in strangers]
