from typing import List, Optional

from plantd.camera.recovery import (
    Health,
    Tiers,
    degraded,
    failed,
    streaming,
    trying,
)
from plantd.health.states import State
from plantd.system.root_requests import RESTART_NVARGUS

TIERS = Tiers(
    first_s=1.0,
    factor=2.0,
    max_s=8.0,
    steady_s=10.0,
    ask_after=3,
    ask_every_s=100.0,
    ask_pause_s=5.0,
    failed_after=5,
)


def fail_often(times: int, can_ask: bool = False, every_s: float = 10.0) -> List[Health]:
    found, health = [], Health()
    for number in range(times):
        health, _ = failed(health, TIERS, number * every_s, "gone", can_ask)
        found.append(health)
    return found


def requests(times: int, can_ask: bool, every_s: float) -> List[Optional[str]]:
    found, health = [], Health()
    for number in range(times):
        health, request = failed(health, TIERS, number * every_s, "gone", can_ask)
        found.append(request)
    return found


def test_each_failure_waits_twice_as_long_up_to_a_bound() -> None:
    waits = [
        health.retry_at - 10.0 * n for n, health in enumerate(fail_often(6)) if health.retry_at
    ]
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_a_camera_away_for_months_is_still_tried() -> None:
    health = Health(failures=10**7)
    after, _ = failed(health, TIERS, 0.0, "gone", False)
    assert after.retry_at == TIERS.max_s


def test_it_recovers_first_and_fails_loudly_after_five() -> None:
    states = [health.state for health in fail_often(6)]
    assert states == [State.RECOVERING] * 4 + [State.FAILED] * 2
    assert fail_often(6)[-1].detail == "gone"


def test_root_is_asked_at_the_third_failure_and_rarely_again() -> None:
    found = requests(14, can_ask=True, every_s=10.0)
    assert [number for number, request in enumerate(found) if request] == [2, 12]
    assert found[2] == RESTART_NVARGUS


def test_root_is_not_asked_where_it_cannot_help() -> None:
    assert requests(20, can_ask=False, every_s=10.0) == [None] * 20


def test_the_daemon_gets_time_to_start() -> None:
    asked = fail_often(3, can_ask=True)[-1]
    assert asked.retry_at is not None
    assert asked.hurry_at is not None
    assert asked.retry_at >= 20.0 + TIERS.ask_pause_s
    assert asked.hurry_at >= 20.0 + TIERS.ask_pause_s


def test_somebody_who_waits_is_given_a_try_at_once() -> None:
    long_gone = fail_often(6)[-1]
    assert long_gone.retry_at == 58.0
    assert long_gone.hurry_at == 51.0


def test_one_frame_is_healthy_but_forgets_nothing() -> None:
    health = streaming(trying(fail_often(4)[-1]), TIERS, 40.0)
    assert (health.state, health.detail, health.failures) == (State.HEALTHY, "", 4)
    flapping, _ = failed(health, TIERS, 41.0, "gone again", False)
    assert (flapping.state, flapping.failures) == (State.FAILED, 5)


def test_a_steady_stream_forgets_the_failures() -> None:
    health = streaming(trying(fail_often(4)[-1]), TIERS, 40.0)
    assert streaming(health, TIERS, 49.9).failures == 4
    assert streaming(health, TIERS, 50.0).failures == 0


def test_when_root_was_asked_is_never_forgotten() -> None:
    health = streaming(fail_often(3, can_ask=True)[-1], TIERS, 30.0)
    health = streaming(health, TIERS, 50.0)
    assert (health.failures, health.asked_at) == (0, 20.0)


def test_degraded_says_why_and_a_frame_ends_it() -> None:
    late = degraded(streaming(Health(), TIERS, 0.0), "late")
    assert (late.state, late.detail) == (State.DEGRADED, "late")
    assert streaming(late, TIERS, 1.0).state == State.HEALTHY
