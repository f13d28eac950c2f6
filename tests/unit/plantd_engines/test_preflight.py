"""Memory, swap and disk before a build."""

import pytest

from plantd.errors import UnavailableError
from plantd_engines.preflight import (
    Room,
    fitting_workspaces,
    needed_mb,
    room,
    sentence,
    workspaces,
)

GRAPH_BYTES = 7 << 20


def test_the_workspace_is_halved_down_to_32_mb():
    assert workspaces(512) == [512, 256, 128, 64, 32]
    assert workspaces(40) == [40]
    assert workspaces(16) == [16]


def test_with_room_for_all_the_largest_comes_first():
    assert fitting_workspaces(Room(6000, 0, 1000), GRAPH_BYTES, 512)[0] == 512


def test_workspaces_that_do_not_fit_are_left_out():
    free_mb = needed_mb(GRAPH_BYTES, 128)
    assert fitting_workspaces(Room(free_mb, 0, 1000), GRAPH_BYTES, 512) == [128, 64, 32]


def test_swap_counts_as_room():
    free_mb = needed_mb(GRAPH_BYTES, 128)
    assert fitting_workspaces(Room(free_mb - 400, 400, 1000), GRAPH_BYTES, 512)[0] == 128


def test_too_little_memory_is_said_with_what_helps():
    with pytest.raises(UnavailableError, match="300 MB of memory and 10 MB of swap are free.*swap"):
        fitting_workspaces(Room(300, 10, 1000), GRAPH_BYTES, 512)


def test_a_full_disk_is_said():
    with pytest.raises(UnavailableError, match="12 MB are free where plans are written"):
        fitting_workspaces(Room(6000, 0, 12), GRAPH_BYTES, 512)


def test_a_system_that_does_not_say_gets_every_workspace():
    assert fitting_workspaces(Room(None, None, 1000), GRAPH_BYTES, 64) == [64, 32]


@pytest.mark.parametrize("odd", ["MemAvailable:\n", "MemAvailable: 1x kB\n", ""])
def test_what_the_kernel_does_not_say_is_unknown(tmp_path, odd):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(odd)
    assert room(str(tmp_path), str(tmp_path)).memory_mb is None


def test_room_is_read_from_the_kernel(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(
        "MemTotal: 8040920 kB\nMemAvailable: 2048000 kB\nSwapFree: 1024000 kB\n"
    )
    free = room(str(tmp_path), str(tmp_path))
    assert free[:2] == (2000, 1000)
    assert free.disk_mb > 0
    assert sentence(free).startswith("free: 2000 MB of memory, 1000 MB of swap, ")
    assert sentence(Room(None, 0, 5)) == "free: unknown of memory, no swap, 5 MB of disk"
