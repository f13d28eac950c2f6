"""The calls of the API, one method each; DESIGN's table as code."""

import asyncio
import os
from typing import Any, Awaitable, List, Optional, Tuple, TypeVar

from aiohttp import web

from plantd.api import query
from plantd.api.appliance import Appliance
from plantd.api.body import MIB, BodyBudget, read_body
from plantd.api.codes import SlowAnswerError
from plantd.api.description import description
from plantd.api.feed import Feed
from plantd.api.metrics_call import MetricsCall
from plantd.api.peer import peer_of, require_admin, user_name
from plantd.api.replies import Handler, reply
from plantd.api.stick_news import stick_from_json
from plantd.config import ApiConfig
from plantd.errors import UsageError
from plantd.system.threads import to_thread

MAX_JSON_BYTES = 64 * 1024
# One largest picture is being answered while another one comes.
BODIES_HELD = 2

T = TypeVar("T")


class Calls:
    """Asks the appliance what clients ask."""

    def __init__(self, appliance: Appliance, feed: Feed, config: ApiConfig) -> None:
        self._appliance = appliance
        self._feed = feed
        self._config = config
        self._bodies = BodyBudget(BODIES_HELD * config.max_body_mb * MIB)
        self._status: "Optional[asyncio.Future[Any]]" = None

    def routes(self) -> List[Tuple[str, str, Handler]]:
        """Return method, path and handler of every call."""
        return [
            ("GET", "/v1/hello", self.hello),
            ("GET", "/v1/status", self.status),
            ("GET", "/v1/health", self.health),
            ("POST", "/v1/capture", self.capture),
            ("POST", "/v1/classify", self.classify),
            ("GET", "/v1/frame", self.frame),
            ("GET", "/v1/verdicts", self.verdicts),
            ("GET", "/v1/verdicts/{seq}", self.verdict),
            ("GET", "/v1/verdicts/{seq}/picture", self.picture),
            ("GET", "/v1/verdicts/{seq}/input", self.tensor_picture),
            ("POST", "/v1/verdicts/{seq}/label", self.label),
            ("GET", "/v1/review", self.review),
            ("GET", "/v1/events", self._feed.events),
            ("GET", "/metrics", MetricsCall(self._appliance).metrics),
            ("GET", "/v1/openapi.json", self.openapi),
            ("POST", "/v1/model/activate", self.activate),
            ("POST", "/v1/model/rollback", self.rollback),
            ("POST", "/v1/stick", self.stick),
        ]

    async def hello(self, request: web.Request) -> web.Response:
        """Model, labels, input, thresholds, backend, versions."""
        query.no_others(request.query, ())
        return reply(self._appliance.hello())

    async def status(self, request: web.Request) -> web.Response:
        """Everything `plantd-cli status` prints."""
        query.no_others(request.query, ())
        # However many ask at once, one thread looks.
        if self._status is None or self._status.done():
            self._status = _kept(to_thread(self._appliance.status))
        return reply(await asyncio.shield(self._status))

    async def health(self, request: web.Request) -> web.Response:
        """Every check; 503 when one has failed."""
        query.no_others(request.query, ())
        checks = self._appliance.health()
        states = {check.state for check in checks}
        worst = next((state for state in ("failed", "warning") if state in states), "ok")
        data = {"state": worst, "checks": [check._asdict() for check in checks]}
        return reply(data, 503 if worst == "failed" else 200)

    async def capture(self, request: web.Request) -> web.Response:
        """As a press; the verdict."""
        query.no_others(request.query, ())
        return reply(await self._answer(self._appliance.capture()))

    async def classify(self, request: web.Request) -> web.Response:
        """The verdict on the JPEG or PNG in the body."""
        query.no_others(request.query, ())
        max_bytes = self._config.max_body_mb * MIB
        with self._bodies.reserved(request, max_bytes):
            body = await self._body(request, max_bytes)
            if not body:
                raise UsageError("the body is empty; expected a JPEG or PNG")
            return reply(await self._answer(self._appliance.classify(body)))

    async def frame(self, request: web.Request) -> web.Response:
        """A fresh JPEG."""
        query.no_others(request.query, ())
        return _picture(await self._answer(self._appliance.frame_jpeg()))

    async def verdicts(self, request: web.Request) -> web.Response:
        """Recorded verdicts after one, ascending; with newest=1 the last ones."""
        query.no_others(request.query, ("after", "limit", "newest"))
        after = query.number(request.query, "after", 0)
        limit = query.number(request.query, "limit", query.DEFAULT_LIMIT, query.MAX_LIMIT)
        newest = query.flag(request.query, "newest")
        found = await self._answer(self._appliance.verdicts(after, limit, newest))
        return reply({"verdicts": found})

    async def verdict(self, request: web.Request) -> web.Response:
        """One recorded verdict."""
        query.no_others(request.query, ())
        return reply(await self._answer(self._appliance.verdict(_seq(request))))

    async def picture(self, request: web.Request) -> web.Response:
        """What the camera saw."""
        query.no_others(request.query, ())
        return _picture(await self._answer(self._appliance.picture(_seq(request))))

    async def tensor_picture(self, request: web.Request) -> web.Response:
        """What the network saw, lossless."""
        query.no_others(request.query, ())
        return _picture(await self._answer(self._appliance.tensor_picture(_seq(request))))

    async def label(self, request: web.Request) -> web.Response:
        """Keep what a person says that the picture shows."""
        query.no_others(request.query, ())
        seq, by = _seq(request), user_name(peer_of(request))
        label = query.optional_name(await self._body(request, MAX_JSON_BYTES), "label")
        if not label:
            raise UsageError('the body has no label; expected {"label": "..."}')
        kept = await self._answer(self._appliance.label(seq, label, by))
        return reply({"seq": seq, "label": kept})

    async def review(self, request: web.Request) -> web.Response:
        """What waits for a person's label, the newest first."""
        query.no_others(request.query, ("before", "limit", "again"))
        before = query.number(request.query, "before", query.MAX_SEQ)
        limit = query.number(request.query, "limit", query.DEFAULT_LIMIT, query.MAX_LIMIT)
        again = query.flag(request.query, "again")
        return reply({"verdicts": await self._answer(self._appliance.review(before, limit, again))})

    async def openapi(self, request: web.Request) -> web.Response:
        """The calls, described in OpenAPI 3.1."""
        query.no_others(request.query, ())
        return web.json_response(description(self.routes()))

    async def activate(self, request: web.Request) -> web.Response:
        """Make another model the active one."""
        return await self._change_model(request, "activate")

    async def rollback(self, request: web.Request) -> web.Response:
        """Go back to the model before."""
        return await self._change_model(request, "rollback")

    async def stick(self, request: web.Request) -> web.Response:
        """Tell what a stick offers, or what came of it; whether a long press has agreed."""
        query.no_others(request.query, ())
        require_admin(peer_of(request), os.geteuid())
        told = stick_from_json(await self._body(request, MAX_JSON_BYTES))
        return reply({"stick": self._appliance.stick(told)})

    async def _change_model(self, request: web.Request, action: str) -> web.Response:
        query.no_others(request.query, ())
        require_admin(peer_of(request), os.geteuid())
        name = query.optional_name(await self._body(request, MAX_JSON_BYTES), "name")
        if action == "activate" and name is None:
            raise UsageError('the body names no model; expected {"name": "..."}')
        # No deadline: a plan may have to be built first, which takes minutes.
        return reply(await asyncio.shield(_kept(self._appliance.model(action, name))))

    async def _body(self, request: web.Request, max_bytes: int) -> bytes:
        return await read_body(request, max_bytes, self._config.request_timeout_s)

    async def _answer(self, asked: Awaitable[T]) -> T:
        """Wait for the appliance. What was begun is finished, also when the client hangs up."""
        timeout_s = self._config.request_timeout_s
        try:
            return await asyncio.wait_for(asyncio.shield(_kept(asked)), timeout_s)
        except asyncio.TimeoutError as error:
            raise SlowAnswerError(
                "no answer within {:g} s (api.request_timeout_s); see: plantd-cli status".format(
                    timeout_s
                )
            ) from error


def _kept(asked: Awaitable[T]) -> "asyncio.Future[T]":
    future = asyncio.ensure_future(asked)
    # An error that nobody waits for any more is not to be reported as a bug of asyncio.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def _seq(request: web.Request) -> int:
    return query.checked_number("seq", request.match_info["seq"])


def _picture(data: bytes) -> web.Response:
    is_png = data.startswith(b"\x89PNG")
    return web.Response(body=data, content_type="image/png" if is_png else "image/jpeg")


def call_names(routes: List[Tuple[str, str, Any]]) -> List[str]:
    """Return the calls as a list for people: "GET /v1/hello", ..."""
    return ["{} {}".format(method, path.replace("{seq}", "SEQ")) for method, path, _ in routes]
