"""The API's life: bind, serve, stop."""

import asyncio
from typing import Optional

from aiohttp import web

from plantd.api.appliance import Appliance
from plantd.api.calls import Calls, call_names
from plantd.api.connections import (
    MAX_CONNECTIONS,
    SILENT_S,
    Connections,
    end_requests,
    keep_time,
)
from plantd.api.feed import Feed
from plantd.api.listening_socket import BACKLOG, ListeningSocket
from plantd.api.peers import PeerLimits, Peers
from plantd.api.replies import errors_as_json
from plantd.config import Config
from plantd.sinks.stream import EventStream

STOP_TIMEOUT_S = 5.0


class ApiServer:
    """HTTP over the Unix socket at config.socket_path.

    Args:
        appliance: answers.
        stream: what GET /v1/events reads; its owner closes it.
    """

    def __init__(
        self,
        appliance: Appliance,
        stream: EventStream,
        config: Config,
        max_connections: int = MAX_CONNECTIONS,
        silent_s: float = SILENT_S,
        peer_limits: PeerLimits = PeerLimits(),
    ) -> None:
        self._silent_s = silent_s
        self._peer_limits = peer_limits
        self._config = config
        self._max_connections = max_connections
        self._feed = Feed(appliance, stream, config.api.heartbeat_s, config.api.request_timeout_s)
        routes = Calls(appliance, self._feed, config.api).routes()
        app = web.Application(
            middlewares=[
                keep_time(appliance.is_answering_press),
                errors_as_json(call_names(routes)),
            ]
        )
        for method, path, handler in routes:
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app)
        self._bound: Optional[ListeningSocket] = None
        self._connections: Optional[Connections] = None
        self._listening: Optional[asyncio.AbstractServer] = None

    async def start(self) -> None:
        """Bind the socket and answer. Raises UnavailableError when another plantd answers there."""
        self._bound = ListeningSocket(self._config.socket_path, self._config.api.group)
        try:
            await self._serve(self._bound)
        except OSError:
            self._bound.close()
            raise

    async def keep_bound(self) -> bool:
        """Bind anew where the socket's file was deleted, moved or replaced; return whether it was.

        Connections that are open go on. Raises UnavailableError when it cannot be bound; the next
        call tries again.
        """
        if self._listening is None or (self._bound is not None and self._bound.is_in_place):
            return False
        bound, self._bound = self._bound, None
        if bound is not None:
            self._listening.close()
            bound.close()
        self._bound = ListeningSocket(self._config.socket_path, self._config.api.group)
        await self._listen(self._bound)
        return True

    async def _serve(self, bound: ListeningSocket) -> None:
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        self._connections = Connections(
            server,
            self._config.api.request_timeout_s,
            self._max_connections,
            self._silent_s,
            Peers(self._peer_limits),
        )
        await self._listen(bound)

    async def _listen(self, bound: ListeningSocket) -> None:
        assert self._connections is not None
        self._listening = await asyncio.get_event_loop().create_server(
            self._connections, sock=bound.socket, backlog=BACKLOG
        )

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Take no more, finish what was begun within `timeout_s`, and go; may be called twice."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        if self._connections is not None:
            self._connections.close()
        if self._bound is not None:
            self._bound.close()
        self._feed.end()
        await end_requests(self._runner, timeout_s)
