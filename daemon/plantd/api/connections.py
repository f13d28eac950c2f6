"""Bounds what clients can hold: how many connections there are, and how long one may say nothing.

How this works: each new connection meets a door, which learns from the kernel who is there and lets
in or refuses. Where all places are taken, or all that its process or user may have, the one of
those that has said nothing for longest goes first.

aiohttp waits for ever for the first request of a connection (3.8.6) and answers what is no HTTP in
plain text; here such connections end in time and every answer is JSON.
"""

import asyncio
import json
import logging
from typing import Any, Callable, List, Optional, cast

from aiohttp import web

from plantd.api.codes import CODES, Code, CrowdedError, SlowClientError, json_from_error
from plantd.api.peer import Peer, peer_of_transport
from plantd.api.peers import Peers
from plantd.api.replies import Handler, bug_reply, error_reply
from plantd.errors import AccessError, UsageError

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
LINGER_S = 2.0
SILENT_S = 2.0
# Requests read ahead on one connection; the service's own clients send one at a time.
PIPELINED_MAX = 100
# A press without a camera may take longer than anybody should wait for a status.
PRESS_FIRST_S = 1.0
_LOOK_S = 0.01
_IDLE_S = 3600.0


async def end_requests(runner: web.AppRunner, timeout_s: float) -> None:
    """Finish what was begun within `timeout_s`, and let go of the runner; may be called twice."""
    server = runner.server
    if server is None:
        return
    await runner.shutdown()
    for connection in server.connections:
        # Ends the idle ones now: shutdown() would wait for their next request (3.14).
        connection.close()
    await server.shutdown(timeout_s)
    await runner.cleanup()


class Connections:
    """Makes the protocol object of each new connection, as loop.create_server asks for it.

    Args:
        server: of the runner; requests go where it says.
        timeout_s: how long a connection may be open without a whole request, and how long it
            may take to read an answer.
        silent_s: how long a connection may say nothing before it gives its place to another one.
        peers: counts who is connected.
    """

    def __init__(
        self,
        server: web.Server,
        timeout_s: float,
        limit: int = MAX_CONNECTIONS,
        silent_s: float = SILENT_S,
        peers: Optional[Peers] = None,
    ) -> None:
        self._server = server
        self.peers = peers or Peers()
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
        """Return what a new connection meets first."""
        return _Door(self)

    def let_in(self, peer: Peer) -> asyncio.Protocol:
        """Return a connection, or the refusal of one."""
        refusal = self._refusal(peer)
        if refusal:
            return _Refusal(refusal)
        self.open += 1
        self.peers.came(peer)
        connection = Connection(self, self._server, peer)
        self._silent.append(connection)
        return connection

    def left(self, connection: "Connection") -> None:
        """Give a connection's place free."""
        self.heard(connection)
        self.open -= 1
        self.peers.went(connection.peer)

    def heard(self, connection: "Connection") -> None:
        """Note that a connection has sent a request, or is no more."""
        if connection in self._silent:
            self._silent.remove(connection)

    def _refusal(self, peer: Peer) -> str:
        """Make room where there is none; return why there is none to be made."""
        if self.peers.process_is_full(peer):
            if not self._one_made_free(lambda other: other.pid == peer.pid):
                return "process {} has too many connections; close some".format(peer.pid)
        elif self.peers.user_is_full(peer):
            if not self._one_made_free(lambda other: other.uid == peer.uid):
                return "user {} has too many connections; close some".format(peer.uid)
        elif self.open >= self._limit and not self._one_made_free(_anybody):
            return "{} clients are connected already; try again".format(self._limit)
        return ""

    def _one_made_free(self, is_one: Callable[[Peer], bool]) -> bool:
        """End that of such peers' connections that has been open longest without a request."""
        silent = next((each for each in self._silent if is_one(each.peer)), None)
        if silent is None or asyncio.get_event_loop().time() - silent.made_at < self._silent_s:
            return False
        silent.give_place()
        return True


def _anybody(_peer: Peer) -> bool:
    return True


class Connection(web.RequestHandler):
    """One connection: aiohttp's, with a deadline and with errors in JSON."""

    def __init__(self, connections: Connections, server: web.Server, peer: Peer) -> None:
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
        self.peer = peer
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
        if self._counted:
            self._counted = False
            self._connections.left(self)

    def request_began(self) -> None:
        """Stop the deadline: from here on the call has its own."""
        self._asked = True
        self._connections.heard(self)
        self._stop_timer()

    def asks_hastily(self) -> bool:
        """Take a request into account; return whether its process asks too often."""
        return self._connections.peers.is_hasty(self.peer, asyncio.get_event_loop().time())

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


class _Door(asyncio.Protocol):
    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        try:
            behind = self._connections.let_in(peer_of_transport(transport))
        except AccessError as error:
            behind = _Refusal(str(error))
        transport.set_protocol(behind)
        behind.connection_made(transport)


class _Refusal(asyncio.Protocol):
    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        out = cast(asyncio.Transport, transport)
        out.write(_raw_answer(CrowdedError, self._sentence))
        out.close()


def keep_time(press_is_answered: Callable[[], bool]) -> Any:
    """Return the middleware that tells each connection when its requests begin and end.

    Requests of a hasty process wait while a press is being answered.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        if not isinstance(connection, Connection):
            return await handler(request)
        connection.request_began()
        try:
            if connection.asks_hastily():
                await _after_presses(press_is_answered)
            return await handler(request)
        finally:
            connection.request_ended()

    return middleware


async def _after_presses(press_is_answered: Callable[[], bool]) -> None:
    loop = asyncio.get_event_loop()
    until = loop.time() + PRESS_FIRST_S
    while press_is_answered() and loop.time() < until:
        await asyncio.sleep(_LOOK_S)


def _raw_answer(kind: type, message: str) -> bytes:
    code = next(code for code in CODES if code.error is kind)
    body = json.dumps(json_from_error(code, message)).encode("utf-8")
    head = (
        "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n"
    ).format(code.status, code.code, len(body))
    return head.encode("ascii") + body
