"""Every file and folder the service makes: for its user and its group, whatever the umask was."""

import os
import stat
from typing import Dict

import pytest
from running import RunningService
from support import tiny_bundle

from plantd import picture

pytestmark = pytest.mark.gstreamer

MADE_BY_TESTS = ("plantd.yaml", "photo.png", "notify", "journal", "tiny")


def modes(directory: str) -> Dict[str, int]:
    """Return the mode of everything below a directory that the service has made."""
    found = {}
    for folder, folders, names in os.walk(directory):
        for name in folders + names:
            path = os.path.join(folder, name)
            made = os.path.relpath(path, directory)
            if made.split(os.sep)[0] not in MADE_BY_TESTS:
                found[made] = stat.S_IMODE(os.lstat(path).st_mode)
    return found


@pytest.mark.parametrize("umask", ["000", "077"])
def test_modes_do_not_depend_on_the_umask(directory, sections, umask):
    launcher = ["sh", "-c", 'umask {}; exec "$@"'.format(umask), "sh"]
    with RunningService(directory, sections, launcher) as service:
        data = picture.encode_jpeg(tiny_bundle.flat(tiny_bundle.GREEN), 95)
        assert service.client.post_bytes("/v1/classify", data)["recorded"]
        assert service.client.post("/v1/capture")["recorded"]
        while_it_runs = modes(directory)
        assert service.stop() == 0
    found = {**while_it_runs, **modes(directory)}
    assert {"state/record/record.db", "log/plantd.ndjson", "run/plantd.sock"} <= set(found)
    for_others = {path: oct(mode) for path, mode in found.items() if mode & 0o007}
    assert for_others == {}
    # Sockets are written to by their group; of everything else it reads at most.
    by_group = {path for path, mode in found.items() if mode & 0o020}
    assert by_group == {path for path in found if path.endswith(".sock")}
    assert found["run/plantd.sock"] == 0o660
    assert found["state/record"] & 0o050 == 0o050
