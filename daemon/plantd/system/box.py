"""Which box this is: a name that its owner may change, and an identity that stays.

The identity is made once and lies in STATE/box-id, twelve hexadecimal digits from the kernel's
random numbers: nothing of the hardware, the network or a person is in it. Records of many boxes
are told apart by it. An image that is copied to many cards must not have the file yet.
"""

import os
import re
import socket
import uuid
from typing import Dict, NamedTuple

from plantd.system import durable

FILE = "box-id"
_ID = re.compile(r"[0-9a-f]{12}\Z")


class Box(NamedTuple):
    """A box: what it is called, and which it is; `id` is empty while the disk took none."""

    name: str
    id: str

    def to_json(self) -> Dict[str, str]:
        """Return it as it stands in /v1/hello."""
        return dict(self._asdict())


def box_of(name: str, state: str) -> Box:
    """Return the box, as far as it is known.

    Args:
        name: box.name; empty is the host's name.
        state: paths.state.
    """
    return Box(name_of(name), identity_of(state))


def name_of(name: str) -> str:
    """Return what a box is called: box.name, or the host's name where that is empty."""
    return name or socket.gethostname().partition(".")[0]


def make_identity(state: str) -> None:
    """Give the box its identity where it has none. Raises OSError when the disk does not take it.

    A power cut leaves none or a whole one.
    """
    if identity_of(state):
        return
    new = os.path.join(state, FILE + ".new")
    with open(new, "w", encoding="ascii") as target:
        target.write(uuid.uuid4().hex[:12] + "\n")
        target.flush()
        os.fsync(target.fileno())
    durable.rename(new, os.path.join(state, FILE))


def identity_of(state: str) -> str:
    """Return a box's identity; empty where it has none."""
    try:
        with open(os.path.join(state, FILE), encoding="ascii") as source:
            found = source.read(64).strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return found if _ID.match(found) else ""
