"""Reads a request's body, never more of it than allowed and never for ever."""

import asyncio
from contextlib import contextmanager
from typing import Iterator

from aiohttp import web

from plantd.api.codes import SlowClientError, TooLargeError
from plantd.errors import BusyError, UsageError

MIB = 1024 * 1024


class BodyBudget:
    """How many bytes of bodies may be held at once, over all connections. For one loop alone."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes

    @contextmanager
    def reserved(self, request: web.Request, max_bytes: int) -> Iterator[None]:
        """Hold room for a request's body until it is answered.

        Raises BusyError, before a byte is read, where there is none; TooLargeError.
        """
        size = max_bytes if request.content_length is None else request.content_length
        if size > max_bytes:
            raise _too_large(max_bytes)
        if size > self._left:
            raise BusyError("other pictures are being answered; send this one again later")
        self._left -= size
        try:
            yield
        finally:
            self._left += size


async def read_body(request: web.Request, max_bytes: int, timeout_s: float) -> bytes:
    """Return the body.

    Raises TooLargeError before reading where the length is announced, else as soon as too much
    came; SlowClientError; UsageError for a compressed body.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UsageError("the body is compressed; send it as it is")
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    try:
        return await asyncio.wait_for(_read(request, max_bytes), timeout_s)
    except ConnectionError as error:
        raise UsageError("the client hung up in the middle of its body") from error
    except asyncio.TimeoutError as error:
        raise SlowClientError(
            "the body did not arrive within {:g} s (api.request_timeout_s)".format(timeout_s)
        ) from error


async def _read(request: web.Request, max_bytes: int) -> bytes:
    body = bytearray()
    while not request.content.at_eof():
        body.extend(await request.content.readany())
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


def _too_large(max_bytes: int) -> TooLargeError:
    return TooLargeError(
        "the body is larger than {:g} MB; send a smaller one, or raise api.max_body_mb".format(
            max_bytes / MIB
        )
    )
