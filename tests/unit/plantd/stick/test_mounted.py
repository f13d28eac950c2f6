"""A stick is looked at where it was mounted; what was in the way is said."""

from pathlib import Path

import pytest

from plantd.errors import EX_OK, BusyError, ConfigError, NotFoundError, UnavailableError
from plantd.stick import wanted
from plantd.stick.mounted import make_sure_it_is_mounted

# A device that every Linux has, with the number 1:3.
DEVICE = "/dev/null"
PLACE = "/run/plantd-stick/null"
ROOT = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/mmcblk0p1 rw"
OURS = "90 22 1:3 / {} ro,nosuid,nodev,noexec - vfat /dev/null ro".format(PLACE)
ANOTHERS = "91 22 1:3 / /media/my\\040stick rw,nosuid - vfat /dev/null rw"


def look(tmp_path: Path, *mounts: str) -> None:
    (tmp_path / "mountinfo").write_text("\n".join((ROOT, *mounts)) + "\n")
    make_sure_it_is_mounted(DEVICE, PLACE, str(tmp_path / "mountinfo"))


def test_a_stick_that_is_mounted_for_us_is_looked_at(tmp_path: Path) -> None:
    look(tmp_path, ANOTHERS, OURS)


def test_one_that_somebody_writes_to_is_busy_and_where_is_said(tmp_path: Path) -> None:
    with pytest.raises(BusyError, match="it is mounted at '/media/my stick'.*sudo umount"):
        look(tmp_path, ANOTHERS)


def test_one_that_is_mounted_nowhere_could_not_be_mounted(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="/dev/null could not be mounted: .*damaged"):
        look(tmp_path)


def test_one_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(NotFoundError, match="/dev/plantd-none was taken out"):
        make_sure_it_is_mounted("/dev/plantd-none", PLACE)


def test_the_systems_own_list_is_read() -> None:
    with pytest.raises(UnavailableError, match="could not be mounted"):
        make_sure_it_is_mounted(DEVICE, PLACE)


@pytest.mark.parametrize(("stick_s", "wants"), [(0, False), (300, True)])
def test_root_mounts_a_stick_only_where_sticks_are_looked_at(
    tmp_path: Path, stick_s: int, wants: bool
) -> None:
    config = tmp_path / "plantd.yaml"
    config.write_text("model: {{stick_s: {}}}\n".format(stick_s))
    marker = tmp_path / "wanted"
    assert wanted.main([str(marker), "--config", str(config)]) == EX_OK
    assert marker.exists() is wants


def test_a_broken_configuration_wants_no_stick(tmp_path: Path) -> None:
    config = tmp_path / "plantd.yaml"
    config.write_text("modle: {}\n")
    marker = tmp_path / "wanted"
    assert wanted.main([str(marker), "--config", str(config)]) == ConfigError.exit_code
    assert not marker.exists()
