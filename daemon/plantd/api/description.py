"""The API's description in OpenAPI 3.1, made from its calls; GET /v1/openapi.json gives it. Pure.

How this works: method, path, name and first sentence of a call are those of its handler; which
status an error has is the table of `codes`. What a handler does not say of itself, its parameters,
body, answer and errors, stands in CALLS by the handler's name. A call without a row, or a row
without a call, is a KeyError or a test's failure.
"""

import re
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from plantd.api.codes import CODES, SCHEMA
from plantd.api.query import DEFAULT_LIMIT, MAX_LIMIT
from plantd.api.schemas import (
    INTEGER,
    SCHEMAS,
    SEQ,
    STICK_TOLD,
    Json,
    array_of,
    object_of,
    one_of,
    ref,
)
from plantd.sinks.stream import TYPES

JSON = "application/json"
JPEG, PNG = "image/jpeg", "image/png"
# What any call may meet.
ALWAYS = ("bad_request", "crowded", "internal")
ABOUT = (
    "HTTP/1.1 over the Unix socket /run/plantd/plantd.sock, offline; nothing here says that a "
    "plant is safe to eat. daemon/plantd/api/README.md tells more."
)


class CallFacts(NamedTuple):
    """What a call takes and gives beside what its handler says.

    Attributes:
        answer: media type -> schema.
        query: name -> schema, all of them optional.
        body: media type -> schema; needed where there is one, unless `body_optional`.
        errors: codes beside ALWAYS.
        statuses: those of a good answer.
    """

    answer: Json
    query: Json = {}
    body: Json = {}
    body_optional: bool = False
    errors: Tuple[str, ...] = ()
    statuses: Tuple[int, ...] = (200,)


def _json(name: str) -> Json:
    return {JSON: ref(name)}


_RECORDED = ("not_found", "record", "slow_answer")
_PICTURE: Json = {JPEG: {}, PNG: {}}
_NAME = object_of({"name": {"type": "string"}})
_MODEL = ("forbidden", "not_found", "bad_bundle", "no_engine", "busy", "unavailable")
_BODY = ("too_large", "slow_client")
_LIMIT: Json = {**INTEGER, "minimum": 0, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_FLAG: Json = {**INTEGER, "enum": [0, 1], "default": 0}

CALLS: Dict[str, CallFacts] = {
    "hello": CallFacts(_json("Hello")),
    "status": CallFacts(_json("Status")),
    "health": CallFacts(_json("Health"), statuses=(200, 503)),
    "capture": CallFacts(
        _json("Verdict"), errors=("busy", "no_camera", "no_engine", "slow_answer")
    ),
    "classify": CallFacts(
        _json("Verdict"),
        body=_PICTURE,
        errors=("bad_picture", "busy", "no_engine", "slow_answer", *_BODY),
    ),
    "frame": CallFacts({JPEG: {}}, errors=("busy", "no_camera", "slow_answer")),
    "verdicts": CallFacts(
        _json("Verdicts"),
        query={
            "after": {**SEQ, "default": 0},
            "limit": _LIMIT,
            "newest": _FLAG,
        },
        errors=("record", "slow_answer"),
    ),
    "verdict": CallFacts(_json("Verdict"), errors=_RECORDED),
    "picture": CallFacts(_PICTURE, errors=_RECORDED),
    "tensor_picture": CallFacts({PNG: {}}, errors=_RECORDED),
    "label": CallFacts(
        _json("Label"),
        body={JSON: object_of({"label": {"type": "string", "minLength": 1}})},
        errors=("no_engine", *_RECORDED, *_BODY),
    ),
    "review": CallFacts(
        _json("Verdicts"),
        query={"before": SEQ, "limit": _LIMIT, "again": _FLAG},
        errors=("record", "slow_answer"),
    ),
    "events": CallFacts(
        {"application/x-ndjson": {}},
        query={"types": array_of(one_of(TYPES)), "after": SEQ},
    ),
    "metrics": CallFacts({"text/plain": {}}, errors=("unavailable",)),
    "openapi": CallFacts({JSON: {"type": "object"}}),
    "activate": CallFacts(_json("Models"), body={JSON: _NAME}, errors=(*_MODEL, *_BODY)),
    "rollback": CallFacts(
        _json("Models"), body={JSON: _NAME}, body_optional=True, errors=(*_MODEL, *_BODY)
    ),
    "stick": CallFacts(
        _json("Stick"), body={JSON: STICK_TOLD}, errors=("forbidden", "busy", "unavailable", *_BODY)
    ),
}


def description(routes: Sequence[Tuple[str, str, Any]]) -> Json:
    """Return the OpenAPI document of some calls. Raises KeyError for one that CALLS lacks."""
    paths: Dict[str, Json] = {}
    for method, path, handler in routes:
        operation = _operation(path, handler.__name__, str(handler.__doc__))
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "plantd", "version": str(SCHEMA), "description": ABOUT},
        "servers": [{"url": "http://plantd"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _operation(path: str, name: str, doc: str) -> Json:
    facts = CALLS[name]
    operation: Json = {
        "operationId": name,
        "summary": " ".join(doc.split("\n\n")[0].split()),
        "parameters": _parameters(path, facts),
        "responses": _responses(facts),
    }
    if facts.body:
        operation["requestBody"] = {
            "required": not facts.body_optional,
            "content": _content(facts.body),
        }
    return operation


def _parameters(path: str, facts: CallFacts) -> List[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": SEQ}
        for name in re.findall("{([a-z]+)}", path)
    ]
    in_query = [
        {"name": name, "in": "query", "schema": schema, "style": "form", "explode": False}
        for name, schema in facts.query.items()
    ]
    return [*in_path, *in_query]


def _responses(facts: CallFacts) -> Dict[str, Json]:
    found: Dict[str, Json] = {}
    by_status: Dict[int, List[str]] = {}
    for code in CODES:
        if code.code in (*ALWAYS, *facts.errors):
            by_status.setdefault(code.status, []).append(code.code)
    for status in sorted({*facts.statuses, *by_status}):
        codes = by_status.get(status, [])
        content = _content(facts.answer) if status in facts.statuses else {}
        if codes:
            good = [content[JSON]["schema"]] if JSON in content else []
            content[JSON] = {"schema": _either([*good, ref("Error")])}
        found[str(status)] = {"description": ", ".join(codes) or "the answer", "content": content}
    return found


def _either(schemas: List[Any]) -> Json:
    either: Json = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return either


def _content(schemas: Json) -> Json:
    return {media: {"schema": schema} for media, schema in schemas.items()}
