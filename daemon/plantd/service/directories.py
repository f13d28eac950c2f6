"""The directories plantd writes to: made where they are missing, with rights for its group."""

import logging
import os

from plantd.config import PathsConfig
from plantd.errors import UnavailableError
from plantd.system.box import make_identity

logger = logging.getLogger(__name__)

MODE = 0o750


def make(paths: PathsConfig) -> None:
    """Make what is missing, the box's identity among it.

    Without its run directory the service cannot be talked to: UnavailableError. Without the others
    it still answers, and what cannot be written says so itself.
    """
    for key, path in paths._asdict().items():
        try:
            os.makedirs(path, MODE, exist_ok=True)
        except OSError as error:
            sentence = "paths.{}: {} cannot be made ({}); make it, or choose another".format(
                key, path, error.strerror
            )
            if key == "run":
                raise UnavailableError(sentence) from error
            logger.error("%s", sentence)
    try:
        make_identity(paths.state)
    except OSError as error:
        logger.error("the box gets no identity: %s", error)
