"""Posts each verdict's JSON to one URL of the owner's."""

import asyncio
import threading
from typing import Any, Optional

import aiohttp

from plantd.notifiers.queued import NotDelivered, Notice, QueuedNotifier

NAME = "hooks.url"
QUEUE_LENGTH = 256
_HELP = "look at hooks.url, at the network, and whether the unit lets it out: docs/hooks.md"


class UrlHook(QueuedNotifier):
    """Posts one verdict after the other; whatever answers with 2xx has taken it.

    Nothing is redirected, no proxy is asked, and no answer's body is read.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        """Args: http or https; how long one post may take in all."""
        super().__init__(NAME, QUEUE_LENGTH)
        self._url = url
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._posting: "Optional[asyncio.Future[int]]" = None
        self._aborted = False

    def deliver(self, notice: Notice) -> None:
        """Post it. Raises NotDelivered; its sentence names no URL, which may hold a secret."""
        loop = asyncio.new_event_loop()
        try:
            status = loop.run_until_complete(self._cancellable(loop, notice.line))
        except asyncio.TimeoutError as error:
            raise NotDelivered(
                "no answer within {:g} s; {}".format(self._timeout_s, _HELP)
            ) from error
        except asyncio.CancelledError as error:
            raise NotDelivered("it was given up: the service ends") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotDelivered("{}; {}".format(_reason(error), _HELP)) from error
        finally:
            with self._lock:
                self._loop = self._posting = None
            loop.close()
        if not 200 <= status < 300:
            raise NotDelivered("the answer is HTTP {}; expected 200 to 299".format(status))

    def abort(self) -> None:
        """Give up the post that runs."""
        with self._lock:
            self._aborted = True
            if self._loop is not None and self._posting is not None:
                self._loop.call_soon_threadsafe(self._posting.cancel)

    async def _cancellable(self, loop: asyncio.AbstractEventLoop, body: bytes) -> int:
        posting: "asyncio.Future[int]" = asyncio.ensure_future(self._post(body))
        with self._lock:
            self._loop, self._posting = loop, posting
            if self._aborted:
                posting.cancel()
        return await posting

    async def _post(self, body: bytes) -> int:
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            headers = {"Content-Type": "application/json"}
            posted: Any = session.post(self._url, data=body, headers=headers, allow_redirects=False)
            async with posted as answer:
                return int(answer.status)


def _reason(error: Exception) -> str:
    """Return why, without the address that aiohttp's own words name."""
    cause = getattr(error, "os_error", error)
    reason = getattr(cause, "strerror", None)
    if isinstance(error, aiohttp.ClientConnectorError) and reason:
        return "it cannot be reached: {}".format(reason)
    return "it was not taken ({})".format(type(error).__name__)
