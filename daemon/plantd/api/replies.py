"""Answers and errors as aiohttp responses: JSON, every one of them that is no picture."""

import json
import logging
from typing import Any, Awaitable, Callable, Dict, Sequence

from aiohttp import web

from plantd.api.codes import (
    SCHEMA,
    UNKNOWN_CALL,
    WRONG_METHOD,
    Code,
    code_from_error,
    json_from_error,
)
from plantd.errors import PlantdError, UsageError

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reply(data: Dict[str, Any], status: int = 200) -> web.Response:
    """Return a JSON answer; it always says its schema."""
    return web.json_response({"schema": SCHEMA, **data}, status=status, dumps=_dumps)


def error_reply(code: Code, message: str) -> web.Response:
    """Return an error. The connection ends with it: an unread body may still be on its way."""
    response = web.json_response(json_from_error(code, message), status=code.status, dumps=_dumps)
    response.force_close()
    return response


def reply_from_error(error: PlantdError) -> web.Response:
    """Return the answer to a request that ended in an error."""
    return error_reply(code_from_error(error), str(error))


def errors_as_json(calls: Sequence[str]) -> Any:
    """Return the middleware that answers every error with JSON; `calls` lists what there is."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except PlantdError as error:
            return reply_from_error(error)
        except web.HTTPNotFound:
            return error_reply(
                UNKNOWN_CALL,
                "there is no call {}; there are: {}".format(request.path, ", ".join(calls)),
            )
        except web.HTTPMethodNotAllowed as error:
            return _wrong_method(request, error)
        except web.RequestPayloadError as error:
            return reply_from_error(UsageError("the body is not HTTP: {}".format(error)))
        except web.HTTPException as error:
            return error_reply(Code("http", error.status, UsageError), error.reason)

    return middleware


def bug_reply(request: web.BaseRequest, error: BaseException) -> web.Response:
    """Log a bug of ours with its trace and answer 500."""
    logger.error("%s %s met a bug", request.method, request.path, exc_info=error)
    return reply_from_error(
        PlantdError("plantd met a bug and logged it: journalctl -u plantd; {!r}".format(error))
    )


def _wrong_method(request: web.Request, error: web.HTTPMethodNotAllowed) -> web.Response:
    allowed = ", ".join(sorted(error.allowed_methods))
    response = error_reply(
        WRONG_METHOD,
        "{} cannot be asked by {}; expected {}".format(request.path, request.method, allowed),
    )
    response.headers["Allow"] = allowed
    return response


def _dumps(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
