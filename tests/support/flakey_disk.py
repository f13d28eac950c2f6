"""A disk that can be told to fail, by the kernel's dm-flakey: a file, a loop, a file system.

Linux as root, with dmsetup and the kernel's device mapper; elsewhere the test is skipped.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SIZE_MIB = 64
SECTOR_BYTES = 512
# What fails: writes alone, or reading too.
ERRORS = ("1 error_writes", "")
_FOR_EVER_S = 1 << 20


class FlakeyDisk:
    """An ext4 of its own at `place`; what was written and not synced is lost with the power."""

    def __init__(self, folder: Path, journal: bool) -> None:
        """Make and mount it, or skip the test."""
        if not _is_there():
            pytest.skip("this machine has no dm-flakey; `make vm` has")
        self.place = folder / "mounted"
        self._image = folder / "image"
        self._name = "plantd-{}".format(os.getpid())
        self._image.write_bytes(b"")
        os.truncate(str(self._image), SIZE_MIB << 20)
        self._loop = _said("losetup", "--find", "--show", str(self._image))
        self._dm("create", self._name, "--table", self._good)
        # The kernel's own name of it: the other one is udev's to make.
        asked = ("dmsetup", "info", "--columns", "--noheadings", "-o", "blkdevname", self._name)
        self._node = "/dev/" + _said(*asked)
        features = "has_journal" if journal else "^has_journal"
        _said("mkfs.ext4", "-q", "-O", features, self._node)
        self.place.mkdir()
        # As Debian mounts the disk of a system; without a journal the kernel would rather go on.
        self._errors = "errors=remount-ro" if journal else "errors=continue"
        self._mount()

    def __enter__(self) -> "FlakeyDisk":
        return self

    def __exit__(self, *_error: object) -> None:
        _said("umount", str(self.place))
        self._dm("remove", self._name)
        _said("losetup", "--detach", self._loop)

    def fail(self, how: str) -> None:
        """Let what is asked of the device fail from now on: one of ERRORS."""
        self._become("flakey {} 0 0 {} {}".format(self._loop, _FOR_EVER_S, how).rstrip())

    def heal(self) -> None:
        """Let it be as it was."""
        self._become("linear {} 0".format(self._loop))

    def is_read_only(self) -> bool:
        """Whether the kernel lets nobody write to the file system any more."""
        try:
            (self.place / "asked").write_bytes(b"x")
        except OSError:
            return True
        return False

    def cut_power(self) -> None:
        """Forget what memory alone holds of it, and mount it again as a boot would."""
        _said("umount", str(self.place))
        _said("e2fsck", "-f", "-y", self._node, allowed=1)
        self._mount()

    @property
    def _good(self) -> str:
        return "0 {} linear {} 0".format(self._sectors, self._loop)

    @property
    def _sectors(self) -> int:
        return (SIZE_MIB << 20) // SECTOR_BYTES

    def _mount(self) -> None:
        _said("mount", "-o", self._errors, self._node, str(self.place))

    def _become(self, target: str) -> None:
        self._dm("load", self._name, "--table", "0 {} {}".format(self._sectors, target))
        # The file system is not asked to write first what it has in memory.
        self._dm("suspend", "--nolockfs", "--noflush", self._name)
        self._dm("resume", self._name)

    @staticmethod
    def _dm(act: str, *arguments: str) -> None:
        _said("dmsetup", act, "--noudevrules", "--noudevsync", *arguments)


def _is_there() -> bool:
    if os.geteuid() or not shutil.which("dmsetup"):
        return False
    asked = ["modprobe", "--quiet", "dm-flakey"]
    if shutil.which("modprobe"):
        subprocess.run(asked, stderr=subprocess.DEVNULL)
    told = subprocess.run(["dmsetup", "targets"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return b"flakey" in told.stdout


def _said(*command: str, allowed: int = 0) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace").strip()
    assert done.returncode <= allowed, "{}: {}".format(" ".join(command), text)
    return text
