"""When memory or heat is a fault of the device, and when only a new process helps. Pure.

How this works. A figure beyond its limit is told once, with what was seen then, until it is well
within the limit again (hysteresis: a sentence that changes with each reading would be an event with
each reading).

    memory   own RSS above limits.rss_mb, or MemAvailable below limits.available_mb   told
             ... and for limits.memory_patience_s since, and own RSS has grown by
             GROWTH_MB meanwhile                                  hopeless: a new process is started
    heat     the hottest zone above limits.temperature_c, or the kernel slows the device    told

Memory that others take is told and never a reason to end: a new process would take as much again.
Heat is told and nothing else: the kernel and the power mode slow the device down, plantd does not.
"""

from typing import NamedTuple, Optional

from plantd.config import LimitsConfig
from plantd.telemetry.interface import Readings, Temperature

# Less than this is noise: caches fill, a picture is larger than the one before.
GROWTH_MB = 32.0
# A limit is kept again when the figure is better by this share of it.
BACK = 0.05


class Memory(NamedTuple):
    """What was read, in megabytes; None: the kernel did not say."""

    rss_mb: Optional[float]
    available_mb: Optional[float]


class MemoryWatch(NamedTuple):
    """What is known of memory.

    Attributes:
        detail: one sentence; empty while all is well.
        since_s: monotonic seconds since when it is not.
        rss_mb: own memory then.
        hopeless: it has grown on, for longer than patience allows.
    """

    detail: str = ""
    since_s: float = 0.0
    rss_mb: float = 0.0
    hopeless: bool = False


class HeatWatch(NamedTuple):
    """One sentence about heat; empty while all is well."""

    detail: str = ""


def memory(watch: MemoryWatch, seen: Memory, now_s: float, limits: LimitsConfig) -> MemoryWatch:
    """Return what is known after one more look."""
    told = _memory_fault(seen, limits, BACK if watch.detail else 0.0)
    if not told:
        return MemoryWatch()
    if not watch.detail:
        return MemoryWatch(told, now_s, seen.rss_mb or 0.0)
    grown = (seen.rss_mb or 0.0) - watch.rss_mb
    patient = now_s - watch.since_s < limits.memory_patience_s
    return watch._replace(hopeless=not patient and grown >= GROWTH_MB)


def heat(watch: HeatWatch, readings: Readings, limits: LimitsConfig) -> HeatWatch:
    """Return what is known after one more look."""
    hottest = max(readings.temperatures, key=lambda zone: zone.celsius, default=None)
    limit = limits.temperature_c * (1.0 - (BACK if watch.detail else 0.0))
    hot = hottest if hottest is not None and hottest.celsius > limit else None
    slowed = readings.throttling or ()
    if hot is None and not slowed:
        return HeatWatch()
    return watch if watch.detail else HeatWatch(_heat_sentence(hot, ", ".join(slowed), limits))


def _memory_fault(seen: Memory, limits: LimitsConfig, back: float) -> str:
    if seen.rss_mb is not None and seen.rss_mb > limits.rss_mb * (1.0 - back):
        return (
            "the service takes {:.0f} MB of memory, more than limits.rss_mb, {}; if it goes on "
            "growing, the service starts itself anew between presses"
        ).format(seen.rss_mb, limits.rss_mb)
    if seen.available_mb is not None and seen.available_mb < limits.available_mb * (1.0 + back):
        return (
            "the device has {:.0f} MB of memory left, less than limits.available_mb, {}; "
            "'plantd doctor' looks for a desktop, which takes most of it"
        ).format(seen.available_mb, limits.available_mb)
    return ""


def _heat_sentence(hot: Optional[Temperature], slowed: str, limits: LimitsConfig) -> str:
    parts = []
    if hot is not None:
        parts.append(
            "{} has {:.0f} C, more than limits.temperature_c, {:g}".format(
                hot.zone, hot.celsius, limits.temperature_c
            )
        )
    if slowed:
        parts.append("the kernel slows the device down ({})".format(slowed))
    return "; ".join(parts) + "; give it shade and air: answers are right, but may come later"
