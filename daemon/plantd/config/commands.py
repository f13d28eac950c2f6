"""The bodies of `plantd check-config` and `plantd show-config`."""

import sys
from typing import Optional, Sequence, TextIO

from plantd.config import text
from plantd.config.file import DEFAULT, load
from plantd.config.schema.keys import KEYS
from plantd.errors import EX_CONFIG, EX_OK, ConfigError
from plantd.messages import visible


def check_config(
    path: Optional[str],
    overrides: Sequence[str] = (),
    out: Optional[TextIO] = None,
    err: Optional[TextIO] = None,
) -> int:
    """Say whether a configuration is good, or all that is wrong with it; return the exit code.

    Args:
        path: the box's own file, looked at with the site's below it; None is defaults alone.
    """
    try:
        loaded = load(path, overrides)
    except ConfigError as error:
        told = [*map(visible, error.problems), _counted(len(error.problems))]
        (err or sys.stderr).writelines(line + "\n" for line in told)
        return EX_CONFIG
    changed = sum(origin != DEFAULT for origin in loaded.origins.values())
    (out or sys.stdout).write(
        "{}: good; {} of {} keys are set\n".format(loaded.files or "no file", changed, len(KEYS))
    )
    return EX_OK


def show_config(
    path: Optional[str],
    json: bool = False,
    documented: bool = False,
    overrides: Sequence[str] = (),
    out: Optional[TextIO] = None,
) -> int:
    """Print what holds with the origin of each value; return the exit code.

    Args:
        path: the box's own file, over the site's; None is defaults alone. Not read for
            `documented`.
        json: as one JSON object instead of YAML.
        documented: the file that explains every key, with its defaults commented out.
        overrides: "section.key=value" from the command line.

    Raises ConfigError with every problem of the file.
    """
    stream = out or sys.stdout
    if documented:
        stream.write(text.documented())
        return EX_OK
    loaded = load(path, overrides)
    stream.write(text.as_json(loaded) if json else text.effective(loaded))
    return EX_OK


def _counted(problems: int) -> str:
    return "1 problem" if problems == 1 else "{} problems".format(problems)
