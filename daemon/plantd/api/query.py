"""Reads a request's parameters; every complaint names the parameter, what was seen and expected."""

from typing import Any, FrozenSet, Mapping, Optional, Sequence

from plantd.errors import UsageError
from plantd.system.json_text import tree_from_json

MAX_SEQ = 2**63 - 1
# Of verdicts in one answer.
DEFAULT_LIMIT, MAX_LIMIT = 50, 1000


def no_others(query: Mapping[str, str], known: Sequence[str]) -> None:
    """Raise UsageError when there is a parameter that the call does not have."""
    for name in query:
        if name not in known:
            raise UsageError(
                "parameter {!r} is unknown; expected {}".format(
                    name, ", ".join(known) if known else "no parameter"
                )
            )


def number(query: Mapping[str, str], name: str, default: int, highest: int = MAX_SEQ) -> int:
    """Return a whole number from 0 to `highest`."""
    text = query.get(name)
    if text is None:
        return default
    return checked_number(name, text, highest)


def checked_number(name: str, text: str, highest: int = MAX_SEQ) -> int:
    """Return `text` as a whole number from 0 to `highest`. Raises UsageError."""
    if _is_number(text):
        value = int(text)
        if value <= highest:
            return value
    raise UsageError(
        "parameter {!r} is {!r}; expected a whole number from 0 to {}".format(
            name, text[:40], highest
        )
    )


def flag(query: Mapping[str, str], name: str) -> bool:
    """Return a parameter that is 0 or 1; absent is False."""
    text = query.get(name, "0")
    if text not in ("0", "1"):
        raise UsageError("parameter {!r} is {!r}; expected 0 or 1".format(name, text[:40]))
    return text == "1"


def choice(query: Mapping[str, str], name: str, known: Sequence[str]) -> FrozenSet[str]:
    """Return the chosen ones of `known`, separated by commas; absent is all of them."""
    text = query.get(name)
    if text is None:
        return frozenset(known)
    chosen = frozenset(text.split(","))
    if not chosen <= frozenset(known):
        raise UsageError(
            "parameter {!r} is {!r}; expected some of {}, separated by commas".format(
                name, text[:80], ", ".join(known)
            )
        )
    return chosen


def optional_name(body: bytes, key: str) -> Optional[str]:
    """Return one string of a JSON body; None when the body is empty or lacks it."""
    if not body:
        return None
    try:
        data: Any = tree_from_json(body)
    except ValueError as error:
        raise UsageError("the body is not JSON: {}".format(error)) from error
    if not isinstance(data, dict) or not isinstance(data.get(key), (str, type(None))):
        raise UsageError('the body is {:.40}; expected {{"{}": "..."}}'.format(str(data), key))
    value: Optional[str] = data.get(key)
    return value


def _is_number(text: str) -> bool:
    # isdigit() alone also takes digits of other scripts; the length bounds int()'s work.
    return 0 < len(text) <= 19 and text.isdigit() and all(c <= "9" for c in text)
