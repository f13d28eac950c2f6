"""A plantd of a test's own, on a bundle, with a photograph before its camera."""

import tempfile
from contextlib import contextmanager

from running import RunningService


@contextmanager
def serving(bundle, photo):
    """Yield the running service; it must end with exit code 0."""
    sections = {
        "camera": {"source": "file://" + str(photo), "fps": 5},
        "model": {"bundle": str(bundle)},
    }
    # Short: a Unix socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="plantd-", dir="/tmp") as folder:
        with RunningService(folder, sections) as service:
            yield service
            assert service.stop() == 0
