"""Where an export goes: a file or a folder that is whole or not there, or standard output."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import IO, Iterator

from plantd.errors import CannotWriteError
from plantd.system import durable

# A name that nobody can foresee: it may be run by root, in /tmp.
PREFIX = ".plantd-export-"


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """Give a file to write that replaces `path` at the end, or nothing where it fails.

    Raises CannotWriteError.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise CannotWriteError(
            "{} is not a file; leave FILE away for standard output, or name a folder with "
            "--pictures".format(path)
        )
    new = ""
    try:
        descriptor, new = tempfile.mkstemp(prefix=PREFIX, dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fchmod(target.fileno(), 0o644)
            os.fsync(target.fileno())
        durable.rename(new, path)
    except BaseException as error:
        if new and os.path.exists(new):
            os.unlink(new)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from error
        raise


@contextmanager
def whole_folder(path: str) -> Iterator[str]:
    """Give a folder to fill that becomes `path` at the end, or nothing where it fails.

    Raises CannotWriteError, also where there is something already.
    """
    path, new = os.path.realpath(path), ""
    if os.path.lexists(path) and not _is_empty_folder(path):
        raise CannotWriteError(
            "{} is there already; name a folder that is not, or an empty one".format(path)
        )
    try:
        new = tempfile.mkdtemp(prefix=PREFIX, dir=os.path.dirname(path))
        yield new
        os.chmod(new, 0o755)
        durable.rename(new, path)
    except BaseException as error:
        if new:
            shutil.rmtree(new, ignore_errors=True)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from error
        raise


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.listdir(path)


def _cannot_write(path: str, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        "{} cannot be written: {}; name another place".format(path, error.strerror or error)
    )
