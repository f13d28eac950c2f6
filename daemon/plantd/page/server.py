"""The page's life: bind, serve, stop. It never keeps the service from answering.

How this works: a second listener in the main loop, with fewer connections than the socket has and
its own bounds. What waits for a disk goes to a thread, pictures are made one at a time, and a
browser that reads nothing is dropped. An address that cannot be had is tried again at each look:
a hotspot may come up after the service, and the button does not wait for it.
"""

import asyncio
import errno
import json
import logging
import socket
import time
from typing import Any, Callable, List, NamedTuple, Optional

from aiohttp import web

from plantd.api.appliance import Appliance
from plantd.api.codes import code_from_error
from plantd.api.connections import Connections, end_requests, keep_time
from plantd.api.metrics_call import MetricsCall
from plantd.api.peers import PeerLimits, Peers
from plantd.api.replies import Handler
from plantd.config import ApiConfig
from plantd.config.forms.http_address import HttpAddress
from plantd.errors import PlantdError, UsageError
from plantd.page.access import Access
from plantd.page.actions import FORM_MAX_BYTES, Actions
from plantd.page.files import Files
from plantd.page.guard import add_headers, guarded, own_names
from plantd.page.live import LiveView
from plantd.page.notices import Notices
from plantd.page.rendering import Renderer
from plantd.page.thumbnails import Thumbnails
from plantd.page.trends import Trends
from plantd.page.views import Views
from plantd.sinks.stream import EventStream, Listener
from plantd.system.threads import to_thread

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 48
# How long a browser may keep a connection that it does not use.
IDLE_S = 15.0
BACKLOG = 32
# Requests that look at something at the same time.
TURNS = 3
STOP_TIMEOUT_S = 2.0
FOLLOW_S = 3600.0
UNIT = "docs/page.md says what the unit must allow"


class PageSource(NamedTuple):
    """What a page is about.

    Attributes:
        appliance: answers.
        stream: what happens; its owner closes it.
        write_bundle: returns a support bundle; takes as long as doctor does.
    """

    appliance: Appliance
    stream: EventStream
    write_bundle: Callable[[], bytes]


class PageServer:
    """HTTP at an address of the box."""

    def __init__(
        self,
        source: PageSource,
        address: HttpAddress,
        renderer: Renderer,
        config: ApiConfig,
        monotonic: Callable[[], float] = time.monotonic,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Take what the page is made of.

        Args:
            source: what is shown.
            address: where to listen; port 0 is any, and `address` then says which.
            renderer: of the pages; made elsewhere, as it reads files.
            config: section api.
        """
        appliance = source.appliance
        self.address = address
        self._stream = source.stream
        self._max_connections = max_connections
        self._access = Access(config.token_file, monotonic)
        self._notices = Notices(source.stream, config.heartbeat_s, config.request_timeout_s)
        self._trends = Trends()
        self._views = Views(appliance, renderer, self._access, self._trends)
        live = LiveView(appliance.view, monotonic)
        files = Files(appliance, live, Thumbnails(appliance.thumbnail), renderer.static)
        actions = Actions(appliance, self._access, source.write_bundle)
        middlewares = [
            keep_time(appliance.is_answering_press),
            guarded(own_names(socket.gethostname())),
            errors_as_pages(self._views),
            in_turns(TURNS, self._notices.events),
        ]
        app = web.Application(middlewares=middlewares, client_max_size=FORM_MAX_BYTES)
        app.on_response_prepare.append(add_headers)
        for method, path, handler in (
            *self._views.routes(),
            *files.routes(),
            *actions.routes(),
            ("GET", "/events", self._notices.events),
            ("GET", "/metrics", MetricsCall(appliance).metrics),
        ):
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app)
        self._connections: Optional[Connections] = None
        self._listening: Optional[asyncio.AbstractServer] = None
        self._follower: "Optional[asyncio.Future[None]]" = None
        self._following: Optional[Listener] = None

    async def start(self) -> str:
        """Serve; return what keeps it from it in one sentence, empty where nothing does."""
        await self._runner.setup()
        assert self._runner.server is not None
        most = self._max_connections
        # The kernel names no process behind a connection of the network: all count as one.
        peers = Peers(PeerLimits(most, most))
        self._connections = Connections(self._runner.server, IDLE_S, most, peers=peers)
        self._following = self._stream.listen()
        self._follower = asyncio.ensure_future(self._follow(self._following))
        return await self.keep_bound()

    async def keep_bound(self) -> str:
        """Listen where that was not possible before; return what start() returns."""
        if self._connections is not None and self._listening is None:
            try:
                self._listening = await asyncio.get_event_loop().create_server(
                    self._connections, sock=bound_socket(self.address), backlog=BACKLOG
                )
                self.address = self.address._replace(port=self._port())
                logger.info("the page is at %s", self.address.url)
            except OSError as error:
                return why_not(error, self.address)
        complaint = await to_thread(self._access.complaint)
        return "the page only shows: " + complaint if complaint else ""

    async def stop(self) -> None:
        """Take no more, and go; may be called twice."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        if self._connections is not None:
            self._connections.close()
        if self._following is not None:
            self._following.end()
        self._notices.end()
        if self._follower is not None:
            await self._follower
        await end_requests(self._runner, STOP_TIMEOUT_S)

    async def _follow(self, listener: Listener) -> None:
        """Keep what the trends are made of, until the listener ends."""
        while not listener.ended:
            line = await listener.next_line(FOLLOW_S)
            if line is not None:
                self._trends.take(json.loads(line.data.decode("utf-8")))
        self._stream.leave(listener)

    def _port(self) -> int:
        sockets: List[Any] = list(getattr(self._listening, "sockets", None) or ())
        return int(sockets[0].getsockname()[1]) if sockets else self.address.port


def errors_as_pages(views: Views) -> Any:
    """Return the middleware that shows every error as a page that says what helps."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except PlantdError as error:
            return await views.failure(request, str(error), code_from_error(error).status)
        except web.HTTPNotFound:
            return await views.failure(request, "there is no page {}".format(request.path), 404)
        except web.HTTPMethodNotAllowed as error:
            allowed = ", ".join(sorted(error.allowed_methods))
            told = "{} takes {} only".format(request.path, allowed)
            return await views.failure(request, told, 405)
        except web.RequestPayloadError as error:
            told = str(UsageError("the body is not HTTP: {}".format(error)))
            return await views.failure(request, told, 400)

    return middleware


def in_turns(turns: int, endless: Handler) -> Any:
    """Return the middleware that lets `turns` requests look at a time; the others wait.

    A look may wait for a disk in a thread of the loop, and the socket's clients need threads too.
    What goes on for ever takes no turn, nor does a press: it has its own order.
    """
    place: List[asyncio.Semaphore] = []

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST" or request.match_info.handler == endless:
            return await handler(request)
        if not place:  # A semaphore belongs to the loop it is made in.
            place.append(asyncio.Semaphore(turns))
        async with place[0]:
            return await handler(request)

    return middleware


def bound_socket(address: HttpAddress) -> socket.socket:
    """Return a socket bound to an address. Raises OSError."""
    bound = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def why_not(error: OSError, address: HttpAddress) -> str:
    """Return why the page cannot listen, and what helps."""
    where = "{}:{}".format(address.host, address.port)
    if error.errno == errno.EADDRNOTAVAIL:
        return "the page waits for {}, which is not an address of this box yet; {}".format(
            where, UNIT
        )
    if error.errno == errno.EADDRINUSE:
        return "another program listens at {}; choose another port in api.http".format(where)
    return "the page cannot listen at {}: {}; {}".format(where, error.strerror or error, UNIT)
