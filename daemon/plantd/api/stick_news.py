"""What is told of a stick in the box: its words, and its form in JSON. Pure."""

from typing import Any, Dict, NamedTuple

from plantd.errors import UsageError
from plantd.system.json_text import tree_from_json

Json = Dict[str, Any]

OFFERED, AGREED, INSTALLING = "offered", "agreed", "installing"
INSTALLED, REFUSED, WITHDRAWN, SEEN = "installed", "refused", "withdrawn", "seen"
STATES = (OFFERED, AGREED, INSTALLING, INSTALLED, REFUSED, WITHDRAWN, SEEN)
# Only a finger agrees.
TOLD = tuple(state for state in STATES if state != AGREED)
MAX_LENGTH = 2000


class StickNews(NamedTuple):
    """How it is with a stick.

    Attributes:
        state: one of STATES.
        name: the model, or what the stick holds instead.
        detail: one sentence for people.
    """

    state: str
    name: str
    detail: str

    def to_json(self) -> Json:
        """Return it as status has it."""
        return dict(self._asdict())


def stick_from_json(body: bytes) -> StickNews:
    """Return what a request's body tells. Raises UsageError."""
    try:
        data: Any = tree_from_json(body)
    except ValueError as error:
        raise UsageError("the body is not JSON: {}".format(error)) from error
    given = data if isinstance(data, dict) else {}
    values = [given.get(key) for key in StickNews._fields]
    if not all(isinstance(value, str) and len(value) <= MAX_LENGTH for value in values):
        raise UsageError(
            'the body is {:.40}; expected {{"state": "...", "name": "...", "detail": "..."}}, each '
            "of at most {} characters".format(str(data), MAX_LENGTH)
        )
    told = StickNews(*(str(value) for value in values))
    if told.state not in TOLD:
        raise UsageError(
            "state is {!r:.40}; expected one of {}".format(told.state, ", ".join(TOLD))
        )
    return told
