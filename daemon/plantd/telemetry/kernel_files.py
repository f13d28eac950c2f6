"""Small files of the kernel, read leniently: what is missing or odd is None, never an error."""

import os
from typing import Dict, List, Optional

READ_MAX_BYTES = 1 << 20


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
        return int(found) if found else None
    except ValueError:
        return None


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
        words = rest.split()
        if words and words[0].isdigit():
            found[name] = int(words[0])
    return found


def range_list(listed: Optional[str]) -> List[int]:
    """Return the numbers of a kernel list such as `0-3,5`; empty for what is none."""
    numbers: List[int] = []
    for part in (listed or "").split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and (last.isdigit() or not last):
            numbers.extend(range(int(first), int(last or first) + 1))
    return numbers
