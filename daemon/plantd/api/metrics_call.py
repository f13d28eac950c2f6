"""GET /metrics, on the socket and on the page alike."""

from typing import Sequence, Tuple

from aiohttp import web

from plantd import exposition
from plantd.api import query
from plantd.api.appliance import Appliance, Check, Json
from plantd.system.threads import to_thread


class MetricsCall:
    """Answers with everything that is measured, as Prometheus reads it."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance

    async def metrics(self, request: web.Request) -> web.Response:
        """The figures of status and health, for Prometheus.

        Raises UnavailableError without prometheus_client.
        """
        query.no_others(request.query, ())
        status, checks = await to_thread(self._look)
        text = exposition.text_of(status, checks)
        return web.Response(body=text, headers={"Content-Type": exposition.CONTENT_TYPE})

    def _look(self) -> Tuple[Json, Sequence[Check]]:
        return self._appliance.status(), self._appliance.health()
