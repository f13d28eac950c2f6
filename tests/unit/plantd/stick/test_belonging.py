"""A disk on USB that the system lives on is no stick; what somebody mounted by hand is one."""

import os
from pathlib import Path

import pytest

from plantd.errors import EX_OK
from plantd.stick import wanted
from plantd.stick.belonging import use_by_the_system

# Devices that every Linux has, with the numbers 1:3 and 1:5.
DEVICE, OTHER = "/dev/null", "/dev/zero"
SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


class System:
    """What the files of a system say of its disks."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def mount(self, number: str, place: str) -> None:
        line = "22 1 {} / {} rw - ext4 /dev/x rw\n".format(number, place)
        self.write("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/mmcblk0p1 rw\n" + line)

    def have_parts(self, *numbers: str) -> None:
        """Let devices be parts of one disk."""
        (self.root / "sys/dev/block").mkdir(parents=True)
        for number in numbers:
            part = self.root / "sys/devices/usb1/block/sda/sda{}".format(number[-1])
            part.mkdir(parents=True)
            (part / "partition").write_text("1\n")
            (self.root / "sys/dev/block" / number).symlink_to(part)

    def have_layers(self, part: str, *numbers: str) -> None:
        """Let device-mapper's devices lie upon a part of a disk and upon each other."""
        below = self.root / "sys/devices/usb1/block/sda/sda{}".format(part[-1])
        for number in numbers:
            made = self.root / "sys/devices/virtual/block/dm-{}".format(number[-1])
            (made / "slaves").mkdir(parents=True)
            (made / "slaves" / below.name).symlink_to(below)
            (self.root / "sys/dev/block" / number).symlink_to(made)
            below = made

    def use(self) -> str:
        return use_by_the_system(DEVICE, str(self.root))


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def test_where_nothing_is_said_it_is_a_stick(system: System) -> None:
    assert system.use() == ""


@pytest.mark.parametrize("place", ["/", "/boot/efi", "/var/lib/plantd", "/home", "/srv", "/opt/x"])
def test_what_the_system_is_mounted_from_is_its_own(system: System, place: str) -> None:
    system.mount("1:3", place)
    assert system.use() == "it is mounted at " + place


@pytest.mark.parametrize("place", ["/mnt", "/media/my\\040stick", "/run/media/me/x", "/home/me/x"])
def test_what_somebody_mounted_by_hand_stays_a_stick(system: System, place: str) -> None:
    system.mount("1:3", place)
    assert system.use() == ""


def test_another_device_s_place_is_no_matter(system: System) -> None:
    system.mount("1:5", "/var")
    assert system.use() == ""


def test_another_part_of_the_system_s_disk_is_its_own_too(system: System) -> None:
    system.have_parts("1:3", "1:5")
    system.mount("1:5", "/")
    assert system.use() == "it is mounted at /"


@pytest.mark.parametrize(("on", "use"), [("253:1", "it is mounted at /"), ("253:7", "")])
def test_the_disk_below_encryption_and_volumes_is_the_system_s(
    system: System, on: str, use: str
) -> None:
    system.have_parts("1:3", "1:5")
    system.have_layers("1:5", "253:0", "253:1")
    system.mount(on, "/")
    assert system.use() == use


@pytest.mark.parametrize(
    ("source", "use"), [(DEVICE, "it is mounted at /"), (OTHER, ""), ("overlay", "")]
)
def test_a_file_system_with_a_number_of_its_own_is_known_by_what_it_was_mounted_from(
    system: System, source: str, use: str
) -> None:
    line = "21 1 0:35 /@ / rw shared:1 master:2 - btrfs {} rw\n"
    system.write("proc/self/mountinfo", line.format(source))
    assert system.use() == use


@pytest.mark.parametrize(
    ("folder", "link", "named"),
    [
        ("by-label", "my\\x20data\\x2f\\x5c\u00fc", "LABEL=my\\040data/\\134\u00fc"),
        ("by-partlabel", "EFI\\x20system", 'PARTLABEL="EFI\\040system"'),
        ("by-uuid", "AB12-CD34", "UUID=ab12-cd34"),
        ("by-partuuid", "ab12-03", "PARTUUID=AB12-03"),
    ],
)
def test_fstab_may_name_a_device_in_other_letters_than_its_link_has(
    system: System, folder: str, link: str, named: str
) -> None:
    (system.root / "dev/disk" / folder).mkdir(parents=True)
    # As bytes: Python 3.6 in the C locale has no such letter in a path.
    os.symlink(
        os.fsencode(DEVICE), os.fsencode(system.root / "dev/disk" / folder) + b"/" + link.encode()
    )
    system.write("etc/fstab", named + " /data ext4 defaults\n")
    assert system.use() == "/etc/fstab has it at /data"


@pytest.mark.parametrize(
    ("line", "is_its_own"),
    [
        (DEVICE + " /data ext4 defaults 0 2", True),
        ("UUID=12-34 /media/photos vfat nofail", True),
        ('LABEL="12-34" none swap sw', True),
        ("UUID=12-34 /data ext4 noauto,x-systemd.automount", True),
        ("UUID=12-34 /media/usb auto noauto,user", False),
        ("UUID=56-78 /data ext4 defaults", False),
        (OTHER + " /data ext4 defaults", False),
        ("# " + DEVICE + " /data ext4 defaults", False),
        (DEVICE, False),
    ],
)
def test_a_line_of_fstab_that_nobody_has_to_ask_for_makes_it_the_system_s(
    system: System, line: str, is_its_own: bool
) -> None:
    for folder in ("by-uuid", "by-label"):
        (system.root / "dev/disk" / folder).mkdir(parents=True)
        (system.root / "dev/disk" / folder / "12-34").symlink_to(DEVICE)
    system.write("etc/fstab", "# a comment\n\n" + line + "\n")
    assert bool(system.use()) is is_its_own


@pytest.mark.parametrize(("on", "use"), [(DEVICE, "swap lies on it"), (OTHER, "")])
def test_what_is_swapped_to_is_the_system_s(system: System, on: str, use: str) -> None:
    system.write("proc/swaps", SWAPS + on + " partition\t7\t0\t-2\n")
    assert system.use() == use


@pytest.mark.parametrize("name", ["proc/self/mountinfo", "proc/swaps", "etc/fstab"])
def test_a_path_that_no_file_can_have_is_nobody_s(system: System, name: str) -> None:
    path = "/dev/a\\000b"
    system.write(name, "\n1 1 8:\\0001 / / x - x {0} x\n{0} / x x\n".format(path))
    assert system.use() == ""


def test_a_device_that_is_gone_is_nobody_s(system: System) -> None:
    system.write("etc/fstab", "UUID=gone /data ext4 defaults\n")
    assert use_by_the_system("/dev/plantd-none", str(system.root)) == ""


def test_this_machine_s_own_files_are_read() -> None:
    assert use_by_the_system(DEVICE) == ""


@pytest.mark.parametrize(("place", "wants"), [("/", False), ("/mnt", True)])
def test_root_mounts_nothing_that_the_system_lives_on(
    system: System, place: str, wants: bool
) -> None:
    system.mount("1:3", place)
    system.write("plantd.yaml", "model: {stick_s: 300}\n")
    marker = system.root / "wanted"
    words = [str(marker), DEVICE, "--config", str(system.root / "plantd.yaml")]
    assert wanted.main([*words, "--root", str(system.root)]) == EX_OK
    assert os.path.exists(str(marker)) is wants
