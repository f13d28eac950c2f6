"""Files that are whole or not there, however many processes on however many machines write them."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Iterator

PART = ".part"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` that nobody else writes to; what is written there becomes `path`.

    A try that was given up may still be writing the same file: each has a name of its own, and the
    last one that ends is what stays. What fails leaves nothing behind, what is killed a file that
    `remove_parts` knows.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("{}.{}{}{}".format(path.stem, secrets.token_hex(4), PART, path.suffix))
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(str(part), str(path))
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def remove_parts(folder: Path) -> None:
    """Remove what killed writers left in a folder whose work is done."""
    for left in folder.glob("*{}.*".format(PART)):
        with contextlib.suppress(FileNotFoundError):
            left.unlink()
