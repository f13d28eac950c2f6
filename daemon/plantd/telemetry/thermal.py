"""Which temperatures can be believed: one rule for every source. Pure."""

from typing import Iterable, Tuple

from plantd.telemetry.interface import Temperature

# On the TX2 the power chip's zone is a dummy that always says 100 C.
DUMMY_ZONE = ("PMIC", 100.0)
# A zone that is switched off says -256 C; silicon that says more than 250 C says nothing any more.
COLDEST_C = -100.0
HOTTEST_C = 250.0


def believable(zones: Iterable[Temperature]) -> Tuple[Temperature, ...]:
    """Return the zones whose reading can be a temperature, in their order."""
    return tuple(
        zone for zone in zones if tuple(zone) != DUMMY_ZONE and COLDEST_C < zone.celsius < HOTTEST_C
    )
