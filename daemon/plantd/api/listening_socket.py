"""Binds the Unix socket: never on top of a service that answers, never open to more than its group.

How this works. A lock file beside the socket belongs to the one service that may bind; the kernel
gives it free when that service dies, however it dies. With the lock held, a socket file on which
nobody answers is a leftover and is replaced. The file is made with mode 0600 (Linux takes the mode
of the socket's own inode), given to its group, and only then opened to it.
"""

import errno
import fcntl
import grp
import logging
import os
import socket
import stat
from typing import IO, Optional

from plantd.errors import UnavailableError
from plantd.system.file_identity import identity_of

logger = logging.getLogger(__name__)

# sun_path has 108 bytes, one of them the closing zero.
MAX_PATH_BYTES = 107
CONNECT_TIMEOUT_S = 1.0
BACKLOG = 64


class ListeningSocket:
    """A bound Unix socket, with the lock that goes with it.

    Args:
        path: where clients find it; its directory is made when it is missing.
        group: who may connect, besides the service's own user.

    Raises UnavailableError when another plantd answers there, or the path cannot be used.
    """

    def __init__(self, path: str, group: str) -> None:
        self.path = path
        _check_length(path)
        self._lock: Optional[IO[bytes]] = None
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            self._lock = _take_lock(path)
            _clear(path)
            self.socket = _bind(path, group)
        except OSError as error:
            self._release()
            raise UnavailableError(
                "the socket {} cannot be made: {}; see paths.run".format(path, error)
            ) from error
        except UnavailableError:
            self._release()
            raise
        self._identity = identity_of(path)

    @property
    def is_in_place(self) -> bool:
        """Whether clients that look for it still find it."""
        found = identity_of(self.path)
        return found is not None and found.is_same_file(self._identity)

    def close(self) -> None:
        """Remove the file if it is still ours, close, and give the lock free; may be repeated."""
        if self._lock is None:
            return
        if self.is_in_place:
            os.unlink(self.path)
        self.socket.close()
        self._release()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()


def _check_length(path: str) -> None:
    length = len(os.fsencode(path))
    if length > MAX_PATH_BYTES:
        raise UnavailableError(
            "the socket's path {} has {} bytes; a Unix socket takes {}: choose a shorter "
            "paths.run".format(path, length, MAX_PATH_BYTES)
        )


def _take_lock(path: str) -> IO[bytes]:
    descriptor = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    lock = os.fdopen(descriptor, "r+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise _taken(path) from error
    return lock


def _clear(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UnavailableError(
            "{} is not a socket; move it away, or choose another paths.run".format(path)
        )
    if _answers(path):
        raise _taken(path)
    os.unlink(path)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        except (socket.timeout, BlockingIOError):
            # Somebody listens there who does not keep up.
            return True
    return True


def _bind(path: str, group: str) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(bound.fileno(), 0o600)
        bound.bind(path)
        _give_to_group(path, group)
        os.chmod(path, 0o660)
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _give_to_group(path: str, group: str) -> None:
    try:
        os.chown(path, -1, grp.getgrnam(group).gr_gid)
    except KeyError:
        logger.warning("there is no group %s (api.group): only this user reaches %s", group, path)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        logger.warning(
            "this user is not in group %s (api.group): only this user reaches %s", group, path
        )


def _taken(path: str) -> UnavailableError:
    return UnavailableError(
        "another plantd answers on {}; stop it first: systemctl stop plantd".format(path)
    )
