"""Where gpsd listens: a host and a port. Pure."""

import re
from typing import NamedTuple

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}\Z")
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]\Z")


class GpsdAddress(NamedTuple):
    """A host's name or address, and a port of TCP."""

    host: str
    port: int


def gpsd_address_from_text(text: str) -> GpsdAddress:
    """Return the address of "localhost:2947" or "[::1]:2947". Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not (port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError("the port is not a number from 1 to 65535")
    bracketed = _IPV6.match(host)
    if bracketed:
        return GpsdAddress(bracketed.group(1), int(port))
    if not _HOST.match(host):
        raise ValueError("it holds what no host's name does")
    return GpsdAddress(host, int(port))
