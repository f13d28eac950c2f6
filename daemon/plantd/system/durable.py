"""Writes that a power cut cannot halve: what has a name is whole and on the disk."""

import errno
import os


def sync_directory(path: str) -> None:
    """Make durable what was created, renamed or deleted in a directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(old: str, new: str) -> None:
    """Give a file, a link or a directory its name, on the disk as well."""
    os.rename(old, new)
    sync_directory(os.path.dirname(new))


def belong_as(path: str, model: str) -> None:
    """Give `path` the owner that `model` has, where this user may: root installs for the service.

    Links are changed themselves, not what they point to.
    """
    if os.geteuid() == 0:
        owner = os.stat(model)
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def free_name(path: str) -> str:
    """Return the path, or with -2, -3 and so on behind it the first that nothing has."""
    name, number = path, 1
    while os.path.lexists(name):
        number += 1
        name = "{}-{}".format(path, number)
    return name


def refuses_changes(folder: str) -> bool:
    """Return whether the file system of a folder is read-only, by making a file there.

    An ext4 that the kernel stopped after an error does not say so: its files can be touched, and
    other calls fail in many words.
    """
    path = os.path.join(folder, ".tried")
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.unlink(path)
    except OSError as error:
        return error.errno == errno.EROFS
    return False
