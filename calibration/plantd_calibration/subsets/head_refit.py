"""What the heads would say of photographs they were not fitted to: fitted again, fold by fold.

How this works: both heads are linear on features of a trunk which the photographs did not shape.
The same fit on all of train gives back the heads in the bundle; that is checked, so the folds are
fitted as they were. A trunk that was itself trained on the photographs is found out, because then
the folds know them too well.
"""

import logging
from typing import NamedTuple, Sequence, Tuple

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import StratifiedGroupKFold

from plantd.errors import BundleError
from plantd_calibration.data.inference import ModelOutputs
from plantd_calibration.stats.bounds import rate, surely_above
from plantd_calibration.stats.linear_heads import (
    Linear,
    Strength,
    fit_both,
    fit_poison,
    fit_species,
)

logger = logging.getLogger(__name__)

INVERSE_PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
FOLDS = 10
# A probability may differ by this much from the bundle's: its weights are stored in half precision.
REPRODUCED = 0.03


class Fit(NamedTuple):
    """Photographs to fit heads to.

    Attributes:
        features: views of the same n photographs, each (n, channels): as they are, and mirrored.
        poison, species: (n,) places of the labels.
        groups: of the photographs.
    """

    features: Tuple[np.ndarray, ...]
    poison: np.ndarray
    species: np.ndarray
    groups: Sequence[str]

    def take(self, chosen: np.ndarray) -> "Fit":
        """Return the photographs at these places."""
        views = tuple(view[chosen] for view in self.features)
        groups = [self.groups[place] for place in chosen]
        return Fit(views, self.poison[chosen], self.species[chosen], groups)


class OutOfFold(NamedTuple):
    """Logits for photographs that the heads did not see: (n, 2) and (n, labels).

    Attributes:
        worst: how far the same fit on all photographs is from the bundle's heads, a probability.
    """

    poison: np.ndarray
    species: np.ndarray
    strength: Strength
    folds: int
    worst: float


def out_of_fold(fit: Fit, shipped: ModelOutputs, places: np.ndarray) -> OutOfFold:
    """Return what heads fitted without a photograph's group say about it.

    Args:
        shipped: what the bundle's own heads give for other photographs (val).
        places: the species of those.
    Raises BundleError when this fit does not give back the bundle's heads, or when the trunk has
    seen the photographs.
    """
    if not shipped.features.shape[1]:
        raise BundleError(
            "the bundle's heads are not single matrix products on one tensor, so they cannot be "
            "fitted again fold by fold: use --fit-on test-half"
        )
    strength, worst = _reproduce(fit, shipped)
    folds = min(FOLDS, int(np.bincount(fit.species)[np.unique(fit.species)].min()))
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=1)
    poison = np.zeros((len(fit.poison), shipped.poison.shape[1]))
    species = np.zeros((len(fit.species), shipped.species.shape[1]))
    for inside, outside in split.split(fit.features[0], fit.species, fit.groups):
        heads = linear_heads(fit.take(inside), strength, species.shape[1])
        held = fit.features[0][outside]
        poison[outside], species[outside] = (head.logits(held) for head in heads)
        logger.info("fitted without %d photographs", len(outside))
    _check_trunk(species.argmax(1) == fit.species, shipped.species.argmax(1) == places)
    return OutOfFold(poison, species, strength, folds, worst)


def _reproduce(fit: Fit, shipped: ModelOutputs) -> Tuple[Strength, float]:
    """Return the penalties whose heads come closest to the bundle's, and how far they are."""
    views = np.concatenate(fit.features)
    poison_places, species_places = _places(fit)
    poison, species = [], []
    for c in INVERSE_PENALTIES:
        own = fit_poison(views, poison_places, c).logits(shipped.features)
        poison.append(_difference(own, shipped.poison))
        head = fit_species(views, species_places, c, shipped.species.shape[1])
        own = head.logits(shipped.features)
        species.append(_difference(own, shipped.species))
    worst = max(min(poison), min(species))
    if not worst <= REPRODUCED:
        raise BundleError(
            "heads fitted again to train differ from the bundle's by {:.3f} of a probability; "
            "expected at most {}; they were not fitted that way, so what they say out of fold says "
            "nothing about the bundle: use --fit-on test-half".format(worst, REPRODUCED)
        )
    best = [INVERSE_PENALTIES[int(np.argmin(each))] for each in (poison, species)]
    logger.info("inverse penalties %s reproduce the heads to %.4f", best, worst)
    return Strength(*best), worst


def _difference(logits: np.ndarray, shipped: np.ndarray) -> float:
    return float(np.abs(softmax(logits, axis=1) - softmax(shipped, axis=1)).max())


def _check_trunk(out_of_fold: np.ndarray, held_out: np.ndarray) -> None:
    """The folds' heads have seen less than the bundle's: they cannot be clearly better."""
    seen = rate(int(out_of_fold.sum()), len(out_of_fold), 0.99)
    fresh = rate(int(held_out.sum()), len(held_out), 0.99)
    if surely_above(seen, fresh):
        raise BundleError(
            "out of fold {:.3f} of train are named right, but only {:.3f} of val; the trunk was "
            "trained on these photographs and knows them: use --fit-on test-half".format(
                seen.share, fresh.share
            )
        )


def linear_heads(fit: Fit, strength: Strength, labels: int) -> Tuple[Linear, Linear]:
    """Return (poison, species) heads fitted to every view of the photographs."""
    return fit_both(np.concatenate(fit.features), _places(fit), strength, labels)


def _places(fit: Fit) -> Tuple[np.ndarray, np.ndarray]:
    """Return the labels' places of the views, one below the other."""
    views = len(fit.features)
    return np.tile(fit.poison, views), np.tile(fit.species, views)
