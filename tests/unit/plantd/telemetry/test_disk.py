"""How full the disks are, also for folders that do not exist yet."""

import os
from pathlib import Path

from plantd.telemetry.disk import disk_of


def test_a_folders_file_system_is_measured(tmp_path: Path) -> None:
    disk = disk_of("state", str(tmp_path))
    seen = os.statvfs(str(tmp_path))
    assert (disk.name, disk.path) == ("state", str(tmp_path))
    assert disk.total_mb == seen.f_blocks * seen.f_frsize // 2**20
    assert disk.free_mb is not None
    assert 0 <= disk.free_mb <= disk.total_mb
    assert disk.read_only is False
    assert disk.device == os.stat(str(tmp_path)).st_dev


def test_a_folder_that_is_missing_is_its_nearest_parents_file_system(tmp_path: Path) -> None:
    missing = disk_of("log", str(tmp_path / "not" / "yet"))
    assert missing.device == os.stat(str(tmp_path)).st_dev
    assert missing.path == str(tmp_path / "not" / "yet")


def test_a_file_system_without_inodes_has_no_share_of_them() -> None:
    # procfs counts none, and is read by every Linux.
    disk = disk_of("odd", "/proc")
    assert disk.inodes_used_percent is None


def test_a_path_that_is_no_path_is_not_known() -> None:
    assert disk_of("state", "/" + "x" * 5000).total_mb == disk_of("state", "/").total_mb
