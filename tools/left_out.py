"""Prints what `make test` cannot run on this interpreter and why, in one sentence; else nothing.

The workstation's side needs TensorFlow 2.21, which has wheels for some Pythons only.
"""

import sys
from typing import Tuple

# Source: the wheels of tensorflow-cpu 2.21.0 on PyPI.
FIRST, LAST = (3, 10), (3, 13)


def sentence(version: Tuple[int, int]) -> str:
    """Return the sentence for this Python, empty where everything can be run."""
    if FIRST <= version <= LAST:
        return ""
    return (
        "tests/host (import, calibration, training): TensorFlow 2.21 exists for Python {}.{} to "
        "{}.{}, and this is {}.{}".format(*(FIRST + LAST + version))
    )


if __name__ == "__main__":
    print(sentence((sys.version_info[0], sys.version_info[1])))
