"""Whether the record's paths still name what the writer has open.

SQLite writes on into a file that was deleted, and says nothing: what it wrote is gone at the next
start. The files are only looked at, never opened: closing any descriptor of a database gives up the
locks that SQLite holds on it (POSIX locks belong to the process).
"""

import os
from typing import Dict, Optional

from plantd.system.file_identity import FileIdentity, identity_of

_SUFFIXES = ("", "-wal", "-shm")


class OpenFiles:
    """The database, its write-ahead log and its index, as they were when they were opened."""

    def __init__(self, database: str) -> None:
        self._paths = [database + suffix for suffix in _SUFFIXES]
        self._known: Dict[str, Optional[FileIdentity]] = {}

    def note(self) -> None:
        """Take what lies there now for what is open."""
        self._known = {path: identity_of(path) for path in self._paths}

    def note_sizes(self) -> None:
        """Take the sizes after a checkpoint, which may shrink the database."""
        for path, known in self._known.items():
            now = identity_of(path)
            if known is not None and known.is_same_file(now):
                self._known[path] = now

    def fault(self) -> str:
        """Return what became of a file behind the writer's back, in a few words; "" for nothing."""
        for path, known in self._known.items():
            now = identity_of(path)
            if known is None:
                self._known[path] = now
                continue
            name = os.path.basename(path)
            if now is None:
                return "{} was deleted or moved away".format(name)
            if not known.is_same_file(now):
                return "another file was put in the place of {}".format(name)
            if now.size_bytes < known.size_bytes:
                return "{} was cut from {} to {} bytes".format(
                    name, known.size_bytes, now.size_bytes
                )
            self._known[path] = now
        return ""
