"""What is known now of where and when a press happens. Waits for nothing."""

import time
from typing import Any, Callable, Dict, NamedTuple, Optional

from plantd.place.position_reader import Fix, PositionReader
from plantd.place.regions import Spot, spot_at, spot_of_region
from plantd.place.surroundings import Surroundings, surroundings_of

# A walk through a forest without a satellite in sight, or a night; no journey across a border of
# continents is remembered for longer.
FIX_LASTS_S = 12 * 3600.0


class PlaceSettings(NamedTuple):
    """What the owner says; see section `place` of the configuration.

    Attributes:
        region: of regions.REGIONS; empty where none is given.
        season: whether the clock's month counts.
    """

    latitude: Optional[float] = None
    longitude: Optional[float] = None
    region: str = ""
    season: bool = False


class PlaceFinder:
    """Joins gpsd's last fix, the owner's word and the clock. Safe from any thread."""

    def __init__(
        self,
        settings: Callable[[], PlaceSettings],
        reader: Optional[PositionReader],
        month: Callable[[], Optional[int]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: the settings that hold; gpsd, if it is asked; the month by a clock that somebody
        vouches for, None while nobody does."""
        self._settings = settings
        self.reader = reader
        self._month = month
        self._monotonic = monotonic

    def now(self) -> Surroundings:
        """Return what a press of this moment rests on."""
        return self._surroundings(self._settings(), self._fresh_fix())

    def to_json(self) -> Optional[Dict[str, Any]]:
        """Return what the status says of it; None where nobody gives a place."""
        settings, fix = self._settings(), self._fresh_fix()
        spot = spot_of_settings(settings)
        if self.reader is None and spot == Spot():
            return None
        now = self._surroundings(settings, fix)
        return {
            "regions": list(now.regions),
            "month": now.month,
            "by": "gpsd" if fix else "configuration" if spot != Spot() else "nobody",
            "season": settings.season,
            "fix_age_s": round(self._monotonic() - fix.seen_at, 1) if fix else None,
            "detail": self.reader.trouble if self.reader else "",
        }

    def _surroundings(self, settings: PlaceSettings, fix: Optional[Fix]) -> Surroundings:
        spot = fix.spot if fix else spot_of_settings(settings)
        return surroundings_of(spot, self._month() if settings.season else None)

    def _fresh_fix(self) -> Optional[Fix]:
        """Return gpsd's last fix while it counts."""
        fix = self.reader.fix if self.reader else None
        if fix is None:
            return None
        return fix if self._monotonic() - fix.seen_at <= FIX_LASTS_S else None


def spot_of_settings(settings: PlaceSettings) -> Spot:
    """Return what the owner's word alone says."""
    if settings.region:
        return spot_of_region(settings.region)
    if settings.latitude is None or settings.longitude is None:
        return Spot()
    return spot_at(settings.latitude, settings.longitude)
