"""Memory and heat: told once, with what was seen; a new process only where that helps."""

import pytest

from plantd.config import LimitsConfig
from plantd.health import limits
from plantd.health.limits import GROWTH_MB, HeatWatch, Memory, MemoryWatch
from plantd.telemetry.interface import Readings, Temperature

LIMITS = LimitsConfig(rss_mb=1000, available_mb=200, memory_patience_s=60.0, temperature_c=80.0)
FINE = Memory(500.0, 4000.0)


def after(*looks, watch=MemoryWatch()):
    """Look once a minute; return the last watch."""
    for minute, seen in enumerate(looks):
        watch = limits.memory(watch, seen, 60.0 * minute, LIMITS)
    return watch


def readings(celsius, throttling=None):
    zones = (Temperature("BCPU", 40.0), Temperature("GPU", celsius))
    return Readings(temperatures=zones, throttling=throttling)


def test_within_its_limits_nothing_is_said():
    assert after(FINE, FINE) == MemoryWatch()


def test_what_the_kernel_does_not_say_is_no_fault():
    assert after(Memory(None, None)) == MemoryWatch()


def test_a_service_above_its_limit_says_what_was_seen():
    watch = after(FINE, Memory(1200.0, 4000.0))
    assert "takes 1200 MB of memory, more than limits.rss_mb, 1000" in watch.detail
    assert not watch.hopeless


def test_growth_that_goes_on_is_hopeless_after_patience():
    looks = [Memory(1200.0 + GROWTH_MB * minute, 4000.0) for minute in range(3)]
    assert not after(*looks[:1]).hopeless
    assert after(*looks[:2]).hopeless
    assert after(*looks).hopeless


def test_the_sentence_stays_while_the_figure_moves():
    looks = [Memory(1200.0 + minute, 4000.0) for minute in range(5)]
    assert after(*looks).detail == after(*looks[:1]).detail


def test_a_service_that_stopped_growing_goes_on():
    assert not after(*[Memory(1200.0, 4000.0)] * 100).hopeless


def test_memory_that_others_take_is_told_and_no_reason_to_end():
    watch = after(*[Memory(500.0, 100.0)] * 100)
    assert "100 MB of memory left, less than limits.available_mb, 200" in watch.detail
    assert not watch.hopeless


def test_our_growth_on_a_full_device_is_hopeless():
    assert after(*[Memory(500.0 + 20 * minute, 100.0) for minute in range(5)]).hopeless


def test_a_little_better_is_not_well_yet():
    watch = after(Memory(1001.0, 4000.0), Memory(960.0, 4000.0))
    assert watch.detail
    assert limits.memory(watch, Memory(940.0, 4000.0), 120.0, LIMITS) == MemoryWatch()


@pytest.mark.parametrize("celsius", [-5.0, 20.0, 80.0])
def test_warm_is_not_hot(celsius):
    assert limits.heat(HeatWatch(), readings(celsius), LIMITS) == HeatWatch()


def test_the_hottest_zone_is_named():
    watch = limits.heat(HeatWatch(), readings(91.4), LIMITS)
    assert watch.detail.startswith("GPU has 91 C, more than limits.temperature_c, 80; ")
    assert limits.heat(watch, readings(95.0), LIMITS) == watch
    assert limits.heat(watch, readings(78.0), LIMITS) == watch
    assert limits.heat(watch, readings(70.0), LIMITS) == HeatWatch()


def test_a_device_that_is_slowed_down_says_so_at_any_temperature():
    watch = limits.heat(HeatWatch(), readings(50.0, ("cpu-throttle",)), LIMITS)
    assert "the kernel slows the device down (cpu-throttle)" in watch.detail
    assert limits.heat(watch, readings(50.0, ()), LIMITS) == HeatWatch()


def test_a_device_without_thermometers_is_no_fault():
    assert limits.heat(HeatWatch(), Readings(), LIMITS) == HeatWatch()
