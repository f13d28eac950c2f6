"""The page as a part of the service: on where api.http asks for it, in nobody's way."""

import logging
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Optional

from plantd.api.appliance import Appliance
from plantd.config import Config
from plantd.config.forms.http_address import address_from_text
from plantd.errors import UnavailableError
from plantd.health.states import ComponentStates, State
from plantd.sinks.stream import EventStream
from plantd.system import libraries
from plantd.system.child_environment import child_environment
from plantd.system.threads import to_thread

if TYPE_CHECKING:
    from plantd.page.server import PageServer

logger = logging.getLogger(__name__)

PART = "page"
BUNDLE_S = 180.0


class PagePart:
    """Serves the page, and says in the states what keeps it from it; off, it is no part at all."""

    def __init__(
        self, appliance: Appliance, stream: EventStream, config: Config, states: ComponentStates
    ) -> None:
        self._appliance = appliance
        self._stream = stream
        self._config = config
        self._states = states
        self._server: "Optional[PageServer]" = None

    async def start(self) -> None:
        """Load what a page needs, and serve it; what is missing is told and costs only the page."""
        if not self._config.api.http:
            return
        try:
            # Only a page needs what these load; and they read files.
            from plantd.page.rendering import Renderer
            from plantd.page.server import PageServer, PageSource

            renderer = await to_thread(lambda: Renderer(self._config.api.language))
        except ImportError as error:
            self._report(libraries.sentence(error, libraries.is_l4t()))
            return
        except UnavailableError as error:
            self._report(str(error))
            return
        self._server = PageServer(
            PageSource(self._appliance, self._stream, self._support_bundle),
            address_from_text(self._config.api.http),
            renderer,
            self._config.api,
        )
        self._report(await self._server.start())

    async def look(self) -> None:
        """Try again what was not possible before."""
        if self._server is not None:
            self._report(await self._server.keep_bound())

    async def stop(self) -> None:
        """End; may be called twice."""
        if self._server is not None:
            await self._server.stop()

    def _report(self, complaint: str) -> None:
        self._states.set(PART, State.DEGRADED if complaint else State.HEALTHY, complaint)

    def _support_bundle(self) -> bytes:
        """Return a support bundle, written by a process of its own. Raises UnavailableError."""
        cache = self._config.paths.cache
        with tempfile.TemporaryDirectory(prefix="support-", dir=cache) as folder:
            path = os.path.join(folder, "support.tar.gz")
            command = [sys.executable, "-m", "plantd.cli", "support-bundle", path]
            command += ["--socket", self._config.socket_path]
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    timeout=BUNDLE_S,
                    env=child_environment(),
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise UnavailableError(
                    "the support bundle was not written: {}".format(error)
                ) from error
            if done.returncode != 0:
                told = done.stderr.decode("utf-8", "replace").strip()
                raise UnavailableError("the support bundle was not written: {}".format(told))
            with open(path, "rb") as source:
                return source.read()
