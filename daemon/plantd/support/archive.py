"""The support bundle as one file: redacted, written beside, synced, renamed."""

import io
import os
import tarfile
import tempfile
from typing import Iterable, List

from plantd.errors import CannotWriteError
from plantd.support.contents import File
from plantd.support.redaction import Secret, redacted
from plantd.system import durable

FOLDER = "plantd-support"


def write_bundle(path: str, files: Iterable[File], secrets: List[Secret]) -> List[str]:
    """Write redacted files as a .tar.gz that nobody else may read; return their names.

    Raises CannotWriteError when it cannot be written; then nothing new is at `path`.
    """
    path, new = os.path.abspath(path), ""
    names: List[str] = []
    try:
        # A name that nobody can foresee: it may be run by root, in /tmp. Its mode is 0600.
        descriptor, new = tempfile.mkstemp(prefix=".plantd-support-", dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as target:
            with tarfile.open(fileobj=target, mode="w:gz") as archive:
                for name, text in files:
                    _add(archive, name, redacted(text, secrets).encode("utf-8"))
                    names.append(name)
            target.flush()
            os.fsync(target.fileno())
        durable.rename(new, path)
    except OSError as error:
        if new:
            os.unlink(new)
        raise CannotWriteError(
            "{} cannot be written: {}; name another place: plantd-cli support-bundle FILE".format(
                path, error.strerror
            )
        ) from error
    return names


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    # No owner, no time: both would say something about the box.
    member = tarfile.TarInfo("{}/{}".format(FOLDER, name))
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))
