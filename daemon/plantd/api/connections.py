"""Bounds what clients can hold: how many connections there are, and how long one may say nothing.

aiohttp waits for ever for the first request of a connection (3.8.6) and answers what is no HTTP in
plain text; here such connections end in time and every answer is JSON.
"""

import asyncio
import json
import logging
from typing import Any, List, Optional, cast

from aiohttp import web

from plantd.api.codes import CODES, Code, CrowdedError, SlowClientError, json_from_error
from plantd.api.replies import Handler, bug_reply, error_reply
from plantd.errors import UsageError

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
LINGER_S = 2.0
SILENT_S = 2.0
# Requests read ahead on one connection; the service's own clients send one at a time.
PIPELINED_MAX = 100
_IDLE_S = 3600.0


class Connections:
    """Makes the protocol object of each new connection, as loop.create_server asks for it.

    Args:
        server: of the runner; requests go where it says.
        timeout_s: how long a connection may be open without a whole request, and how long it
            may take to read an answer.
        silent_s: how long a connection may say nothing before it gives its place to another one.
    """

    def __init__(
        self,
        server: web.Server,
        timeout_s: float,
        limit: int = MAX_CONNECTIONS,
        silent_s: float = SILENT_S,
    ) -> None:
        self._server = server
        self._silent_s = silent_s
        self._silent: List[Connection] = []
        self._limit = limit
        self.timeout_s = timeout_s
        self.open = 0
        self.closed = False

    def close(self) -> None:
        """Take no more: those accepted just now, which no one shuts down any more, end at once."""
        self.closed = True

    def __call__(self) -> asyncio.Protocol:
        """Return a connection, or the refusal of one."""
        if self.open >= self._limit and not self._one_made_free():
            return _Refusal(self._limit)
        self.open += 1
        connection = Connection(self, self._server)
        self._silent.append(connection)
        return connection

    def heard(self, connection: "Connection") -> None:
        """Note that a connection has sent a request, or is no more."""
        if connection in self._silent:
            self._silent.remove(connection)

    def _one_made_free(self) -> bool:
        """End the connection that has been open longest without a request."""
        now = asyncio.get_event_loop().time()
        if not self._silent or now - self._silent[0].made_at < self._silent_s:
            return False
        self._silent[0].give_place()
        return True


class Connection(web.RequestHandler):
    """One connection: aiohttp's, with a deadline and with errors in JSON."""

    def __init__(self, connections: Connections, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_event_loop(),
            access_log=cast(Any, None),
            keepalive_timeout=_IDLE_S,
            tcp_keepalive=False,
            lingering_time=LINGER_S,
            auto_decompress=False,
        )
        self._connections = connections
        self._timer: Optional[asyncio.TimerHandle] = None
        self._asked = False
        self._counted = True
        self.made_at = asyncio.get_event_loop().time()

    def give_place(self) -> None:
        """End at once, for another connection."""
        self._uncount()
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is more requests ahead than anyone sends."""
        super().data_received(data)
        if len(self._messages) > PIPELINED_MAX and self.transport is not None:
            logger.info("a client sent %d requests at once; it is hung up on", len(self._messages))
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the deadline of the first request."""
        self._start_timer()
        super().connection_made(transport)
        if self._connections.closed:
            transport.close()

    def connection_lost(self, exc: Optional[BaseException]) -> None:
        """Give the place free."""
        self._stop_timer()
        self._uncount()
        super().connection_lost(exc)

    def _uncount(self) -> None:
        self._connections.heard(self)
        if self._counted:
            self._counted = False
            self._connections.open -= 1

    def request_began(self) -> None:
        """Stop the deadline: from here on the call has its own."""
        self._asked = True
        self._connections.heard(self)
        self._stop_timer()

    def request_ended(self) -> None:
        """Start the deadline for reading the answer and for the next request."""
        if self.transport is not None:
            self._start_timer()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: Optional[BaseException] = None,
        message: Optional[str] = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with 400 and one line in the log; a bug of ours with 500."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= 500 and exc is not None:
            return bug_reply(request, exc)
        logger.info("a client sent what is not HTTP/1.1: %s", message)
        return error_reply(
            Code("bad_request", status, UsageError),
            "this is not an HTTP/1.1 request plantd can read: {}".format(message),
        )

    def _start_timer(self) -> None:
        self._stop_timer()
        loop = asyncio.get_event_loop()
        self._timer = loop.call_later(self._connections.timeout_s, self._give_up)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        transport = self.transport
        if transport is None:
            return
        if self._asked:
            transport.abort()
            return
        sentence = "no whole request within {:g} s".format(self._connections.timeout_s)
        transport.write(_raw_answer(SlowClientError, sentence))
        transport.close()


class _Refusal(asyncio.Protocol):
    def __init__(self, limit: int) -> None:
        self._limit = limit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        sentence = "{} clients are connected already; try again".format(self._limit)
        out = cast(asyncio.Transport, transport)
        out.write(_raw_answer(CrowdedError, sentence))
        out.close()


@web.middleware
async def keep_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection when a request begins and ends."""
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.request_began()
    try:
        return await handler(request)
    finally:
        if isinstance(connection, Connection):
            connection.request_ended()


def _raw_answer(kind: type, message: str) -> bytes:
    code = next(code for code in CODES if code.error is kind)
    body = json.dumps(json_from_error(code, message)).encode("utf-8")
    head = (
        "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n"
    ).format(code.status, code.code, len(body))
    return head.encode("ascii") + body
