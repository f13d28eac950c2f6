"""Small files of the kernel, read leniently: what is missing or odd is None, never an error."""

import math
import os
from typing import Dict, List, Optional

READ_MAX_BYTES = 1 << 20
# Of a number: 64 bits and a sign. What has more is none of the kernel's.
_DIGITS_MAX = 20
# Linux is built for no more processors; a list that names more would fill the memory.
_LISTED_MAX = 8192


def text(*parts: str) -> Optional[str]:
    """Return a file's stripped text, or None when it cannot be read."""
    try:
        with open(os.path.join(*parts), "rb") as source:
            return source.read(READ_MAX_BYTES).decode("utf-8", "replace").strip("\0 \n\t")
    except OSError:
        return None


def number(*parts: str) -> Optional[int]:
    """Return a file's whole number, or None."""
    found = text(*parts)
    try:
        return int(found) if found and len(found) <= _DIGITS_MAX else None
    except ValueError:
        return None


def whole(word: str) -> Optional[int]:
    """Return a word's whole number, None for any other word; a superscript is no digit."""
    return int(word) if word.isdecimal() and len(word) <= _DIGITS_MAX else None


def finite(word: str) -> Optional[float]:
    """Return a word's number, None for any other word; "nan" and "inf" are none."""
    try:
        found = float(word)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def names(*parts: str) -> List[str]:
    """Return a folder's entries, numbers in names in their own order; empty when there is none."""
    try:
        found = os.listdir(os.path.join(*parts))
    except OSError:
        return []
    return sorted(found, key=lambda name: (len(name), name))


def kilobytes(*parts: str) -> Dict[str, int]:
    """Return the lines `Name:   123 kB` of /proc/meminfo, /proc/PID/status and their like."""
    found = {}
    for line in (text(*parts) or "").splitlines():
        name, _, rest = line.partition(":")
        value = whole((rest.split() or [""])[0])
        if value is not None:
            found[name] = value
    return found


def range_list(listed: Optional[str]) -> List[int]:
    """Return the numbers of a kernel list such as `0-3,5`; empty for what is none."""
    numbers: List[int] = []
    for part in (listed or "").split(","):
        first, _, last = part.strip().partition("-")
        begin, end = whole(first), whole(last or first)
        if begin is not None and end is not None:
            numbers.extend(range(begin, min(end, _LISTED_MAX) + 1))
    return numbers[:_LISTED_MAX]
