"""Settings for all tests: hypothesis without clocks, OpenCV with or without GStreamer, Ctrl-C."""

import signal

import pytest
from hypothesis import HealthCheck, settings

# No deadline, and no complaint about slow drawing: how long an example takes on a machine that is
# busy says nothing about whether it is right.
settings.register_profile(
    "plantd", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("plantd")

# What a shell starts in the background ignores Ctrl-C, and so would whatever a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-gstreamer",
        action="store_true",
        help="skip, visibly, the tests marked gstreamer: pip's OpenCV cannot run them",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: "list[pytest.Item]") -> None:
    """Skip the tests of real pipelines, but only when asked to.

    Without the option they run and fail where OpenCV has no GStreamer: on the machines that plantd
    is made for that is a fault, and a skip would hide it.
    """
    if not config.getoption("--without-gstreamer"):
        return
    skip = pytest.mark.skip(reason="--without-gstreamer: this OpenCV has none")
    for item in items:
        if item.get_closest_marker("gstreamer") is not None:
            item.add_marker(skip)
