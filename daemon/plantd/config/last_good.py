"""The configuration that served last, kept in the state directory for a boot with a broken one.

The box's own file is kept as it was written, once the service has been made from it. At a boot
whose file is broken it holds instead, and says so; where there is none, the program ends with 78.

How this works where there is a site's file too: only both together have served. So they are kept
as a pair, in a directory named after what they hold, and the place is a link to it; one renaming
takes the link from pair to pair, so that a power cut leaves the old pair or the new one.
"""

import hashlib
import logging
import os
import shutil
from typing import Dict, Mapping, Optional, Sequence
from urllib.parse import quote

from plantd.config import PathsConfig
from plantd.config.file import SITE, LoadedConfig, load, site_of
from plantd.errors import ConfigError
from plantd.system import durable

logger = logging.getLogger(__name__)

FOLDER = "last-good"
OWN = "plantd.yaml"
# Never in a place's own name: quote() writes it otherwise.
_BESIDE = "+"
_DIGITS = 16


def place(path: str, environment: Mapping[str, str]) -> str:
    """Return where what a file said is kept: a broken one cannot be asked for paths.state.

    systemd names the state directory from version 240 on; before, it is the default. Each file has
    a name of its own there: a plantd that is tried out does not take up the installed one's.
    """
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0] or PathsConfig().state
    return os.path.join(state, FOLDER, quote(os.path.abspath(path), safe=""))


def keep(path: str, kept: str) -> None:
    """Keep what a service was made from; a place that cannot be written is only logged."""
    folder = os.path.dirname(kept)
    if not os.path.isdir(os.path.dirname(folder)):
        return  # Nothing is installed here.
    try:
        os.makedirs(folder, mode=0o750, exist_ok=True)
        site = site_of(path)
        held = {OWN: _bytes_of(path)}
        if site:
            held[SITE] = _bytes_of(site)
        if held == _held(kept):
            return
        if site:
            _keep_pair(held, kept)
        else:
            _write(kept + ".new", held[OWN])
            durable.rename(kept + ".new", kept)
        _sweep(kept)
    except OSError as error:
        logger.warning("the configuration is not kept for the next boot: %s", error)


def instead_of(error: ConfigError, kept: str, overrides: Sequence[str]) -> Optional[LoadedConfig]:
    """Return the last good configuration with the reason why it holds, None where there is none."""
    try:
        loaded = load(_own(kept), overrides)
    except ConfigError:
        return None
    complaint = "{} (the last good configuration holds, {})".format(error.problems[0], kept)
    return loaded._replace(complaint=complaint)


def _own(kept: str) -> str:
    """Return the box's own file in a place; the site's, where one was kept, lies beside it."""
    return os.path.join(kept, OWN) if os.path.isdir(kept) else kept


def _held(kept: str) -> Dict[str, bytes]:
    """Return what a place holds: nothing where it cannot be read."""
    own = _own(kept)
    try:
        held = {OWN: _bytes_of(own)}
        site = site_of(own)
        return {**held, SITE: _bytes_of(site)} if site else held
    except OSError:
        return {}


def _keep_pair(held: Mapping[str, bytes], kept: str) -> None:
    told = hashlib.sha256()
    for name in sorted(held):
        told.update("{} {}\n".format(name, len(held[name])).encode("ascii") + held[name])
    pair = kept + _BESIDE + told.hexdigest()[:_DIGITS]
    if not os.path.isdir(pair):
        new = kept + _BESIDE + "new"
        shutil.rmtree(new, ignore_errors=True)
        os.mkdir(new, 0o750)
        for name, data in held.items():
            _write(os.path.join(new, name), data)
        durable.sync_directory(new)
        durable.rename(new, pair)
    link = kept + _BESIDE + "link"
    if os.path.lexists(link):
        os.unlink(link)
    os.symlink(os.path.basename(pair), link)
    durable.rename(link, kept)


def _sweep(kept: str) -> None:
    """Remove pairs that are kept no longer, and what a power cut left."""
    folder = os.path.dirname(kept)
    beside = os.path.basename(kept) + _BESIDE
    in_use = os.path.basename(os.path.realpath(kept))
    for name in os.listdir(folder):
        if name.startswith(beside) and name != in_use:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                os.unlink(path)
            else:
                shutil.rmtree(path, ignore_errors=True)


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as source:
        return source.read()


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
