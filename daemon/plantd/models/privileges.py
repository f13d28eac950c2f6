"""Children that look into a model run as the service's user, also when root installs it.

So a bundle that means harm meets a user without rights, and the plans that are built belong to
who will load them.
"""

import os
import pwd
from typing import Callable, Optional

Demotion = Callable[[], None]


def as_owner_of(path: str) -> Optional[Demotion]:
    """Return what a child of root does before it becomes its program; None where nothing is to do.

    Args:
        path: the models' directory, or, while that is missing, whatever it will lie in.
    """
    while not os.path.exists(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    owner = os.stat(path)
    if os.geteuid() != 0 or owner.st_uid == 0:
        return None
    try:
        user = pwd.getpwuid(owner.st_uid).pw_name
    except KeyError:
        user = ""

    def demote() -> None:
        # Its groups give it the GPU.
        if user:
            os.initgroups(user, owner.st_gid)
        else:
            os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)

    return demote
