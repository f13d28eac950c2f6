"""Whether a device belongs to the system: its root, its boot files, its data, its swap.

How this works: a box may start from a disk on USB, or keep its data on one, and udev cannot tell it
from a stick. It is none when it, or another part of its disk, is mounted where no stick is, is used
as swap, or has a line in /etc/fstab that is mounted without anybody's asking. A stick that somebody
mounted by hand, below /media or /mnt or in a home, stays a stick.

Source: proc(5), fstab(5), hier(7); a partition's folder in /sys lies in that of its disk, and what
a mapped device (encryption, a volume, a RAID) lies on is in its folder `slaves`. A link that udev
keeps of a label has `\\x20` for a blank.
"""

import os
import re
from typing import Iterator, List, Match, NamedTuple, Set

# Places that are mounted whole, and folders below which everything is the system's.
WHOLE = ("/", "/home")
FOLDERS = ("bin", "boot", "efi", "etc", "lib", "opt", "sbin", "srv", "usr", "var")
# What /etc/fstab may name a device by -> where udev keeps its link.
NAMED_BY = {
    "UUID": "by-uuid",
    "LABEL": "by-label",
    "PARTUUID": "by-partuuid",
    "PARTLABEL": "by-partlabel",
}
# Letters that udev writes in another way into a link's name.
_NOT_IN_A_LINK = re.compile(r"(?![0-9A-Za-z#+.:=@_-])[\x00-\x7f]")
# Of a file system on no device, or with a number of its own, as btrfs.
_NO_DEVICE = "0:"


class Use(NamedTuple):
    """A device, "MAJOR:MINOR", and what the system does with it, in words."""

    number: str
    what: str


def use_by_the_system(device: str, root: str = "/") -> str:
    """Return what the system does with a device or another part of its disk; empty for nothing.

    Args:
        root: where proc, sys, etc and dev are looked for.
    """
    number = _number(device)
    disks = _disks(number, root)
    uses = [*_mounts(root), *_swaps(root), *_lines_of_fstab(root)]
    found = [use.what for use in uses if use.number and _disks(use.number, root) & disks]
    return found[0] if number and found else ""


def is_of_the_system(place: str) -> bool:
    """Whether what is mounted at a place is part of the system."""
    return place in WHOLE or place.lstrip("/").partition("/")[0] in FOLDERS


def unescaped(word: str) -> str:
    """Return a word of mountinfo, fstab or swaps, which write blanks in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), word)


def _mounts(root: str) -> Iterator[Use]:
    for words in _rows(root, "proc/self/mountinfo"):
        if len(words) > 4 and is_of_the_system(words[4]):
            yield Use(_mounted_from(words), "it is mounted at " + words[4])


def _mounted_from(words: List[str]) -> str:
    """Return the device of a row of mountinfo; empty where there is none."""
    if not words[2].startswith(_NO_DEVICE):
        return words[2]
    source = words[-2]
    return _number(source) if source.startswith("/") else ""


def _swaps(root: str) -> Iterator[Use]:
    for words in _rows(root, "proc/swaps")[1:]:
        yield Use(_number(words[0]), "swap lies on it")


def _lines_of_fstab(root: str) -> Iterator[Use]:
    for words in _rows(root, "etc/fstab"):
        options = words[3].split(",") if len(words) > 3 else []
        waits = "noauto" in options and "x-systemd.automount" not in options
        if len(words) > 2 and not words[0].startswith("#") and not waits:
            yield Use(_number(_device_of(words[0], root)), "/etc/fstab has it at " + words[1])


def _device_of(named: str, root: str) -> str:
    tag, equals, name = named.partition("=")
    if equals and tag in NAMED_BY:
        name = _NOT_IN_A_LINK.sub(_escaped, name.strip("\"'"))
        spelt = (name, name.upper(), name.lower()) if tag.endswith("UUID") else (name,)
        links = [os.path.join(root, "dev/disk", NAMED_BY[tag], each) for each in spelt]
        return next(filter(os.path.exists, links), "")
    return named if named.startswith("/") else ""


def _escaped(letter: Match[str]) -> str:
    return "\\x{:02x}".format(ord(letter.group()))


def _number(path: str) -> str:
    """Return MAJOR:MINOR of a device, or of the one that a file lies on; empty where it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    number = status.st_rdev or status.st_dev
    return "{}:{}".format(os.major(number), os.minor(number))


def _disks(number: str, root: str) -> Set[str]:
    """Return the folders in /sys of the disks that a device is, is a part of, or lies on."""
    return _disks_below(os.path.realpath(os.path.join(root, "sys/dev/block", number)))


def _disks_below(folder: str) -> Set[str]:
    try:
        below = os.listdir(os.path.join(folder, "slaves"))
    except OSError:
        below = []
    if below:
        found = [os.path.realpath(os.path.join(folder, "slaves", each)) for each in below]
        return set().union(*map(_disks_below, found))
    is_part = os.path.exists(os.path.join(folder, "partition"))
    return {os.path.dirname(folder) if is_part else folder}


def _rows(root: str, name: str) -> List[List[str]]:
    """Return the words of each line of a file; none where it cannot be read."""
    try:
        with open(os.path.join(root, name), "rb") as source:
            lines = os.fsdecode(source.read()).splitlines()
    except OSError:
        return []
    rows = [[unescaped(word) for word in line.split()] for line in lines if line.split()]
    # No path of the kernel's holds it, and no call takes one that does.
    return [words for words in rows if not any("\0" in word for word in words)]
