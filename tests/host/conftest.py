"""Tests that train networks: how long that takes is the machine's matter, not theirs."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Ends what hangs; on two busy cores a training of seconds takes minutes.
HANGS_S = 1800
UNOPTIMISED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items):
    """Give every test below this folder that limit, unless it has one of its own."""
    for item in items:
        if HERE in Path(item.fspath).parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(HANGS_S))


def pytest_runtest_setup(item):
    """Leave graphs as they were traced: to optimise them takes longer than they run."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and not item.session.stash.get(UNOPTIMISED, False):
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        item.session.stash[UNOPTIMISED] = True
