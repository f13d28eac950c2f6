"""Whether the pictures that tests compare with are to be drawn anew."""

import os

import pytest


@pytest.fixture
def redraw() -> bool:
    """Return whether PLANTD_REDRAW asks for it; somebody then looks at each of them."""
    return os.environ.get("PLANTD_REDRAW") == "1"
