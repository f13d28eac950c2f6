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
        rate = rate.after(100.0 + number / 30.0, number)
    assert rate.fps == pytest.approx(30.0)


def test_there_is_no_rate_before_a_second_has_passed() -> None:
    assert Rate().after(1.0, 1).after(1.5, 10).fps is None
