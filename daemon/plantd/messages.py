"""Sentences of ours about others' words: a library's error quoted, and what was probably meant."""

import difflib
import re
from typing import Any, Iterable, Optional

# Controls of a terminal, and marks that turn the direction of text around.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Return foreign text as it may be shown: a terminal's controls as \x1b, one line.

    Labels, names and paths come from bundles and clients; a terminal obeys what it is sent.
    """
    return _HIDDEN.sub(lambda found: ascii(found.group())[1:-1], text)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's words, or its name where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__


def yaml_problem(error: Exception) -> str:
    """Return what PyYAML says in four lines: where, and what is wrong there."""
    mark: Any = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    where = "" if mark is None else "line {}: ".format(mark.line + 1)
    return where + str(problem or first_line(error))


def nearest(word: str, known: Iterable[str]) -> Optional[str]:
    """Return the known word that `word` is probably a slip of, or None."""
    plain = word.strip().lower().replace("-", "_")
    found = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?", or nothing."""
    found = nearest(word, known)
    return "; did you mean {!r}?".format(found) if found else ""
