"""What systemd is told: ready, reloading, stopping, the status line, and that we live.

Source: sd_notify(3). Without NOTIFY_SOCKET every call is a no-op that returns False.
"""

import os
import socket
from typing import Mapping, Optional

from plantd.messages import visible


class Notifier:
    """Sends datagrams to the service manager's socket."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Args: usually os.environ; NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog_usec = environment.get("WATCHDOG_USEC", "")
        self._watchdog_pid = environment.get("WATCHDOG_PID", "")

    @property
    def watchdog_s(self) -> Optional[float]:
        """Return the watchdog's interval, None where there is none for this process."""
        if not self._watchdog_usec.isdigit():
            return None
        if self._watchdog_pid and self._watchdog_pid != str(os.getpid()):
            return None
        return int(self._watchdog_usec) / 1e6

    def ready(self, status: str) -> bool:
        """Say that starting or reloading has ended."""
        return self._send("READY=1\nSTATUS=" + _one_line(status))

    def reloading(self) -> bool:
        """Say that the configuration is being read again."""
        return self._send("RELOADING=1")

    def stopping(self) -> bool:
        """Say that the service is ending on purpose."""
        return self._send("STOPPING=1")

    def status(self, status: str) -> bool:
        """Set the line that `systemctl status` shows."""
        return self._send("STATUS=" + _one_line(status))

    def alive(self) -> bool:
        """Ping the watchdog."""
        return self._send("WATCHDOG=1")

    def _send(self, message: str) -> bool:
        if not self._address:
            return False
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
            # A manager that does not keep up must not hold up a press: what it misses comes again.
            manager.setblocking(False)
            try:
                manager.connect(address)
                manager.sendall(message.encode("utf-8"))
            except OSError:
                # The manager went away; the service's work does not depend on being watched.
                return False
        return True


def _one_line(text: str) -> str:
    return visible(text.replace("\n", " "))
