"""What a calibration found, as one value that JSON, the page and the card are written from."""

import datetime
from typing import Any, Dict, List, NamedTuple, Optional

from plantd import verdict
from plantd.bundle.manifest import Manifest
from plantd.verdict import Guarantee, Thresholds
from plantd_calibration.report import outcomes
from plantd_calibration.report.outcomes import Called, Outcome
from plantd_calibration.report.rejections import Obstacle, obstacles
from plantd_calibration.report.trade_off import Point, trade_off
from plantd_calibration.stats.bounds import Rate
from plantd_calibration.thresholds.calibrate import Calibration
from plantd_calibration.thresholds.corruption_results import Worsened
from plantd_calibration.thresholds.fit import Tested
from plantd_calibration.thresholds.head_temperatures import HeadReport
from plantd_calibration.thresholds.ood_scores import Separation
from plantd_calibration.thresholds.picture_limits import Study

# What the project set out to reach; the report says where it does not.
UNKNOWN_AIM = 0.02
NEGATIVE_AIM = 0.005
ANSWERED_AIM = 0.6


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


def findings(calibration: Calibration, manifest: Manifest, date: Optional[str] = None) -> Findings:
    """Return what was found about the bundle with this manifest, as of a date (today)."""
    seen = outcomes.reported(calibration)
    parts, both = calibration.parts, calibration.both
    thresholds = calibration.fitted.thresholds
    fitting_photos = outcomes.called(parts.fitting, both, thresholds)
    found = outcomes.outcomes(seen, thresholds, calibration.names[1])
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
        misses=[one for one in fitting_photos if one.answer == verdict.EDIBLE],
        limited=trade_off(calibration, seen, strangers_limited=True),
        unlimited=trade_off(calibration, seen, strangers_limited=False),
        called=outcomes.called(parts.report, both, thresholds),
        worsened=calibration.worsened,
        seed=calibration.request.seed,
        data_fingerprint=calibration.data_fingerprint,
    )


def tree_from_findings(found: Findings) -> Dict[str, Any]:
    """Return plain dictionaries and lists, for JSON."""
    tree = _plain(found)
    assert isinstance(tree, dict)
    return tree


def summary_line(found: Findings) -> str:
    """Return what this look at the report's photographs saw, in one line."""
    edible, poisonous = found.outcomes[:2]
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
    edible, _, unknown, negative = found
    return [
        Aim(
            "unknown plants called edible",
            "at most 2 %",
            unknown.edible,
            unknown.edible.share <= UNKNOWN_AIM,
        ),
        Aim(
            "pictures of no plant called edible",
            "at most 0.5 %",
            negative.edible,
            negative.edible.share <= NEGATIVE_AIM,
        ),
        Aim(
            "edible plants called edible",
            "at least 60 %",
            edible.edible,
            edible.edible.share >= ANSWERED_AIM,
        ),
        Aim(
            "edible plants called edible or poisonous",
            "at least 60 %",
            edible.answered,
            edible.answered.share >= ANSWERED_AIM,
        ),
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
