"""The support bundle as a file: what is in it, with a service and without, whole or not there."""

import io
import json
import os
import re
import tarfile
from pathlib import Path
from typing import Dict, Iterator, List

import pytest
from support import tiny_bundle, tx2_tree
from support.answering_service import AnsweringService
from support.drawn_machine import Programs, draw, probes
from support.verdict_json import JPEG, PNG, moment, verdict_json

from plantd.api.client import Client
from plantd.cli import main
from plantd.config import RecordConfig, file
from plantd.doctor.probes import Probes, Ran
from plantd.errors import CannotWriteError
from plantd.sinks.record import Record
from plantd.support.archive import write_bundle
from plantd.support.contents import files, log_tail
from plantd.support.redaction import Secret

NOBODY = Client("/nowhere/plantd.sock", 1.0)
ALWAYS = {
    "README.txt",
    "version.json",
    "config.yaml",
    "status.json",
    "hello.json",
    "box.json",
    "health.json",
    "doctor.json",
    "doctor.txt",
    "log.ndjson",
    "journal.txt",
    "kernel.txt",
    "model/manifest.yaml",
    "model/store.json",
    "record.json",
}


@pytest.fixture
def here(tmp_path: Path) -> Probes:
    root = draw(tmp_path / "root")
    state = root / "var/lib/plantd"
    tiny_bundle.make(str(state / "models/tiny-1.0.0"))
    os.symlink("tiny-1.0.0", str(state / "models/active"))
    tx2_tree.write(root, "var/lib/plantd/engines/abc.json", '{"schema": 1}')
    tx2_tree.write(root, "var/log/plantd/plantd.ndjson", '{"type":"state"}\n')
    programs = Programs()
    programs.answers["journalctl"] = Ran(0, "[1.0] plantd[7]: ready", "")
    return probes(root, run=programs)


def contents(here: Probes, client: Client = NOBODY) -> Dict[str, str]:
    return dict(files(here, file.load(None), client))


def test_without_a_service_everything_else_is_there(here: Probes) -> None:
    found = contents(here)
    assert set(found) == ALWAYS | {"plans/abc.json"}
    for name in ("status", "hello", "health"):
        assert "there is no socket" in json.loads(found[name + ".json"])["error"]
    assert "name: tiny" in found["model/manifest.yaml"]
    assert json.loads(found["model/store.json"])["active"] == "tiny-1.0.0"
    assert found["log.ndjson"] == '{"type":"state"}\n'
    assert "plantd[7]: ready" in found["journal.txt"]
    assert found["kernel.txt"]
    assert json.loads(found["doctor.json"])["checks"]
    assert json.loads(found["version.json"])["l4t"].startswith("# R32")


def test_with_a_service_its_own_words_are_there(here: Probes, tmp_path: Path) -> None:
    with AnsweringService(tmp_path) as service:
        found = contents(here, Client(service.socket, 10.0))
    assert json.loads(found["status.json"])["service"]["state"]
    assert json.loads(found["health.json"])["checks"] == []


def test_a_broken_configuration_is_told_instead(here: Probes) -> None:
    broken = here._replace(config=None, problems=("f:3: camera.fps: is 'x'",))
    found = dict(files(broken, None, NOBODY))
    assert found["config.yaml"] == "f:3: camera.fps: is 'x'\n"


def test_verdicts_are_counted_and_no_picture_is_taken(here: Probes) -> None:
    state = here.root + "/var/lib/plantd"
    with Record(state, RecordConfig(), moment) as record:
        seq = record.next_seq()
        assert record.commit(verdict_json(seq), JPEG, PNG).wait(20.0)
    found = contents(here)
    counted = json.loads(found["record.json"])
    assert counted["highest_seq"] == 1
    assert sum(counted["verdicts"].values()) >= 1
    assert not [name for name in found if name.endswith((".jpg", ".png"))]


def test_only_the_logs_last_lines_are_taken(tmp_path: Path) -> None:
    lines = ["{}\n".format(number) for number in range(30)]
    (tmp_path / "plantd.ndjson.1").write_text("".join(lines[:20]))
    (tmp_path / "plantd.ndjson").write_text("".join(lines[20:]))
    assert log_tail(str(tmp_path), 15) == "".join(lines[15:])
    assert log_tail(str(tmp_path), 5) == "".join(lines[25:])
    assert log_tail(str(tmp_path / "none")).startswith("# ")


# ---- the file -----------------------------------------------------------------------------------


def packed(path: Path) -> Dict[str, str]:
    with tarfile.open(str(path)) as archive:
        found = {}
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            assert (member.uid, member.uname, member.mtime) == (0, "", 0)
            found[member.name] = content.read().decode()
    return found


def test_what_is_written_is_redacted_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    told = [("a.txt", "forest-7 at 192.168.1.20"), ("b/c.txt", "nothing")]
    assert write_bundle(str(path), told, [Secret("forest-7", "<host>")]) == ["a.txt", "b/c.txt"]
    assert packed(path) == {
        "plantd-support/a.txt": "<host> at <address>",
        "plantd-support/b/c.txt": "nothing",
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_older_one_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    for text in ("old", "new"):
        write_bundle(str(path), [("a", text)], [])
    assert packed(path) == {"plantd-support/a": "new"}
    assert os.listdir(str(tmp_path)) == ["bundle.tar.gz"]


def test_a_failure_in_the_middle_leaves_the_older_one(tmp_path: Path) -> None:
    def torn() -> Iterator["tuple[str, str]"]:
        yield "a", "new"
        raise OSError(28, "No space left on device")

    path = tmp_path / "bundle.tar.gz"
    write_bundle(str(path), [("a", "old")], [])
    with pytest.raises(CannotWriteError, match="No space left"):
        write_bundle(str(path), torn(), [])
    assert packed(path) == {"plantd-support/a": "old"}
    assert os.listdir(str(tmp_path)) == ["bundle.tar.gz"]


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="name another place"):
        write_bundle(str(tmp_path / "none" / "x"), [("a", "b")], [])


def test_values_of_the_sites_file_are_told_from_the_boxs_own(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("log: {level: debug}\n")
    (tmp_path / "plantd.yaml").write_text("\ncamera: {fps: 5}\n")
    path = str(tmp_path / "s.tar.gz")
    asked = ["support-bundle", path, "--config", str(tmp_path / "plantd.yaml")]
    nowhere = ["--socket", str(tmp_path / "none.sock")]
    assert main([*asked, *nowhere], io.StringIO(), io.StringIO(), {}) == 0
    shown = packed(tmp_path / "s.tar.gz")["plantd-support/config.yaml"]
    assert re.search(r"level: debug .*/site\.yaml:1$", shown, re.MULTILINE)
    assert re.search(r"fps: 5 .*/plantd\.yaml:2$", shown, re.MULTILINE)


def test_the_command_works_while_no_service_does(tmp_path: Path) -> None:
    config = tmp_path / "plantd.yaml"
    config.write_text("camera: {source: 'v4l2:///dev/v4l/by-id/usb-cam_SERIAL4711'}\n")
    out, err = io.StringIO(), io.StringIO()
    path = str(tmp_path / "s.tar.gz")
    asked: List[str] = ["support-bundle", path, "--config", str(config), "--json"]
    assert main([*asked, "--socket", str(tmp_path / "none.sock")], out, err, {}) == 0
    assert json.loads(out.getvalue())["file"] == path
    found = packed(tmp_path / "s.tar.gz")
    assert {name.partition("/")[2] for name in found} >= ALWAYS
    assert "SERIAL4711" not in "".join(found.values())
    assert "/by-id/<device>" in found["plantd-support/config.yaml"]
