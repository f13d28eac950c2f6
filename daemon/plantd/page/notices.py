"""GET /events: tells a browser that something happened, as server-sent events.

How this works: a notice says what happened and no more; the browser asks for its page again and
takes the parts that changed. So there is one way in which an answer is put into words, and whoever
missed a notice misses nothing: a browser that comes back asks anew. Source: HTML, "Server-sent
events".
"""

import asyncio
import logging
from typing import Set

from aiohttp import web

from plantd.errors import BusyError
from plantd.sinks.stream import VERDICT, EventStream, Line, Listener

logger = logging.getLogger(__name__)

# Each holds one connection.
LISTENERS_MAX = 12
HEARTBEAT = b": here\n\n"
HELLO = b"retry: 3000\nevent: hello\ndata: {}\n\n"


class Notices:
    """Gives every browser that listens the notices of the event stream."""

    def __init__(self, stream: EventStream, heartbeat_s: float, write_timeout_s: float) -> None:
        self._stream = stream
        self._heartbeat_s = heartbeat_s
        self._write_timeout_s = write_timeout_s
        self._listeners: Set[Listener] = set()

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Answer until the browser goes or the service ends. Raises BusyError for one too many."""
        if len(self._listeners) >= LISTENERS_MAX:
            raise BusyError("{} browsers are told already".format(LISTENERS_MAX))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        listener = self._stream.listen()
        self._listeners.add(listener)
        try:
            await response.prepare(request)
            await self._write(response, HELLO)
            while not listener.ended:
                line = await listener.next_line(self._heartbeat_s)
                await self._write(response, HEARTBEAT if line is None else notice(line))
        except ConnectionError:
            logger.debug("a browser hung up")
        except asyncio.TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._listeners.discard(listener)
            self._stream.leave(listener)
        return response

    def end(self) -> None:
        """Let every browser's stream end."""
        for listener in self._listeners:
            listener.end()

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        await asyncio.wait_for(response.write(data), self._write_timeout_s)


def notice(line: Line) -> bytes:
    """Return what a browser is told of one event."""
    seq = "{}".format(line.seq) if line.type == VERDICT and line.seq is not None else "null"
    return 'event: {}\ndata: {{"seq": {}}}\n\n'.format(line.type, seq).encode("ascii")
