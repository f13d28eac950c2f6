"""What every answer of the page goes through: whose name was asked for, and what a browser may do.

How this works: the browser is told to load and send nothing beyond this address, to run no script
and apply no style that stands in a page itself, and to show the page inside no other. A request
that came by a name that is not the box's own is refused before anything looks at it: an address
that somebody's page in the internet points here (DNS rebinding) comes with that page's name.
"""

import ipaddress
from typing import Any, Optional, Sequence

from aiohttp import web

from plantd.api.replies import Handler

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
}
NO_STORE = "no-store"
WRONG_NAME = "plantd answers to its address only, not to this name.\n"
OTHER_SITE = "this came from another site; nothing was changed.\n"


def own_names(hostname: str) -> Sequence[str]:
    """Return what a box is called on its own network: by itself, and by multicast DNS."""
    name = hostname.lower().partition(".")[0]
    return ("localhost", name, name + ".local") if name else ("localhost",)


def is_own(host: Optional[str], names: Sequence[str]) -> bool:
    """Return whether a Host header is an IP address, or one of the box's own names."""
    text = (host or "").strip().lower()
    name = text.partition("]")[0][1:] if text.startswith("[") else text.partition(":")[0]
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_from_elsewhere(request: web.Request) -> bool:
    """Return whether a request that changes something was sent by another site's page."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != "http://" + str(request.headers.get("Host"))
    return foreign or site not in ("same-origin", "none")


def guarded(names: Sequence[str]) -> Any:
    """Return the middleware; `names` are the box's own, beside its addresses."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_own(request.headers.get("Host"), names):
            return web.Response(status=421, text=WRONG_NAME, headers=HEADERS)
        if request.method not in ("GET", "HEAD") and is_from_elsewhere(request):
            return web.Response(status=403, text=OTHER_SITE, headers=HEADERS)
        return await handler(request)

    return middleware


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on an answer that is about to go; for on_response_prepare."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", NO_STORE)
    response.headers.pop("Server", None)
