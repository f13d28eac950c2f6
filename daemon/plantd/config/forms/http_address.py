"""Where the page listens: an IP address of this machine and a port. Pure."""

import ipaddress
from typing import NamedTuple


class HttpAddress(NamedTuple):
    """An address to listen at; host 0.0.0.0 or :: is every network of the machine."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What a browser is given."""
        host = "[{}]".format(self.host) if ":" in self.host else self.host
        return "http://{}:{}/".format(host, self.port)


def address_from_text(text: str) -> HttpAddress:
    """Return the address of "10.42.0.1:8080" or "[fd00::1]:8080". Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not (port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError("the port is not a number from 1 to 65535")
    if host.startswith("[") and host.endswith("]"):
        return HttpAddress(str(ipaddress.IPv6Address(host[1:-1])), int(port))
    return HttpAddress(str(ipaddress.IPv4Address(host)), int(port))
