"""Writes docs/openapi.json and docs/api.md from the API's own calls. For make api-reference."""

import json
import os
import sys
from typing import Any, Dict, Iterator, List

from plantd.api.calls import Calls
from plantd.api.codes import CODES, UNKNOWN_CALL, WRONG_METHOD
from plantd.api.description import ALWAYS, CALLS, description
from plantd.api.feed import Feed
from plantd.config import ApiConfig
from plantd.sinks.stream import EventStream

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")
HEAD = """\
# The HTTP API

HTTP/1.1 over the Unix socket `/run/plantd/plantd.sock`. [openapi.json](openapi.json) describes it
for programs, the service itself answers `GET /v1/openapi.json` with the same, `make fuzz-api` holds
the service to it. Written by `make api-reference`.

```
curl --unix-socket /run/plantd/plantd.sock http://plantd/v1/openapi.json
```

## Calls

"""
ERRORS = """

## Errors

Every error is `{{"schema": 1, "error": {{"code": "...", "message": "..."}}}}`; the message is one
sentence that says what helps. Any call may meet {}.

"""


def described() -> Dict[str, Any]:
    """Return the OpenAPI document of the calls that there are."""
    nobody: Any = None
    feed = Feed(nobody, EventStream(1), 1.0, 1.0)
    return description(Calls(nobody, feed, ApiConfig()).routes())


def reference(document: Dict[str, Any]) -> str:
    """Return the page."""
    calls = ["| call | is | takes | errors of its own |", "|---|---|---|---|", *_rows(document)]
    errors = ["| code | status |", "|---|---|"]
    for code in (*CODES, UNKNOWN_CALL, WRONG_METHOD):
        errors.append("| `{}` | {} |".format(code.code, code.status))
    always = ", ".join("`{}`".format(name) for name in ALWAYS)
    return HEAD + "\n".join(calls) + ERRORS.format(always) + "\n".join(errors) + "\n"


def _rows(document: Dict[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            facts = CALLS[operation["operationId"]]
            yield "| `{} {}` | {} | {} | {} |".format(
                method.upper(),
                path,
                operation["summary"],
                "; ".join(_takes(operation)),
                ", ".join("`{}`".format(error) for error in facts.errors),
            )


def _takes(operation: Dict[str, Any]) -> List[str]:
    taken = ["`{}`".format(each["name"]) for each in operation["parameters"]]
    body = operation.get("requestBody", {"content": {}})
    if body["content"]:
        taken.append("a body: " + " or ".join(body["content"]))
    return taken


def files() -> Dict[str, str]:
    """Return name -> text of what lies in docs/."""
    document = described()
    return {"openapi.json": json.dumps(document, indent=1) + "\n", "api.md": reference(document)}


def main() -> int:
    """Write both."""
    for name, text in files().items():
        with open(os.path.join(DOCS, name), "w", encoding="utf-8") as target:
            target.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
