"""What a child process of ours must find in its environment."""

import os
from typing import Dict

import plantd


def child_environment(**more: str) -> Dict[str, str]:
    """Return a child's environment: it finds this plantd, wherever it was imported from.

    Args:
        more: variables set besides.
    """
    root = os.path.dirname(os.path.dirname(os.path.abspath(plantd.__file__)))
    paths = [root] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    return dict(os.environ, PYTHONPATH=os.pathsep.join(paths), **more)
