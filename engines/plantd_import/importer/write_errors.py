"""What cannot be written is one sentence, whatever the system says about it."""

from contextlib import contextmanager
from typing import Iterator

from plantd.errors import CannotWriteError


@contextmanager
def writing_to(path: str) -> Iterator[None]:
    """Raise CannotWriteError when the block meets a full disk, a missing right or the like.

    numpy gives no reason of the system when a disk takes only a part of an array.
    """
    try:
        yield
    except OSError as error:
        raise CannotWriteError(
            "{} cannot be written: {}; free some space there, or name a place that can be "
            "written".format(path, error.strerror or "only a part of it was taken")
        ) from error
