"""What whoever knows the token may do: press, label, take the support bundle along. No more."""

from typing import Callable, Dict, List, Tuple
from urllib.parse import parse_qs

from aiohttp import web

from plantd import __version__
from plantd.api import query
from plantd.api.appliance import Appliance
from plantd.api.body import read_body
from plantd.api.replies import Handler
from plantd.errors import BusyError, UsageError
from plantd.page.access import SESSION_S, Access
from plantd.page.labelling import BY
from plantd.page.views import COOKIE
from plantd.system.threads import to_thread

FORM_MAX_BYTES = 4096
FORM_TIMEOUT_S = 10.0
SEE_OTHER = 303


class Actions:
    """Everything that changes something, or tells more than a look does."""

    def __init__(
        self, appliance: Appliance, access: Access, write_bundle: Callable[[], bytes]
    ) -> None:
        """Args: write_bundle: returns a support bundle; takes as long as doctor does."""
        self._appliance = appliance
        self._access = access
        self._write_bundle = write_bundle
        self._is_writing = False

    def routes(self) -> List[Tuple[str, str, Handler]]:
        """Return method, path and handler."""
        return [
            ("POST", "/unlock", self.unlock),
            ("POST", "/lock", self.lock),
            ("POST", "/press", self.press),
            ("POST", "/verdicts/{seq}/label", self.label),
            ("POST", "/support-bundle", self.support_bundle),
        ]

    async def unlock(self, request: web.Request) -> web.StreamResponse:
        """Begin a session for whoever sends the token."""
        token = (await _form(request)).get("token", "")
        cookie = await to_thread(lambda: self._access.enter(token))
        response = _see("/box")
        response.set_cookie(
            COOKIE, cookie, max_age=int(SESSION_S), httponly=True, samesite="Strict", path="/"
        )
        return response

    async def lock(self, request: web.Request) -> web.StreamResponse:
        """End the session."""
        await self._check(request)
        self._access.leave(request.cookies.get(COOKIE))
        response = _see("/box")
        response.del_cookie(COOKIE, path="/")
        return response

    async def press(self, request: web.Request) -> web.StreamResponse:
        """Do what a press of the button does, and show its answer."""
        await self._check(request)
        verdict = await self._appliance.capture()
        return _see("/" if verdict.get("recorded") is False else "/verdicts/%d" % verdict["seq"])

    async def label(self, request: web.Request) -> web.StreamResponse:
        """Keep what a person says that a photograph shows; show the next one that waits."""
        form = await self._check(request)
        seq = query.checked_number("seq", request.match_info["seq"])
        label = form.get("label", "")
        if not label:
            raise UsageError("nothing was chosen; choose what the photograph shows")
        await self._appliance.label(seq, label, BY)
        return _see("/review?before=%d" % seq if form.get("walking") else "/verdicts/%d" % seq)

    async def support_bundle(self, request: web.Request) -> web.StreamResponse:
        """Hand out one redacted file for whoever helps from afar; one at a time."""
        await self._check(request)
        if self._is_writing:
            raise BusyError("a support bundle is being written already; ask again in a minute")
        self._is_writing = True
        try:
            data = await to_thread(self._write_bundle)
        finally:
            self._is_writing = False
        name = "plantd-{}-support.tar.gz".format(__version__)
        headers = {"Content-Disposition": 'attachment; filename="{}"'.format(name)}
        return web.Response(body=data, content_type="application/gzip", headers=headers)

    async def _check(self, request: web.Request) -> Dict[str, str]:
        """Return the form. Raises AccessError unless one of a session, or the token, asks."""
        form = await _form(request)
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        bearer = bearer.strip() if kind.lower() == "bearer" else ""
        cookie = request.cookies.get(COOKIE)
        await to_thread(lambda: self._access.check(cookie, form.get("word", ""), bearer))
        return form


async def _form(request: web.Request) -> Dict[str, str]:
    body = await read_body(request, FORM_MAX_BYTES, FORM_TIMEOUT_S)
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True)
    except ValueError as error:
        raise UsageError("the form is not UTF-8") from error
    return {name: values[0] for name, values in fields.items()}


def _see(path: str) -> web.Response:
    return web.Response(status=SEE_OTHER, headers={"Location": path})
