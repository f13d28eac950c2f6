"""One response a listener of the event stream, until the client goes or the service ends."""

import asyncio
import logging
from typing import Awaitable, Callable, FrozenSet, Set

from aiohttp import web

from plantd.sinks.stream import TYPES, EventStream, Listener

logger = logging.getLogger(__name__)

Write = Callable[[bytes], Awaitable[None]]
Tell = Callable[[Listener, Write], Awaitable[None]]


class ListenerResponses:
    """Answers requests with what a listener hears.

    Args:
        stream: what is listened to; its owner closes it.
        write_timeout_s: a client that reads nothing for so long is dropped.
    """

    def __init__(self, stream: EventStream, write_timeout_s: float) -> None:
        self._stream = stream
        self._write_timeout_s = write_timeout_s
        self._listeners: Set[Listener] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    async def answer(
        self,
        request: web.Request,
        content_type: str,
        tell: Tell,
        types: FrozenSet[str] = frozenset(TYPES),
    ) -> web.StreamResponse:
        """Return what was answered, once `tell` has told all.

        Args:
            content_type: of the response.
            tell: told a listener and how to write; it listens before the first byte goes out.
            types: of the events that are listened to.
        """
        response = web.StreamResponse(headers={"Content-Type": content_type})
        listener = self._stream.listen(types)
        self._listeners.add(listener)

        async def write(data: bytes) -> None:
            await asyncio.wait_for(response.write(data), self._write_timeout_s)

        try:
            await response.prepare(request)
            await tell(listener, write)
        except ConnectionError:
            logger.debug("a listener hung up")
        except asyncio.TimeoutError:
            logger.info("a listener read nothing for %g s and is dropped", self._write_timeout_s)
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._listeners.discard(listener)
            self._stream.leave(listener)
        return response

    def end(self) -> None:
        """Let every client's response end after what is queued."""
        for listener in self._listeners:
            listener.end()
