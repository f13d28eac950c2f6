"""GET /events: tells a browser that something happened, as server-sent events.

How this works: a notice says what happened and no more; the browser asks for its page again and
takes the parts that changed. So there is one way in which an answer is put into words, and whoever
missed a notice misses nothing: a browser that comes back asks anew. Source: HTML, "Server-sent
events".
"""

from aiohttp import web

from plantd.api.listening import ListenerResponses, Write
from plantd.errors import BusyError
from plantd.sinks.stream import VERDICT, EventStream, Line, Listener

# Each holds one connection.
LISTENERS_MAX = 12
HEARTBEAT = b": here\n\n"
HELLO = b"retry: 3000\nevent: hello\ndata: {}\n\n"


class Notices:
    """Gives every browser that listens the notices of the event stream."""

    def __init__(self, stream: EventStream, heartbeat_s: float, write_timeout_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._responses = ListenerResponses(stream, write_timeout_s)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Answer until the browser goes or the service ends. Raises BusyError for one too many."""
        if len(self._responses) >= LISTENERS_MAX:
            raise BusyError("{} browsers are told already".format(LISTENERS_MAX))
        return await self._responses.answer(request, "text/event-stream", self._tell)

    def end(self) -> None:
        """Let every browser's stream end."""
        self._responses.end()

    async def _tell(self, listener: Listener, write: Write) -> None:
        await write(HELLO)
        while not listener.ended:
            line = await listener.next_line(self._heartbeat_s)
            await write(HEARTBEAT if line is None else notice(line))


def notice(line: Line) -> bytes:
    """Return what a browser is told of one event."""
    seq = "{}".format(line.seq) if line.type == VERDICT and line.seq is not None else "null"
    return 'event: {}\ndata: {{"seq": {}}}\n\n'.format(line.type, seq).encode("ascii")
