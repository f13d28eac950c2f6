"""An import that was killed leaves nothing for ever: the next one to that place clears it away."""

import os
import subprocess
import sys
from pathlib import Path
from typing import List

from plantd_import.importer import write

VICTIM = """
import sys
from plantd_import.importer import write
with write.place_for(sys.argv[1]) as place:
    open(place + "/half", "w").close()
    print(place, flush=True)
    sys.stdin.read()
"""


def started(out: Path) -> "subprocess.Popen[str]":
    """Start an import that waits in the middle; its folder is there when this returns."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path)),
    )
    assert victim.stdout is not None
    assert os.path.isfile(victim.stdout.readline().strip() + "/half")
    return victim


def names_in(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_import_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with started(tmp_path / "new") as victim:
        victim.kill()
    assert len(names_in(tmp_path)) == 1, "SIGKILL leaves the folder"
    with write.place_for(str(tmp_path / "new")) as place:
        assert names_in(tmp_path) == [os.path.basename(place)]
    assert names_in(tmp_path) == ["new"]


def test_an_import_at_work_and_other_places_are_left_alone(tmp_path: Path) -> None:
    with started(tmp_path / "other") as victim:
        victim.kill()
    with started(tmp_path / "new") as alive:
        before = names_in(tmp_path)
        with write.place_for(str(tmp_path / "new")):
            assert set(before) < set(names_in(tmp_path))
        assert names_in(tmp_path) == [*before, "new"]
        alive.kill()
