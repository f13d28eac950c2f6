"""One training at a time in a folder: several processes may share the work of one recipe."""

import contextlib
import fcntl
import logging
from pathlib import Path
from typing import Iterator

logger = logging.getLogger(__name__)

LOCK = "lock"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; wait while another process does. A killed process holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("%s: another process trains here; waiting for it", folder.name)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
