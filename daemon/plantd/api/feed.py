"""GET /v1/events: the event stream over one connection, as NDJSON.

How this works. Without `after`, what is sent from now on. With `after=SEQ`, first every verdict
with a higher number, from the record and from the stream's ring (which has those the record could
not take), each once and in order, then what is sent from now on. Telemetry and states are not
repeated: they are about now. A line that a client does not read within the timeout ends its
connection; until then lines wait in the listener's queue, which drops the oldest and says so.
"""

import logging
from typing import Optional

from aiohttp import web

from plantd.api import query
from plantd.api.appliance import Appliance
from plantd.api.listening import ListenerResponses, Write
from plantd.errors import PlantdError
from plantd.sinks.ndjson import line_from_event
from plantd.sinks.stream import SCHEMA, TYPES, VERDICT, EventStream, Listener

logger = logging.getLogger(__name__)

PAGE = 100
HEARTBEAT = line_from_event({"schema": SCHEMA, "type": "heartbeat"})
END = line_from_event({"schema": SCHEMA, "type": "end"})
UNKNOWN_GAP = line_from_event({"schema": SCHEMA, "type": "gap", "dropped": None})


class Feed:
    """Feeds the event stream to every client that asks."""

    def __init__(
        self, appliance: Appliance, stream: EventStream, heartbeat_s: float, write_timeout_s: float
    ) -> None:
        self._appliance = appliance
        self._stream = stream
        self._heartbeat_s = heartbeat_s
        self._responses = ListenerResponses(stream, write_timeout_s)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What happens, a line each, until the client goes or the service ends."""
        query.no_others(request.query, ("types", "after"))
        types = query.choice(request.query, "types", TYPES)
        after = query.number(request.query, "after", -1)

        async def tell(listener: Listener, write: Write) -> None:
            # The first line comes at once: whoever reads it misses nothing from then on.
            await write(HEARTBEAT)
            await self._run(write, listener, after if VERDICT in types else -1)

        return await self._responses.answer(request, "application/x-ndjson", tell, types)

    def end(self) -> None:
        """Let every client's stream end after what is queued."""
        self._responses.end()

    async def _run(self, write: Write, listener: Listener, after: int) -> None:
        last = after if after < 0 else await self._replay(write, after)
        while not listener.ended:
            line = await listener.next_line(self._heartbeat_s)
            if line is None:
                await write(HEARTBEAT)
            elif line.seq is None or line.seq > last:
                await write(line.data)
        await write(END)

    async def _replay(self, write: Write, after: int) -> int:
        """Write the verdicts after `after` and return the highest number written."""
        ring = {line.seq or 0: line.data for line in self._stream.recent(after)}
        last: Optional[int] = after
        recorded = after
        while last is not None:
            try:
                page = await self._appliance.verdicts(recorded, PAGE)
            except PlantdError as error:
                logger.warning("a listener gets only the newest verdicts: %s", error)
                await write(UNKNOWN_GAP)
                page = []
            lines = {verdict["seq"]: line_from_event(verdict) for verdict in page}
            full = len(page) == PAGE
            recorded = max(lines, default=recorded)
            # The ring's own copy is older news: it does not know whether it was recorded later.
            due = {seq: data for seq, data in ring.items() if not full or seq <= recorded}
            for seq, data in sorted({**due, **lines}.items()):
                await write(data)
                after = seq
            ring = {seq: data for seq, data in ring.items() if seq not in due}
            last = recorded if full else None
        return after
