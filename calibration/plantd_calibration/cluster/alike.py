"""What the machines of a cluster need to have alike: one folder under one path, and one software.

How this works: whoever shares work out leaves a mark in the shared folder and says which versions
it has and how it reads a drawn picture; each machine compares before it touches anything. So a
folder that is not mounted there, or an older library, which would give other numbers, is one
sentence and no wrong result.
"""

import contextlib
import hashlib
import secrets
import sys
from importlib import metadata
from pathlib import Path
from typing import Dict, Iterator, NamedTuple

import numpy as np

import plantd
from plantd import picture

# What numbers depend on; each is compared where one of the machines has it.
LIBRARIES = (
    *("numpy", "tensorflow-cpu", "tensorflow", "keras", "torch", "jax", "jaxlib"),
    *("onnxruntime", "scikit-learn", "scipy"),
)
NONE = "none"


class Site(NamedTuple):
    """What a machine compares itself with.

    Attributes:
        mark: a file in the shared folder.
        versions: of plantd, Python and LIBRARIES.
        drawn: a JPEG.
        seen: sha256 of its pixels.
    """

    mark: Path
    versions: Dict[str, str]
    drawn: bytes
    seen: str

    def problem_here(self) -> str:
        """Return in words what this machine has otherwise; nothing where all is alike."""
        if not self.mark.exists():
            return "does not see {}; mount the folder there, under the same path".format(
                self.mark.parent
            )
        own = versions_here()
        odd = [
            "{} {} instead of {}".format(name, own.get(name, NONE), version)
            for name, version in self.versions.items()
            if own.get(name, NONE) != version
        ]
        if odd:
            return "has {}; install the same there".format(", ".join(odd))
        if pixels_digest(self.drawn) != self.seen:
            return "decodes pictures otherwise; install the same OpenCV there"
        return ""


@contextlib.contextmanager
def marked(folder: Path) -> Iterator[Site]:
    """Leave a mark in the shared folder while the block runs; yield this machine's site."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder.absolute() / ".shared-{}".format(secrets.token_hex(4))
    mark.touch()
    try:
        drawn = picture.encode_jpeg(_drawn(), 80)
        yield Site(mark, versions_here(), drawn, pixels_digest(drawn))
    finally:
        mark.unlink(missing_ok=True)


def versions_here() -> Dict[str, str]:
    """Return the version of plantd, of Python, and of what numbers depend on."""
    found = {"plantd": plantd.__version__, "Python": "{}.{}".format(*sys.version_info[:2])}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = NONE
    return found


def pixels_digest(drawn: bytes) -> str:
    """Return the sha256 of the pixels that a JPEG has here."""
    return hashlib.sha256(picture.decode(drawn).tobytes()).hexdigest()


def _drawn() -> np.ndarray:
    """(120, 160, 3) uint8: edges and slopes in every colour, on which decoders differ."""
    down, right, colour = np.meshgrid(np.arange(120), np.arange(160), np.arange(3), indexing="ij")
    return np.asarray((down * right // (7 + colour) + 40 * colour) % 256, np.uint8)
