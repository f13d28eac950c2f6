"""What a hook is given as: a command's words, without a shell, and an address of the web. Pure."""

import shlex
from typing import List
from urllib.parse import urlsplit

SCHEMES = ("http", "https")


def words_of(command: str) -> List[str]:
    """Return a command's words, quoted as for a shell. Raises ValueError."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError("a quotation mark or a backslash has no end") from error
    if not words or not words[0].startswith("/"):
        raise ValueError("its first word is not an absolute path")
    return words


def check_url(url: str) -> None:
    """Raise ValueError where a URL is not one of the web's, with a host."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError("it begins neither with http:// nor with https://")
    if not parts.hostname:
        raise ValueError("it names no host")
    _ = parts.port  # ValueError for what is no port
