"""Files that are named with their sha256: read whole, as they were named, or refused."""

import hashlib
from typing import Type

from plantd.errors import PlantdError


def read_as_named(
    path: str, sha256: str, named_by: str, cure: str, kind: Type[PlantdError]
) -> bytes:
    """Return a file's bytes; raise `kind` unless they are those that were named.

    Args:
        named_by: who gives the sha256, with its verb: "its manifest says".
        cure: what helps.
    """
    named = "{} {}...".format(named_by, sha256[:12])
    try:
        with open(path, "rb") as source:
            data = source.read()
    except OSError as error:
        raise kind(
            "{} cannot be read ({}); {}; {}".format(path, error.strerror, named, cure)
        ) from error
    seen = hashlib.sha256(data).hexdigest()
    if seen != sha256:
        told = "{} has sha256 {}...; {}; it is damaged or another file; {}"
        raise kind(told.format(path, seen[:12], named, cure))
    return data
