"""What a page shows beside its text: photographs, thumbnails, the live view, style and script."""

import os
from typing import List, Mapping, Tuple

from aiohttp import web

from plantd.api import query
from plantd.api.appliance import Appliance
from plantd.api.replies import Handler
from plantd.page.live import LiveView
from plantd.page.thumbnails import Thumbnails

FOR_EVER = "private, max-age=31536000, immutable"
A_DAY = "private, max-age=86400"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PNG = b"\x89PNG"
FAULTS = "X-Picture-Faults"


class Files:
    """Serves pictures and what belongs to every page."""

    def __init__(
        self,
        appliance: Appliance,
        live: LiveView,
        thumbnails: Thumbnails,
        static: Mapping[str, bytes],
    ) -> None:
        """Args: static: style, script and drawings by their names."""
        self._appliance = appliance
        self._live = live
        self._thumbnails = thumbnails
        self._static = static

    def routes(self) -> List[Tuple[str, str, Handler]]:
        """Return method, path and handler."""
        return [
            ("GET", "/static/{name}", self.static),
            ("GET", "/favicon.ico", self.icon),
            ("GET", "/pictures/{seq}", self.picture),
            ("GET", "/thumbnails/{seq}", self.thumbnail),
            ("GET", "/overlays/{seq}", self.overlay),
            ("GET", "/view", self.view),
        ]

    async def static(self, request: web.Request) -> web.Response:
        """Style, script and drawings."""
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound()
        return _file(self._static[name], TYPES[os.path.splitext(name)[1]], FOR_EVER)

    async def icon(self, _request: web.Request) -> web.Response:
        """The drawing in a browser's tab, for browsers that look for it by themselves."""
        return _file(self._static["icon.svg"], TYPES[".svg"], A_DAY)

    async def picture(self, request: web.Request) -> web.Response:
        """What the camera saw."""
        return _image(await self._appliance.picture(_seq(request)), A_DAY)

    async def thumbnail(self, request: web.Request) -> web.Response:
        """The same, small."""
        return _image(await self._thumbnails.of(_seq(request)), A_DAY)

    async def overlay(self, request: web.Request) -> web.Response:
        """What the network saw, with what spoke for its answer tinted."""
        return _image(await self._appliance.overlay(_seq(request)), A_DAY)

    async def view(self, _request: web.Request) -> web.Response:
        """What the camera sees now; a header names what is wrong with it."""
        view = await self._live.view()
        response = _image(view.jpeg, "no-store")
        response.headers[FAULTS] = ",".join(view.faults)
        return response


def _seq(request: web.Request) -> int:
    return query.checked_number("seq", request.match_info["seq"])


def _image(data: bytes, caching: str) -> web.Response:
    return _file(data, "image/png" if data.startswith(PNG) else "image/jpeg", caching)


def _file(data: bytes, content_type: str, caching: str) -> web.Response:
    return web.Response(body=data, content_type=content_type, headers={"Cache-Control": caching})
