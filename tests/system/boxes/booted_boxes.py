"""The boxes of a run, a plugin of pytest: booted once, on the first test that asks for them."""

from pathlib import Path
from typing import Iterator

import pytest
from containers import Fleet
from support.checkout import TOP


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ansible", type=Path, help="the environment that has Ansible")


@pytest.fixture(scope="session")
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    made = Fleet(TOP / "build/boxes", request.config.getoption("--ansible"))
    try:
        made.boot_all()
        yield made
    finally:
        made.close()
