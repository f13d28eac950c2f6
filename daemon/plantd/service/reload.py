"""SIGHUP: the configuration read again; a broken file keeps the last good one and says so."""

import logging
from typing import Callable

from plantd.config import Config
from plantd.config.file import LoadedConfig, changes
from plantd.errors import ConfigError
from plantd.health.states import ComponentStates, State
from plantd.service.notify import Notifier

logger = logging.getLogger(__name__)


class LiveConfig:
    """Holds the configuration that is in force."""

    def __init__(
        self,
        loaded: LoadedConfig,
        read: Callable[[], LoadedConfig],
        states: ComponentStates,
        notifier: Notifier,
    ) -> None:
        """Args: the configuration at start; what reads it again; who is told."""
        self.loaded = loaded
        self._at_start = loaded.config
        self._read = read
        self._parts = states
        self._notifier = notifier

    def config(self) -> Config:
        """Return the configuration that is in force."""
        return self.loaded.config

    def reload(self) -> bool:
        """Read again; return whether a new configuration holds. The state of "config" says more."""
        self._notifier.reloading()
        try:
            new = self._read()
        except ConfigError as error:
            logger.error("the configuration is not taken; the last good one holds")
            for problem in error.problems:
                logger.error("%s", problem)
            detail = "{} (the last good configuration holds)".format(error.problems[0])
            self._parts.set("config", State.DEGRADED, detail)
            return False
        live, _ = changes(self.loaded.config, new.config)
        _, restart = changes(self._at_start, new.config)
        self.loaded = new
        logger.info("configuration read again; changed: %s", ", ".join(live) or "nothing")
        if restart:
            self._parts.set(
                "config", State.DEGRADED, "restart plantd to change " + ", ".join(restart)
            )
        else:
            self._parts.set("config", State.HEALTHY)
        return True
