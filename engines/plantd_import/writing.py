"""What cannot be written is one sentence, whatever the system says about it."""

from contextlib import contextmanager
from typing import Iterator

from plantd_engines.store import CannotWriteError


@contextmanager
def writing_to(path: str) -> Iterator[None]:
    """Raise CannotWriteError when the block meets a full disk, a missing right or the like."""
    try:
        yield
    except OSError as error:
        raise CannotWriteError(
            "{} cannot be written: {}; free some space there, or name a place that can be "
            "written".format(path, error.strerror or error)
        ) from error
