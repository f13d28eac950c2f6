"""Place and month of a press: what they take away, and that they give nothing."""

from typing import Any, Dict

import numpy as np
import pytest
from support import tiny_bundle

from plantd import bundle
from plantd.answers import Rule
from plantd.assessment import assess
from plantd.bundle import Bundle
from plantd.heads import HeadOutputs
from plantd.place.regions import AUSTRALASIA, EUROPE, NORTHERN_AMERICA
from plantd.place.surroundings import NOWHERE, Surroundings
from plantd.quality import Quality

GOOD = Quality(1280, 720, 212.4, 118.0, 0.01, 0.0, 51.3)
NATIVE = {"regions": (EUROPE,), "months": (4, 5, 6)}


def outputs(poison_p: float, clover_p: float, nettle_p: float = 0.01) -> HeadOutputs:
    """Return logits of both heads; hemlock has what is left of the species head."""
    left = 1 - clover_p - nettle_p
    species = np.array([clover_p, nettle_p, left - 0.002, 0.001, 0.001], np.float32)
    return HeadOutputs(np.log(np.array([1 - poison_p, poison_p], np.float32)), np.log(species))


EDIBLE, POISONOUS, UNCLEAR = outputs(0.02, 0.95), outputs(0.97, 0.02), outputs(0.3, 0.7)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle.load(tiny_bundle.make(str(tmp_path_factory.mktemp("bundle") / "tiny")))


def where_it_grows(plain: Bundle, **facts: Any) -> Bundle:
    species: Dict[str, Any] = dict(plain.species)
    species["clover"] = species["clover"]._replace(**facts)
    return plain._replace(species=species)


@pytest.mark.parametrize(
    ("around", "rule", "reasons"),
    [
        (NOWHERE, Rule.EDIBLE, ()),
        (Surroundings((EUROPE,), 5), Rule.EDIBLE, ()),
        (Surroundings((AUSTRALASIA, EUROPE), 5), Rule.EDIBLE, ()),
        (Surroundings((), 5), Rule.EDIBLE, ()),
        (Surroundings((AUSTRALASIA,), 5), Rule.OUT_OF_PLACE, (Rule.OUT_OF_PLACE,)),
        (Surroundings((EUROPE,), 12), Rule.OUT_OF_SEASON, (Rule.OUT_OF_SEASON,)),
        (
            Surroundings((NORTHERN_AMERICA,), 12),
            Rule.OUT_OF_PLACE,
            (Rule.OUT_OF_PLACE, Rule.OUT_OF_SEASON),
        ),
    ],
)
def test_a_plant_that_does_not_grow_here_or_now_is_unsure(plain, around, rule, reasons):
    decision = assess(where_it_grows(plain, **NATIVE), [EDIBLE], GOOD, True, around).decision
    assert (decision.rule, decision.reasons) == (rule, reasons)
    assert decision.answer == ("unsure" if reasons else "edible")


@pytest.mark.parametrize("around", [Surroundings((AUSTRALASIA,), 12), Surroundings((EUROPE,), 5)])
def test_a_bundle_that_says_nothing_changes_nothing(plain, around):
    usual = assess(plain, [EDIBLE], GOOD).decision
    assert assess(plain, [EDIBLE], GOOD, True, around).decision == usual


@pytest.mark.parametrize("seen", [POISONOUS, UNCLEAR])
@pytest.mark.parametrize("edible", [True, False])
def test_what_another_rule_decided_stays(plain, seen, edible):
    native, far = where_it_grows(plain, **NATIVE), Surroundings((AUSTRALASIA,), 12)
    usual = assess(native, [seen], GOOD, edible).decision
    assert assess(native, [seen], GOOD, edible, far).decision == usual


def test_edible_off_stays_the_reason(plain):
    native, far = where_it_grows(plain, **NATIVE), Surroundings((AUSTRALASIA,), 12)
    assert assess(native, [EDIBLE], GOOD, False, far).decision.rule == Rule.EDIBLE_OFF


def test_one_frame_of_a_burst_that_shows_such_a_plant_is_enough(plain):
    """The worst case of both frames has another best species than one of them."""
    foreign = plain.species["nettle"]._replace(regions=(AUSTRALASIA,))
    low = plain.manifest._replace(thresholds=plain.manifest.thresholds._replace(species_p=0.1))
    both = plain._replace(species={**plain.species, "nettle": foreign}, manifest=low)
    burst, here = [outputs(0.02, 0.9, 0.09), outputs(0.02, 0.4, 0.59)], Surroundings((EUROPE,))
    assert assess(both, burst, GOOD).decision.rule == Rule.EDIBLE
    assert assess(both, burst, GOOD, True, here).decision.rule == Rule.OUT_OF_PLACE
