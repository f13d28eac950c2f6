"""Which box this is: its name, and the identity that is made once."""

import re
import socket
from pathlib import Path

import pytest

from plantd.system.box import FILE, Box, box_of, make_identity


def test_an_identity_is_made_once_and_stays(tmp_path: Path) -> None:
    make_identity(str(tmp_path))
    made = box_of("ridge-03", str(tmp_path))
    assert re.match(r"[0-9a-f]{12}\Z", made.id)
    make_identity(str(tmp_path))
    assert box_of("ridge-04", str(tmp_path)) == Box("ridge-04", made.id)


def test_a_box_without_a_name_is_called_as_its_host(tmp_path: Path) -> None:
    assert box_of("", str(tmp_path)).name == socket.gethostname().partition(".")[0]


@pytest.mark.parametrize("content", [b"", b"3f9a1c", b"\xff\xfe", b"x" * 9000])
def test_a_damaged_identity_is_none_and_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert box_of("a", str(tmp_path)).id == ""
    make_identity(str(tmp_path))
    assert box_of("a", str(tmp_path)).id != ""


def test_two_boxes_have_two_identities(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_identity(str(tmp_path / name))
        ids.add(box_of(name, str(tmp_path / name)).id)
    assert len(ids) == 2


def test_an_identity_that_was_cut_short_by_a_power_cut_is_replaced(tmp_path: Path) -> None:
    (tmp_path / (FILE + ".new")).write_text("3f9")
    make_identity(str(tmp_path))
    assert box_of("a", str(tmp_path)).id
    assert not (tmp_path / (FILE + ".new")).exists()
