"""The configuration that served last, kept in the state directory for a boot with a broken one.

The file is kept as it was written, once the service has been made from it. At a boot whose file is
broken it holds instead, and says so; where there is none, the program ends with 78.
"""

import logging
import os
from typing import Mapping, Optional, Sequence
from urllib.parse import quote

from plantd.config import PathsConfig
from plantd.config.file import LoadedConfig, load
from plantd.errors import ConfigError
from plantd.system import durable

logger = logging.getLogger(__name__)

FOLDER = "last-good"


def place(path: str, environment: Mapping[str, str]) -> str:
    """Return where what a file said is kept: a broken one cannot be asked for paths.state.

    systemd names the state directory from version 240 on; before, it is the default. Each file has
    a name of its own there: a plantd that is tried out does not take up the installed one's.
    """
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0] or PathsConfig().state
    return os.path.join(state, FOLDER, quote(os.path.abspath(path), safe=""))


def keep(path: str, kept: str) -> None:
    """Keep a file from which a service was made; a place that cannot be written is only logged."""
    folder = os.path.dirname(kept)
    if not os.path.isdir(os.path.dirname(folder)):
        return  # Nothing is installed here.
    try:
        os.makedirs(folder, mode=0o750, exist_ok=True)
        with open(path, "rb") as source:
            data = source.read()
        if os.path.exists(kept):
            with open(kept, "rb") as source:
                if source.read() == data:
                    return
        with open(kept + ".new", "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        durable.rename(kept + ".new", kept)
    except OSError as error:
        logger.warning("the configuration is not kept for the next boot: %s", error)


def instead_of(error: ConfigError, kept: str, overrides: Sequence[str]) -> Optional[LoadedConfig]:
    """Return the last good configuration with the reason why it holds, None where there is none."""
    try:
        loaded = load(kept, overrides)
    except ConfigError:
        return None
    complaint = "{} (the last good configuration holds, {})".format(error.problems[0], kept)
    return loaded._replace(complaint=complaint)
