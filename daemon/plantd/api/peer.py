"""Who is at the other end of the socket, and whether they may change the model."""

import asyncio
import grp
import os
import pwd
import socket
import struct
from typing import Callable, NamedTuple, Optional, Sequence

from aiohttp import web

from plantd.errors import AccessError

ADMIN_GROUP = "plantd-admin"
_UCRED = struct.Struct("3i")


class Peer(NamedTuple):
    """The process that connected, as the kernel names it."""

    pid: int
    uid: int
    gid: int


def peer_of(request: web.Request) -> Peer:
    """Return who sent the request. Raises AccessError when the kernel does not say."""
    return peer_of_transport(request.transport)


def peer_of_transport(transport: Optional[asyncio.BaseTransport]) -> Peer:
    """Return who connected. Raises AccessError when the kernel does not say."""
    connected = transport.get_extra_info("socket") if transport is not None else None
    if connected is None:
        raise AccessError("the connection is gone; who asked cannot be known any more")
    try:
        packed = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    except OSError as error:
        raise AccessError("who asked cannot be known: {}".format(error)) from error
    return Peer(*_UCRED.unpack(packed))


def user_name(peer: Peer) -> str:
    """Return the peer's user, "uid 1000" where the user database does not know it."""
    try:
        return pwd.getpwuid(peer.uid).pw_name
    except KeyError:
        return "uid {}".format(peer.uid)


def group_names(peer: Peer) -> Sequence[str]:
    """Return the groups of the peer's user, from the group database of now.

    SO_PEERCRED gives the primary group only.
    """
    try:
        user = pwd.getpwuid(peer.uid).pw_name
    except KeyError:
        return ()
    return [_group_name(gid) for gid in os.getgrouplist(user, peer.gid)]


def require_admin(
    peer: Peer,
    own_uid: int,
    groups_of: Callable[[Peer], Sequence[str]] = group_names,
) -> None:
    """Raise AccessError unless the peer is root, the service's own user, or in plantd-admin."""
    if peer.uid in (0, own_uid) or ADMIN_GROUP in groups_of(peer):
        return
    raise AccessError(
        "uid {} may not change the model; ask as root, or join the group: "
        "sudo usermod -aG {} USER".format(peer.uid, ADMIN_GROUP)
    )


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
