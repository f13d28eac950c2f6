"""The control sockets of the fakes: one datagram asks, one answers.

A fake button or light is driven from outside the service, by whoever may open its socket: the
demo, the system tests, a person without the hardware. A request brings its own way back, one end
of a socket pair: so the service needs no right to reach its clients, and no network namespace
stands in between.
"""

import array
import errno
import os
import socket
from typing import List, NamedTuple, Optional, Tuple

from plantd.errors import InUseError, NotFoundError, UnavailableError

MAX_BYTES = 65536
# The group of the socket's directory may drive the fake, nobody else.
MODE = 0o660


class ControlRequest(NamedTuple):
    """What was asked, and the way back: None when the one who asked wants no answer."""

    text: str
    back: Optional[socket.socket]

    def answer(self, text: str) -> None:
        """Send the answer; must be called once. One who has gone gets none."""
        if self.back is None:
            return
        try:
            self.back.send(text.encode("utf-8"), socket.MSG_DONTWAIT)
        except OSError:
            return
        finally:
            self.back.close()


class ControlSocket:
    """The fake's end."""

    def __init__(self, path: str) -> None:
        """Bind `path`. Raises InUseError or, when it cannot be made, UnavailableError."""
        self.path = path
        self._stopped = False
        if _is_answered(path):
            raise InUseError(
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

    def receive(self, wait: bool = False) -> Optional[ControlRequest]:
        """Return the next request; None when there is none now, or after `stop_waiting()`."""
        room = socket.CMSG_LEN(array.array("i", [0]).itemsize)
        flags = 0 if wait else socket.MSG_DONTWAIT
        try:
            data, ancillary, _, _ = self._socket.recvmsg(MAX_BYTES, room, flags)
        except OSError:
            return None
        if self._stopped:
            return None
        return ControlRequest(data.decode("utf-8", "replace").strip(), _way_back(ancillary))

    def stop_waiting(self) -> None:
        """Make a `receive(wait=True)` in another thread return None."""
        # A socket that was shut down reads as an empty datagram, for ever.
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
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with mine, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout_s)
        mine.settimeout(timeout_s)
        try:
            with theirs:
                client.connect(path)
                _send_with(client, request, theirs)
            return mine.recv(MAX_BYTES).decode("utf-8")
        except FileNotFoundError as error:
            raise NotFoundError(
                "there is no control socket {}; is plantd running with driver: fake?".format(path)
            ) from error
        except OSError as error:
            raise UnavailableError(
                "nobody answered on {} within {:g} s ({}); is plantd running with driver: fake, "
                "and are you in the socket's group?".format(path, timeout_s, error)
            ) from error


def _send_with(client: socket.socket, request: str, back: socket.socket) -> None:
    ends = array.array("i", [back.fileno()])
    client.sendmsg([request.encode("utf-8")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)])


def _way_back(ancillary: List[Tuple[int, int, bytes]]) -> Optional[socket.socket]:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            ends = array.array("i", data[: array.array("i", [0]).itemsize])
            return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM, fileno=ends[0])
    return None


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
