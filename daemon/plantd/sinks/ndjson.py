"""An event as one line: newline-delimited JSON. Pure."""

import json

from plantd.sinks.interface import Event


def line_from_event(event: Event) -> bytes:
    """Return the event as one line with its newline.

    Raises TypeError or ValueError for what JSON does not know, NaN included.
    """
    return json.dumps(event, allow_nan=False, separators=(",", ":")).encode("utf-8") + b"\n"
