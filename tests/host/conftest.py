"""Tests that train networks: how long that takes is the machine's matter, not theirs."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Ends what hangs; on two busy cores a training of seconds takes minutes.
HANGS_S = 1800


def pytest_collection_modifyitems(items):
    """Give every test below this folder that limit, unless it has one of its own."""
    for item in items:
        if HERE in Path(item.fspath).parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(HANGS_S))
