"""What a calibration found, as one value that JSON, the page and the card are written from."""

import datetime
from typing import Any, Dict, List, NamedTuple, Optional

from plantd.answers import EDIBLE, POISONOUS
from plantd.bundle.manifest import Manifest
from plantd.verdict import ErrorBound, Guarantee, Thresholds
from plantd_calibration.report import outcomes
from plantd_calibration.report.outcomes import Called, Outcome, Reported
from plantd_calibration.report.rejections import Obstacle, obstacles
from plantd_calibration.report.trade_off import Point, trade_off
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.thresholds import error_bounds
from plantd_calibration.thresholds.calibrate import Calibration
from plantd_calibration.thresholds.corruption_results import Worsened
from plantd_calibration.thresholds.fit import Tested
from plantd_calibration.thresholds.head_temperatures import HeadReport
from plantd_calibration.thresholds.ood_scores import Separation
from plantd_calibration.thresholds.picture_limits import Study

AT_MOST, AT_LEAST = "at most {:g} %", "at least {:g} %"
# What the project set out to reach; the report says where it does not: of what, called what, by the
# name of an outcome, and the share in per cent.
AIMS = (
    ("poisonous plants outside called edible", outcomes.POISONOUS_STRANGERS, "edible", AT_MOST, 1),
    ("unknown plants called edible", outcomes.UNKNOWN, "edible", AT_MOST, 2),
    ("pictures of no plant called edible", outcomes.NEGATIVE, "edible", AT_MOST, 0.5),
    ("pictures of no plant called poisonous", outcomes.NEGATIVE, "poisonous", AT_MOST, 5),
    ("poisonous plants called edible", outcomes.FLAGGED, "edible", AT_MOST, 0),
    ("poisonous plants called poisonous", outcomes.FLAGGED, "poisonous", AT_LEAST, 97),
    ("edible plants, no deadly look-alike, called edible", outcomes.FREE, "edible", AT_LEAST, 65),
)


class Aim(NamedTuple):
    """One aim and how it went, on photographs nothing was chosen on."""

    what: str
    aim: str
    seen: Rate
    reached: bool


class Findings(NamedTuple):
    """Everything that is written down.

    Attributes:
        title: of the model.
        names: of the fitting and the report photographs, in words.
        tested: the sequence of tests; the last one may have failed.
        missed: poisonous groups of the report that are called edible.
        obstacles: what kept edible plants of the report from being called edible.
        misses: the poisonous fitting photographs that are called edible.
        limited, unlimited: the trade-off with the limits on strangers, and as if there were none.
        seed: of the halves.
        guarantees: what was shown, kind by kind.
        strangers_edible: every stranger of the report that is called edible, the worst first.
        things_poisonous: every picture of no plant there that is called poisonous.
        caution: about photographs that the network learned from; empty where there are none.
    """

    title: str
    date: str
    names: List[str]
    thresholds: Thresholds
    guarantee: Guarantee
    tested: List[Tested]
    heads: List[HeadReport]
    separations: List[Separation]
    study: Study
    outcomes: List[Outcome]
    missed: Rate
    aims: List[Aim]
    obstacles: List[Obstacle]
    misses: List[Called]
    limited: List[Point]
    unlimited: List[Point]
    called: List[Called]
    worsened: List[Worsened]
    seed: int
    data_fingerprint: str
    guarantees: List[ErrorBound] = []
    strangers_edible: List[Called] = []
    things_poisonous: List[Called] = []
    caution: str = ""

    def outcome(self, about: str) -> Outcome:
        """Return the first outcome about something."""
        return next(one for one in self.outcomes if one.about == about)


def findings(calibration: Calibration, manifest: Manifest, date: Optional[str] = None) -> Findings:
    """Return what was found about the bundle with this manifest, as of a date (today)."""
    seen = outcomes.reported(calibration)
    parts, both = calibration.parts, calibration.both
    thresholds = calibration.fitted.thresholds
    fitting_photos = outcomes.called(parts.fitting, both, thresholds)
    found = outcomes.outcomes(seen, thresholds, calibration.names[1])
    strange = [parts.unknown, parts.negative]
    return Findings(
        title=manifest.title,
        date=date or datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        names=list(calibration.names),
        thresholds=thresholds,
        guarantee=calibration.fitted.guarantee,
        tested=list(calibration.fitted.tested),
        heads=list(calibration.heads),
        separations=list(calibration.separations),
        study=calibration.study,
        outcomes=found,
        missed=outcomes.missed(seen.known, thresholds),
        aims=_aims(found),
        obstacles=obstacles(seen.known.take(~seen.known.poisonous).scores, thresholds),
        misses=[one for one in fitting_photos if one.answer == EDIBLE],
        limited=trade_off(calibration, seen, strangers_limited=True),
        unlimited=trade_off(calibration, seen, strangers_limited=False),
        called=outcomes.called(parts.report, both, thresholds),
        worsened=calibration.worsened,
        seed=calibration.request.seed,
        data_fingerprint=calibration.data_fingerprint,
        guarantees=_guarantees(calibration, manifest, seen),
        strangers_edible=[
            one
            for part in strange
            for one in outcomes.strangers_called(part, both, thresholds, EDIBLE)
        ],
        things_poisonous=outcomes.strangers_called(parts.negative, both, thresholds, POISONOUS),
        caution=parts.caution,
    )


def _guarantees(calibration: Calibration, manifest: Manifest, seen: Reported) -> List[ErrorBound]:
    """Return what was shown: of the plants it knows, and of strangers that were kept apart."""
    fitted, precision = calibration.fitted, error_bounds.precision_of(manifest.version)
    confidence = calibration.request.targets.confidence
    known = error_bounds.error_bound(
        error_bounds.KNOWN_POISONOUS,
        calibration.judged.take(calibration.judged.poisonous),
        fitted.thresholds,
        confidence,
        fitted.guarantee.method,
        precision,
    )
    # The bound of the guarantee may rest on more tests than this one.
    known = known._replace(upper_bound=fitted.guarantee.bound, method=fitted.guarantee.method)
    if not seen.kept:
        return [known]
    return [
        known,
        *error_bounds.of_strangers(
            seen.unknown, seen.negative, fitted.thresholds, confidence, precision
        ),
    ]


def tree_from_findings(found: Findings) -> Dict[str, Any]:
    """Return plain dictionaries and lists, for JSON."""
    tree = _plain(found)
    assert isinstance(tree, dict)
    return tree


def summary_line(found: Findings) -> str:
    """Return what this look at the report's photographs saw, in one line."""
    edible, poisonous = (
        found.outcome(name) for name in (outcomes.EDIBLE_PLANTS, outcomes.POISONOUS_PLANTS)
    )
    return "calibrated: {} edible plants called edible, {} poisonous; missed {}".format(
        share(edible.edible), share(poisonous.poisonous), share(found.missed)
    )


def share(rate: Rate) -> str:
    """Return a rate as text with counts and interval."""
    if not rate.n:
        return "0 of 0"
    return "{} of {} ({:.1f} %, {:.1f} to {:.1f})".format(
        rate.k, rate.n, 100 * rate.share, 100 * rate.low, 100 * rate.high
    )


def _aims(found: List[Outcome]) -> List[Aim]:
    by_name = {one.about: one for one in found}
    aims = []
    for what, about, called, words, per_cent in AIMS:
        if about in by_name and by_name[about].n:
            seen: Rate = getattr(by_name[about], called)
            above = 100 * seen.share >= per_cent
            below = 100 * seen.share <= per_cent
            reached = below if words == AT_MOST else above
            aims.append(Aim(what, words.format(per_cent), seen, reached))
    return aims


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
