"""A bundle's files out of a directory or a tar archive, trusting neither.

Only the five names of a bundle and its signature's are taken, each is written under that plain
name, and everything else is left where it is. What would lead elsewhere (.., absolute paths, links,
devices) refuses the whole. Sizes are limited before a byte is written.
"""

import os
import stat
import tarfile
import zlib
from contextlib import contextmanager
from lzma import LZMAError
from typing import IO, Dict, Iterator, List, NamedTuple, Sequence, Tuple, cast

from plantd.errors import BundleError, NotFoundError, UnavailableError
from plantd.models.archive_stream import ArchiveStream

MANIFEST = "manifest.yaml"
FILES = (MANIFEST, "model.onnx", "golden.npz", "species.yaml", "card.md")
# Beside them in a bundle that is signed: see signature.py.
SIGNATURE = MANIFEST + ".sig"
TAKEN = (*FILES, SIGNATURE)
MIB = 1 << 20
# No network for this device comes near: it is a guard for disk and memory, not an estimate.
FILE_MAX_BYTES = 1024 * MIB
MEMBERS_MAX = 1000
BLOCK_BYTES = 1 << 20
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")

# tarfile lets ValueError through where a header's numbers are none.
_DAMAGED = (
    tarfile.TarError,
    EOFError,
    zlib.error,
    LZMAError,
    ValueError,
    OverflowError,
    MemoryError,
    OSError,
)


class Found(NamedTuple):
    """One file of the bundle."""

    name: str
    size_bytes: int


def contents_of(source: str) -> List[Found]:
    """Return what of the bundle a directory or an archive holds.

    Raises NotFoundError for what is not there, BundleError for what is no bundle or may not be
    unpacked.
    """
    if os.path.isdir(source):
        return _checked(source, list(_in_directory(source)))
    with _open(source) as archive:
        return _checked(source, [found for found, _ in _in_archive(source, archive)])


def unpack(source: str, target: str, names: Sequence[str] = TAKEN) -> None:
    """Write the bundle's files, or some of them, into the empty directory `target`, synced.

    Raises as contents_of, and UnavailableError when the disk does not take them.
    """
    if os.path.isdir(source):
        for found in _in_directory(source):
            if found.name not in names:
                continue
            with _read(os.path.join(source, found.name)) as file:
                try:
                    _write(file, os.path.join(target, found.name), found.size_bytes)
                except (OSError, EOFError) as error:
                    raise BundleError("{} cannot be read: {}".format(source, error)) from error
        return
    with _open(source) as archive:
        for found, member in _in_archive(source, archive):
            if found.name not in names:
                continue
            content = archive.extractfile(member)
            assert content is not None, member.name
            _write(content, os.path.join(target, found.name), found.size_bytes)


def _in_directory(source: str) -> Iterator[Found]:
    for name in TAKEN:
        path = os.path.join(source, name)
        try:
            seen = os.lstat(path)
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(seen.st_mode):
            raise BundleError("{} is not a plain file; expected the file itself there".format(path))
        yield _limited(Found(name, seen.st_size), path)


def _in_archive(source: str, archive: tarfile.TarFile) -> Iterator[Tuple[Found, tarfile.TarInfo]]:
    """Iterate over the bundle's members; every other member is looked at all the same."""
    folders: Dict[str, str] = {}
    for number, member in enumerate(archive):
        where = "{}: {!r}".format(source, member.name)
        if number >= MEMBERS_MAX:
            raise BundleError("{} has more than {} members".format(source, MEMBERS_MAX))
        if member.name.startswith("/") or ".." in member.name.split("/"):
            raise BundleError(where + " leads out of the archive; nothing of it is installed")
        if member.isdir():
            continue
        if not member.isfile():
            raise BundleError(where + " is a link or a device; expected plain files only")
        folder, name = os.path.split(os.path.normpath(member.name))
        found = _limited(Found(name, member.size), where)
        if name not in TAKEN:
            continue
        if folders.setdefault(name, folder) != folder or len(set(folders.values())) > 1:
            raise BundleError(where + " lies in another folder: expected one bundle an archive")
        yield found, member


def _checked(source: str, found: List[Found]) -> List[Found]:
    names = [each.name for each in found]
    if MANIFEST not in names:
        raise BundleError("{} has no {}; {}".format(source, MANIFEST, _instead(source)))
    missing = [name for name in FILES if name not in names]
    if missing or len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise BundleError(
            "{} is not a whole bundle: {} missing, {} there twice; make it again".format(
                source, ", ".join(missing) or "nothing", ", ".join(twice) or "nothing"
            )
        )
    return found


def _instead(source: str) -> str:
    """Return what somebody who named a USB stick's folder may have meant."""
    try:
        names = sorted(os.listdir(source))
    except OSError:
        names = []
    likely = [
        name
        for name in names
        if name.endswith(ARCHIVES) or os.path.exists(os.path.join(source, name, MANIFEST))
    ]
    if likely:
        return "name what lies in it: " + ", ".join(os.path.join(source, n) for n in likely[:5])
    return "expected a model bundle: its directory, or a .tar or .tar.gz of it"


def _limited(found: Found, where: str) -> Found:
    if found.size_bytes > FILE_MAX_BYTES:
        raise BundleError(
            "{} has {} MiB; a file of a bundle has at most {} MiB".format(
                where, found.size_bytes // MIB, FILE_MAX_BYTES // MIB
            )
        )
    return found


@contextmanager
def _open(source: str) -> Iterator[tarfile.TarFile]:
    # A FIFO would be waited for without end.
    if os.path.exists(source) and not os.path.isfile(source):
        raise BundleError("{} is neither a file nor a directory".format(source))
    try:
        with _read(source) as file:
            stream = cast(IO[bytes], ArchiveStream(file))
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                yield archive
    except _DAMAGED as error:
        raise BundleError(
            "{} cannot be read as a tar archive ({}); copy it again".format(source, _brief(error))
        ) from error


def _brief(error: BaseException) -> str:
    """Return an error's first line: newer versions of tarfile add what each reader said."""
    return str(error).partition("\n")[0].rstrip(": ") or type(error).__name__


def _read(path: str) -> IO[bytes]:
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise NotFoundError(
            "there is no {}; is the stick mounted? 'lsblk' shows where".format(path)
        ) from error
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error


def _write(source: IO[bytes], path: str, size_bytes: int) -> None:
    with _told(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb", buffering=0) as target:
        left = size_bytes
        while left > 0:
            block = source.read(min(left, BLOCK_BYTES))
            if not block:
                raise EOFError("{} ends too early".format(os.path.basename(path)))
            with _told(path):
                target.write(block)
            left -= len(block)
        with _told(path):
            os.fsync(target.fileno())


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Tell the errors of our own disk from those of the source."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            "{} cannot be written: {}; the active model stays".format(path, error.strerror)
        ) from error
