"""The control sockets of the fakes: one datagram asks, one answers.

A fake button or light is driven from outside the service, by whoever may open its socket: the
demo, the system tests, a person without the hardware.
"""

import errno
import os
import socket
from typing import Optional, Tuple

from plantd.errors import NotFoundError, UnavailableError

MAX_BYTES = 65536
# The group of the socket's directory may drive the fake, nobody else.
MODE = 0o660


class ControlSocket:
    """The fake's end."""

    def __init__(self, path: str) -> None:
        """Bind `path`. Raises UnavailableError when it is in use or cannot be made."""
        self.path = path
        self._stopped = False
        if _is_answered(path):
            raise UnavailableError(
                "the control socket {} is in use by another program; stop that first".format(path)
            )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            _unlink(path)
            self._socket.bind(path)
            os.chmod(path, MODE)
        except OSError as error:
            self._socket.close()
            raise UnavailableError(
                "the control socket {} cannot be made: {}; its directory must exist and be "
                "writable".format(path, error.strerror)
            ) from error

    def fileno(self) -> int:
        """Becomes readable when somebody asks."""
        return self._socket.fileno()

    def receive(self, wait: bool = False) -> Optional[Tuple[str, Optional[str]]]:
        """Return the next request and where its answer goes; None when there is none now."""
        try:
            data, sender = self._socket.recvfrom(MAX_BYTES, 0 if wait else socket.MSG_DONTWAIT)
        except OSError:
            return None
        if self._stopped:
            return None
        return data.decode("utf-8", "replace").strip(), sender

    def answer(self, sender: Optional[str], text: str) -> None:
        """Answer a request. One who did not bind, or has gone, gets none."""
        if sender is None:
            return
        try:
            self._socket.sendto(text.encode("utf-8"), socket.MSG_DONTWAIT, sender)
        except OSError:
            return

    def stop_waiting(self) -> None:
        """Make a `receive(wait=True)` in another thread return None."""
        # A shut socket reads as an empty datagram from nobody, for ever.
        self._stopped = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Remove the socket; may be called twice."""
        if self._socket.fileno() >= 0:
            self._socket.close()
            _unlink(self.path)


def ask(path: str, request: str, timeout_s: float = 2.0) -> str:
    """Send one request and return its answer.

    Raises NotFoundError when there is no such socket, UnavailableError when nobody answers.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout_s)
        client.bind("")  # Linux picks an abstract address, so that the answer finds us
        try:
            client.connect(path)
            client.send(request.encode("utf-8"))
            return client.recv(MAX_BYTES).decode("utf-8")
        except FileNotFoundError as error:
            raise NotFoundError(
                "there is no control socket {}; is plantd running with driver: fake?".format(path)
            ) from error
        except OSError as error:
            raise UnavailableError(
                "nobody answered on {} within {:g} s ({}); is plantd running with driver: fake, "
                "and are you in the socket's group?".format(path, timeout_s, error)
            ) from error


def _is_answered(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT, errno.ENOTDIR)
    return True


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
