"""Which error is which code and status over HTTP, for the server and for its clients. Pure.

{"schema": 1, "error": {"code": "busy", "message": "another press is being answered"}}
"""

from typing import Any, Dict, NamedTuple, Tuple, Type

from plantd.errors import (
    AccessError,
    BundleError,
    BusyError,
    CameraError,
    EngineError,
    NotFoundError,
    PictureError,
    PlantdError,
    RecordError,
    UnavailableError,
    UsageError,
)

SCHEMA = 1


class TooLargeError(PictureError):
    """A body over the limit."""


class SlowClientError(UsageError):
    """A client that began a request and did not finish it in time."""


class SlowAnswerError(UnavailableError):
    """The appliance did not answer in time."""


class CrowdedError(UnavailableError):
    """More connections than the service takes at once."""


class Code(NamedTuple):
    """One kind of error."""

    code: str
    status: int
    error: Type[PlantdError]


# The first that fits is taken: a derived class stands before its base.
CODES: Tuple[Code, ...] = (
    Code("busy", 409, BusyError),
    Code("no_camera", 503, CameraError),
    Code("no_engine", 503, EngineError),
    Code("record", 503, RecordError),
    Code("not_found", 404, NotFoundError),
    Code("too_large", 413, TooLargeError),
    Code("bad_picture", 400, PictureError),
    Code("forbidden", 403, AccessError),
    Code("bad_bundle", 422, BundleError),
    Code("slow_client", 408, SlowClientError),
    Code("bad_request", 400, UsageError),
    Code("slow_answer", 504, SlowAnswerError),
    Code("crowded", 503, CrowdedError),
    Code("unavailable", 503, UnavailableError),
    Code("internal", 500, PlantdError),
)
UNKNOWN_CALL = Code("unknown_call", 404, UsageError)
WRONG_METHOD = Code("wrong_method", 405, UsageError)

_BY_CODE = {code.code: code for code in CODES + (UNKNOWN_CALL, WRONG_METHOD)}


def code_from_error(error: PlantdError) -> Code:
    """Return the code of an error."""
    return next(code for code in CODES if isinstance(error, code.error))


def error_from_code(code: str, status: int, message: str) -> PlantdError:
    """Return the error a code stands for; an unknown one is judged by its status."""
    known = _BY_CODE.get(code)
    if known is not None:
        return known.error(message)
    return UsageError(message) if 400 <= status < 500 else UnavailableError(message)


def json_from_error(code: Code, message: str) -> Dict[str, Any]:
    """Return the body of an error."""
    return {"schema": SCHEMA, "error": {"code": code.code, "message": message}}
