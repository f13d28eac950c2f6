"""What somebody probably meant."""

import difflib
from typing import Iterable, Optional


def nearest(word: str, known: Iterable[str]) -> Optional[str]:
    """Return the known word that `word` is probably a slip of, or None."""
    plain = word.strip().lower().replace("-", "_")
    found = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?", or nothing."""
    found = nearest(word, known)
    return "; did you mean {!r}?".format(found) if found else ""
