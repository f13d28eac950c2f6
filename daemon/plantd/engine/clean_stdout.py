"""Keeps standard output for the answer: TensorRT's own logger writes there, from C++.

Source: DefaultLogger of TensorRT's Python bindings, 8.2 to RTX: std::cout for every severity.
"""

import os
import sys
from contextlib import contextmanager
from typing import Iterator

STDOUT, STDERR = 1, 2


@contextmanager
def clean_stdout() -> Iterator[None]:
    """While entered, what libraries write to standard output goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, STDOUT)
        os.close(kept)
