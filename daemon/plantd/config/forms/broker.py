"""What a broker and its topics are given as: a host and a topic. Pure."""

import re

# Source: RFC 1123, 2.1; an underscore is met in practice. An IPv6 address has colons.
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?\Z")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?\Z")
TOPIC_MAX_BYTES = 200


def check_host(text: str) -> None:
    """Raise ValueError where a text is no host alone: a URL, say, or one with its port."""
    if "/" in text:
        raise ValueError("it holds a /, as a URL does")
    if not _HOST.match(text) and not _IPV6.match(text):
        port = ", as before a port: that is mqtt.port" if ":" in text else ""
        raise ValueError("it holds what no host's name does" + port)


def check_topic(text: str) -> None:
    """Raise ValueError where nothing can be published below a topic."""
    if "+" in text or "#" in text:
        raise ValueError("+ and # stand for other topics, and cannot be published to")
    if text.startswith(("/", "$")) or text.endswith("/") or "//" in text:
        raise ValueError("it begins with / or $, ends with /, or has an empty level")
    if len(text.encode("utf-8")) > TOPIC_MAX_BYTES:
        raise ValueError("it has more than {} bytes".format(TOPIC_MAX_BYTES))
