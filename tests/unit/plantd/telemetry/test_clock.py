"""The clock says what time it is and whether to believe it."""

import time
from pathlib import Path

import pytest
from support import tx2_tree

from plantd.telemetry.clock import Clock, Synchronisation, boot_id, kernel_synchronised
from plantd.wire import Moment


def clock(root: Path, kernel: "bool | None", wall: float = 1780308723.9) -> Clock:
    return Clock(str(root), monotonic=lambda: 8123.2042, wall=lambda: wall, kernel=lambda: kernel)


def test_a_moment_has_boot_monotonic_time_and_utc(tmp_path: Path) -> None:
    tree = tx2_tree.build(tmp_path)
    assert clock(tree, True).now() == Moment(
        boot_id="7f0c6c8e-2d43-4b0e-9f0a-0a7f5a6d1c11",
        mono_s=8123.2042,
        wall="2026-06-01T10:12:03Z",
        synchronised=True,
    )


@pytest.mark.parametrize(("kernel", "month"), [(True, 6), (False, None), (None, None)])
def test_the_month_counts_only_while_somebody_vouches_for_it(
    tmp_path: Path, kernel: "bool | None", month: "int | None"
) -> None:
    assert clock(tmp_path, kernel).month() == month


@pytest.mark.parametrize(
    ("kernel", "timesyncd", "expected"),
    [
        (True, False, Synchronisation(True, "kernel")),
        (False, False, Synchronisation(False, "kernel")),
        (False, True, Synchronisation(False, "kernel")),
        (None, True, Synchronisation(True, "timesyncd")),
        (None, False, Synchronisation(False, "nobody")),
    ],
)
def test_the_kernel_is_believed_first(
    tmp_path: Path, kernel: "bool | None", timesyncd: bool, expected: Synchronisation
) -> None:
    if timesyncd:
        tx2_tree.write(tmp_path, "run/systemd/timesync/synchronized", "")
    assert clock(tmp_path, kernel).synchronisation() == expected


def test_the_wall_clock_may_be_before_1970_or_jump(tmp_path: Path) -> None:
    assert clock(tmp_path, False, wall=-1.0).now().wall == "1969-12-31T23:59:59Z"
    assert clock(tmp_path, False, wall=0.0).now().wall == "1970-01-01T00:00:00Z"


def test_without_proc_a_boot_id_holds_for_the_process(tmp_path: Path) -> None:
    made = clock(tmp_path, None)
    assert made.boot_id == made.boot_id
    assert len(made.boot_id) == 36


def test_this_machine_has_a_boot_and_its_kernel_answers() -> None:
    before = time.monotonic()
    now = Clock().now()
    assert now.boot_id == boot_id() == boot_id()
    assert before <= now.mono_s <= time.monotonic()
    assert kernel_synchronised() in (True, False)
