"""Callbacks that do no harm to the thread that calls them."""

import logging
from typing import Callable, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


def guarded(call: Callable[[T], None], what: str) -> Callable[[T], None]:
    """Return `call` as a callback for threads that must live on: a bug in it is logged, not raised.

    Args:
        what: whose callback it is, for the log: "the watcher of states".
    """

    def run(value: T) -> None:
        try:
            call(value)
        except Exception:
            logger.exception("%s met a bug", what)

    return run
