"""The last good configuration is kept for a boot with a broken one."""

import os
from pathlib import Path

from plantd.config import last_good
from plantd.errors import ConfigError

BROKEN = ConfigError(["/etc/plantd/plantd.yaml:3: camra: is not a key of the configuration"])


def kept_at(tmp_path: Path, config: Path) -> str:
    return last_good.place(str(config), {"STATE_DIRECTORY": str(tmp_path)})


def test_each_file_has_a_place_of_its_own_in_the_state_directory() -> None:
    path = "/etc/plantd/plantd.yaml"
    default = last_good.place(path, {})
    assert default == "/var/lib/plantd/last-good/%2Fetc%2Fplantd%2Fplantd.yaml"
    assert last_good.place(path, {"STATE_DIRECTORY": "/a:/b"}).startswith("/a/last-good/")
    assert last_good.place("/tmp/other.yaml", {}) != default


def test_what_was_kept_holds_and_says_why(tmp_path: Path) -> None:
    config = tmp_path / "plantd.yaml"
    config.write_text("camera:\n  fps: 7\n")
    kept = kept_at(tmp_path, config)
    last_good.keep(str(config), kept)
    loaded = last_good.instead_of(BROKEN, kept, ["log.level=debug"])
    assert loaded is not None
    assert (loaded.config.camera.fps, loaded.config.log.level) == (7, "debug")
    assert loaded.complaint.startswith("/etc/plantd/plantd.yaml:3: camra: ")
    assert "the last good configuration holds, " + kept in loaded.complaint


def test_a_newer_good_one_takes_its_place(tmp_path: Path) -> None:
    config = tmp_path / "plantd.yaml"
    kept = kept_at(tmp_path, config)
    for fps in (7, 8):
        config.write_text("camera:\n  fps: {}\n".format(fps))
        last_good.keep(str(config), kept)
    loaded = last_good.instead_of(BROKEN, kept, [])
    assert loaded is not None
    assert loaded.config.camera.fps == 8
    assert os.listdir(os.path.dirname(kept)) == [os.path.basename(kept)]


def test_where_none_was_kept_none_holds(tmp_path: Path) -> None:
    assert last_good.instead_of(BROKEN, kept_at(tmp_path, tmp_path / "plantd.yaml"), []) is None


def test_where_nothing_is_installed_nothing_is_kept(tmp_path: Path) -> None:
    config = tmp_path / "plantd.yaml"
    config.write_text("")
    last_good.keep(str(config), kept_at(tmp_path / "absent", config))
    assert os.listdir(str(tmp_path)) == ["plantd.yaml"]
