"""One section of a bundle's card put in or replaced; every other line stays as it is. Pure."""

import re
from typing import Sequence

# Where the card tells of the calibration, of the looks at test, and of what it cannot do.
CONFIDENCE = "## Confidence"
LOOKS = "## Every look at the test photographs"
LIMITS = "## Limits"
NEXT = re.compile(r"^## ", re.MULTILINE)


def with_section(text: str, heading: str, body: str, before: Sequence[str]) -> str:
    """Return the card with this body under the heading, in the place of what stood under it.

    Args:
        before: headings; a new section goes above the first of them that the card has, else last.
    """
    new = "{}\n\n{}\n".format(heading, body.strip("\n"))
    start = place(text, heading)
    if start >= 0:
        follower = NEXT.search(text, start + len(heading))
        end = follower.start() if follower else len(text)
    else:
        above = [there for there in (place(text, name) for name in before) if there >= 0]
        start = end = above[0] if above else len(text)
    kept = text[:start]
    gap = "\n" * (2 - len(kept) + len(kept.rstrip("\n"))) if kept else ""
    return kept + gap + new + ("\n" + text[end:] if text[end:] else "")


def place(text: str, heading: str) -> int:
    """Return where the line that is this heading starts, or -1."""
    found = re.search(r"^{}[ \t]*$".format(re.escape(heading)), text, re.MULTILINE)
    return found.start() if found else -1
