import pytest

from plantd.camera.session import LOADING, OPENING, STREAMING, PhaseDeadline, Rate
from plantd.config import CameraConfig

CONFIG = CameraConfig(open_timeout_s=10.0, read_timeout_s=3.0)


@pytest.mark.parametrize(
    ("phase", "deadline_s"), [(LOADING, 65.0), (OPENING, 15.0), (STREAMING, 8.0)]
)
def test_each_phase_has_its_deadline(phase: str, deadline_s: float) -> None:
    assert PhaseDeadline(phase, 5.0).deadline_s(CONFIG) == deadline_s


def test_only_a_stream_can_be_late() -> None:
    assert PhaseDeadline(STREAMING, 5.0).late_at_s(CONFIG) == 6.5
    assert PhaseDeadline(OPENING, 5.0).late_at_s(CONFIG) is None
    assert PhaseDeadline(LOADING, 5.0).late_at_s(CONFIG) is None


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (LOADING, "was not prepared within 60 s"),
        (OPENING, "did not open within 10 s (camera.open_timeout_s)"),
        (STREAMING, "delivered no frame for 3 s (camera.read_timeout_s)"),
    ],
)
def test_a_missed_deadline_names_its_key(phase: str, words: str) -> None:
    assert PhaseDeadline(phase, 0.0).overdue(CONFIG) == words


def test_the_rate_is_that_of_the_last_second() -> None:
    rate = Rate()
    for number in range(31):
        rate = rate.after(100.0 + number / 30.0, number, 100.0 + number / 30.0)
    assert rate.fps == pytest.approx(30.0)


def test_there_is_no_rate_before_a_second_has_passed() -> None:
    assert Rate().after(1.0, 1, 1.0).after(1.5, 10, 1.5).fps is None


def rate_of(arrivals):
    rate = Rate()
    for arrived_at, frame_id, changed_at in arrivals:
        rate = rate.after(arrived_at, frame_id, changed_at)
    return rate


def test_the_longest_gap_is_that_of_the_last_second() -> None:
    pausing = [(10.0, 1, 10.0), (10.1, 2, 10.1), (10.7, 3, 10.7), (11.0, 4, 11.0)]
    assert rate_of(pausing).longest_gap_s == pytest.approx(0.6)
    steady = [(11.5, 5, 11.5), (12.0, 6, 12.0)]
    assert rate_of(pausing + steady).longest_gap_s == pytest.approx(0.5)


def test_frames_nobody_told_of_do_not_make_a_gap() -> None:
    assert rate_of([(10.0, 1, 10.0), (11.0, 11, 11.0)]).longest_gap_s == pytest.approx(0.1)


def test_a_frame_that_shows_the_picture_before_it_is_a_repeat() -> None:
    assert rate_of([(10.0, 1, 10.0), (10.1, 2, 10.0), (10.2, 3, 10.2)]).repeats == 1


def test_a_frame_that_is_told_twice_counts_once() -> None:
    assert rate_of([(10.0, 1, 10.0), (10.1, 2, 10.0), (10.1, 2, 10.0)]).repeats == 1
