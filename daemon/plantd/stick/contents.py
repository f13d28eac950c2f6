"""What a stick holds for plantd: models, and a repository of packages. Trusts nothing of it.

Only what lies in `plantd/` on the stick is looked at, by name, and links lead nowhere: a stick is
not to name what lies on the box.
"""

import os
import stat
from typing import Callable, List, NamedTuple

from plantd.errors import NotFoundError
from plantd.models.unpacking import ARCHIVES, MANIFEST

FOLDER = "plantd"
# What aptly publishes: make repository.
RELEASE = os.path.join("dists", "stable", "InRelease")


class StickContents(NamedTuple):
    """What was found.

    Attributes:
        models: paths of bundles, directories or archives, by name.
        repository: the folder of a repository; empty where there is none.
    """

    models: List[str]
    repository: str


def contents_of_stick(mounted: str) -> StickContents:
    """Return what the stick that is mounted there holds. Raises NotFoundError where it is gone."""
    folder = os.path.join(mounted, FOLDER)
    if not _is(folder, stat.S_ISDIR):
        return StickContents([], "")
    try:
        paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(folder, error.strerror)) from error
    has_repository = _is(os.path.join(folder, RELEASE), stat.S_ISREG)
    return StickContents(
        [path for path in paths if _is_model(path)], folder if has_repository else ""
    )


def _is_model(path: str) -> bool:
    if _is(path, stat.S_ISDIR):
        return _is(os.path.join(path, MANIFEST), stat.S_ISREG)
    # What other systems leave beside each file of a stick begins with a point.
    hidden = os.path.basename(path).startswith(".")
    return path.endswith(ARCHIVES) and not hidden and _is(path, stat.S_ISREG)


def _is(path: str, kind: Callable[[int], bool]) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return kind(mode)
