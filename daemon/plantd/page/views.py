"""The pages, one method each: asks the appliance, and hands what it says to a template."""

from typing import Any, List, NamedTuple, Optional, Tuple

from aiohttp import web

from plantd import __version__
from plantd.api import query
from plantd.api.appliance import Appliance, Json
from plantd.api.replies import Handler
from plantd.errors import PlantdError
from plantd.page import box, labelling
from plantd.page.access import Access
from plantd.page.answer import HEADS, Known, known_from_hello, matches, shown
from plantd.page.rendering import Renderer
from plantd.page.trends import HOUR, SPANS_S, Trends
from plantd.system.threads import to_thread
from plantd.texts.catalogue import Texts

COOKIE = "plantd"
PAGE_LENGTH = 24
# A search looks through this many verdicts, and then offers to go on.
SEARCHED = 1000
CHUNK = 100
SEARCH_MAX_CHARACTERS = 80
NEWEST = query.MAX_SEQ


class Found(NamedTuple):
    """One page of the history: `older` is where the next one begins, None at the end."""

    verdicts: List[Json]
    older: Optional[int]


class Views:
    """Everything that can be looked at."""

    def __init__(
        self, appliance: Appliance, renderer: Renderer, access: Access, trends: Trends
    ) -> None:
        self._appliance = appliance
        self._renderer = renderer
        self._access = access
        self._trends = trends

    def routes(self) -> List[Tuple[str, str, Handler]]:
        """Return method, path and handler of every page."""
        return [
            ("GET", "/", self.newest),
            ("GET", "/verdicts/{seq}", self.verdict),
            ("GET", "/history", self.history),
            ("GET", "/review", self.review),
            ("GET", "/aim", self.aim),
            ("GET", "/box", self.box),
        ]

    async def newest(self, request: web.Request) -> web.Response:
        """The newest answer, large."""
        query.no_others(request.query, ())
        found, problem = await self._read(NEWEST, 1)
        return await self._answer(request, found[0] if found else None, True, problem)

    async def verdict(self, request: web.Request) -> web.Response:
        """One answer of the record."""
        query.no_others(request.query, ())
        seq = query.checked_number("seq", request.match_info["seq"])
        return await self._answer(request, await self._appliance.verdict(seq), False)

    async def history(self, request: web.Request) -> web.Response:
        """Recorded answers, the newest first."""
        query.no_others(request.query, ("answer", "q", "before"))
        answer = request.query.get("answer", "")
        answer = answer if answer in HEADS else ""
        wanted = request.query.get("q", "").strip()[:SEARCH_MAX_CHARACTERS]
        before = query.number(request.query, "before", NEWEST)
        found = await self._search(before, answer, wanted)
        texts, known = self.texts(request), self._known()
        return await self._page(
            request,
            "history.html",
            verdicts=[shown(each, texts, known) for each in found.verdicts],
            answer=answer,
            wanted=wanted,
            older=found.older,
            is_first=before == NEWEST,
        )

    async def review(self, request: web.Request) -> web.Response:
        """The newest answer that waits for a person's label, before the one that is named."""
        query.no_others(request.query, ("before",))
        found = await self._appliance.review(query.number(request.query, "before", NEWEST), 1)
        return await self._page(request, "review.html", **self._facts(request, found[:1]))

    async def aim(self, request: web.Request) -> web.Response:
        """What the camera sees."""
        query.no_others(request.query, ())
        return await self._page(request, "aim.html")

    async def box(self, request: web.Request) -> web.Response:
        """How the box is: parts, model, engine, disk, and what helps."""
        query.no_others(request.query, ("span",))
        span = request.query.get("span", HOUR)
        span = span if span in SPANS_S else HOUR
        return await self._page(
            request,
            "box.html",
            span=span,
            spans=list(SPANS_S),
            plots=box.plots(self._trends, span),
            checks=await to_thread(self._appliance.health),
            states=box.STATES,
        )

    async def failure(self, request: web.Request, message: str, status: int) -> web.Response:
        """An error, with what helps."""
        return await self._page(request, "error.html", status, message=message)

    def texts(self, request: web.Request) -> Texts:
        """Return the texts for whoever asks."""
        return self._renderer.texts_for(request.headers.get("Accept-Language", ""))

    async def _answer(
        self, request: web.Request, verdict: Optional[Json], newest: bool, problem: str = ""
    ) -> web.Response:
        return await self._page(
            request,
            "answer.html",
            **self._facts(request, [verdict] if verdict else []),
            overlaid=verdict is not None and self._appliance.overlaid() == verdict["seq"],
            newest=newest,
            problem=problem,
        )

    def _facts(self, request: web.Request, found: List[Json]) -> Json:
        """Return what a template shows of one verdict, or of none."""
        texts, hello = self.texts(request), self._appliance.hello()
        return {
            "shown": shown(found[0], texts, known_from_hello(hello)) if found else None,
            "said": labelling.said(found[0], texts) if found else None,
            "choices": labelling.choices(hello, texts),
        }

    def _known(self) -> Known:
        return known_from_hello(self._appliance.hello())

    async def _read(self, before: int, limit: int) -> Tuple[List[Json], str]:
        """Return verdicts, or none and why: a record that fails is no reason to show nothing."""
        try:
            return await self._appliance.older(before, limit), ""
        except PlantdError as error:
            return [], str(error)

    async def _search(self, before: int, answer: str, wanted: str) -> Found:
        """Return the next page of what is wanted, after a bounded look into the record."""
        verdicts: List[Json] = []
        looked_at = 0
        while looked_at < SEARCHED:
            chunk = await self._appliance.older(before, CHUNK if wanted else PAGE_LENGTH, answer)
            for verdict in chunk:
                before = int(verdict["seq"])
                if matches(verdict, wanted):
                    verdicts.append(verdict)
                if len(verdicts) == PAGE_LENGTH:
                    return Found(verdicts, before)
            looked_at += len(chunk)
            if len(chunk) < (CHUNK if wanted else PAGE_LENGTH):
                return Found(verdicts, None)
        return Found(verdicts, before)

    async def _page(
        self, request: web.Request, template: str, status: int = 200, **facts: Any
    ) -> web.Response:
        texts = self.texts(request)
        session = self._access.session(request.cookies.get(COOKIE))
        text = self._renderer.page(
            template,
            texts,
            here=request.path,
            version=__version__,
            box=box.summary(await box.status_of(self._appliance)),
            can_unlock=self._access.is_possible,
            form_word=session.form_word if session else "",
            **facts,
        )
        return web.Response(
            text=text,
            status=status,
            content_type="text/html",
            headers={"Content-Language": texts.language, "Vary": "Accept-Language"},
        )
