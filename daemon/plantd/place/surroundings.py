"""Where and when a press happens, as far as it bears on a plant. Pure."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from plantd.place.regions import SOUTHERN, Spot

MONTHS = tuple(range(1, 13))


class Surroundings(NamedTuple):
    """What is known of a press beside its picture; by default nothing, and then nothing changes.

    Attributes:
        regions: of regions.REGIONS, one or more beside a border; empty where none is known.
        month: 1 to 12 of the northern temperate year, half a year shifted where it is southern;
            None where the season is not asked for, not known, or there is none.
    """

    regions: Tuple[str, ...] = ()
    month: Optional[int] = None


NOWHERE = Surroundings()


def surroundings_of(spot: Spot, month: Optional[int]) -> Surroundings:
    """Return what a press rests on.

    Args:
        month: of the calendar; None where the season is not asked for or no clock can be trusted.
    """
    if month is None or spot.hemisphere is None:
        return Surroundings(spot.regions)
    shifted = (month + 5) % 12 + 1 if spot.hemisphere == SOUTHERN else month
    return Surroundings(spot.regions, shifted)


def json_from_surroundings(known: Surroundings) -> Optional[Dict[str, Any]]:
    """Return them as a verdict carries them; None where nothing is known."""
    return None if known == NOWHERE else {"regions": list(known.regions), "month": known.month}


def surroundings_from_json(recorded: Any) -> Surroundings:
    """Return what a recorded verdict rests on; older ones have none."""
    given = recorded if isinstance(recorded, dict) else {}
    month = given.get("month")
    regions = tuple(str(region) for region in given.get("regions") or ())
    return Surroundings(regions, month if month in MONTHS else None)
