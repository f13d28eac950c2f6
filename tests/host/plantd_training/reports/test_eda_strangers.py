"""The report on data shows the strangers too: kinds, parts, and what test holds as well."""

import shutil

import numpy as np
import pytest
from host.support.drawn_photos import draw_photos
from host.support.drawn_strangers import draw_strangers, write_division

from plantd.errors import EX_NOINPUT, EX_OK
from plantd.picture import decode, encode_jpeg
from plantd_training import cli
from plantd_training.data import near_duplicates


class World:
    """Drawn photographs, drawn strangers, and the command that looks at both."""

    def __init__(self, folder):
        self.data = draw_photos(folder / "drawn", each=(4, 2, 2))
        self.strangers = draw_strangers(folder / "strangers")
        self.division = write_division(folder / "division.yaml")
        self.out = folder / "eda"

    def eda(self):
        return cli.main(
            [
                *("eda", "--data", str(self.data), "--strangers", str(self.strangers)),
                *("--division", str(self.division), "--out", str(self.out)),
            ]
        )

    @property
    def page(self):
        return " ".join((self.out / "eda.html").read_text(encoding="utf-8").split())

    @property
    def of_test(self):
        return sorted((self.data / "test").rglob("*.jpg"))[0]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def cells(*values):
    return "".join("<td{}>{}</td>".format(*_cell(value)) for value in values)


def _cell(value):
    return (' class="number"' if isinstance(value, int) else "", value)


def test_strangers_are_counted_by_kind_part_and_flag(world, capsys):
    assert world.eda() == EX_OK
    assert "36 strangers, 0 unreadable" in capsys.readouterr().out
    # labels, photographs, poisonous, not poisonous, unknown
    for row in (
        ("plant", "learned", 3, 12, 4, 4, 4),
        ("plant", "reported", 1, 4, 4, 0, 0),
        ("thing", "learned", 2, 8, 0, 8, 0),
        ("thing", "reported", 1, 4, 0, 4, 0),
        ("thing", "aside", 1, 4, 0, 4, 0),
        ("extra70", "learned", 1, 4, 0, 4, 0),
    ):
        assert cells(*row) in world.page, row


def test_sources_of_strangers_are_told_by_part(world):
    assert world.eda() == EX_OK
    assert cells("house", 8, 0, 4, 4) in world.page


def test_no_drawn_stranger_is_a_photograph_of_test(world, capsys):
    assert world.eda() == EX_OK
    told = "strangers hold 0 with the same bytes and 0 near ones"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("name", ["extra70s/Sunflower_00.jpg", "plants/Cicuta_sp_00.jpg"])
def test_a_file_of_test_among_the_strangers_is_named(world, capsys, name):
    shutil.copy(str(world.of_test), str(world.strangers / name))
    assert world.eda() == EX_OK
    assert "strangers hold 1 with the same bytes and 0 near ones" in capsys.readouterr().out
    assert "{}</td>".format(world.strangers / name) in world.page
    assert "<td>same bytes</td>" in world.page


def test_a_picture_of_test_saved_again_among_the_strangers_is_named(world, capsys):
    pixels = decode(world.of_test.read_bytes())
    brighter = np.clip(pixels * 1.1 + 4, 0, 255).astype(np.uint8)
    (world.strangers / "extra70s/Sunflower_00.jpg").write_bytes(encode_jpeg(brighter, 90))
    assert world.eda() == EX_OK
    assert "strangers hold 0 with the same bytes and 1 near ones" in capsys.readouterr().out
    assert "bits apart</td>" in world.page


def test_a_photograph_of_train_among_the_strangers_is_none_of_test(world, capsys):
    of_train = sorted((world.data / "train").rglob("*.jpg"))[0]
    shutil.copy(str(of_train), str(world.strangers / "extra70s/Sunflower_00.jpg"))
    assert world.eda() == EX_OK
    assert "strangers hold 0 with the same bytes" in capsys.readouterr().out


def test_a_stranger_that_cannot_be_read_is_listed(world, capsys):
    (world.strangers / "things/wall_00.jpg").write_bytes(b"no picture")
    assert world.eda() == EX_OK
    assert "35 strangers, 1 unreadable" in capsys.readouterr().out
    assert "<td>{}</td>".format(world.strangers / "things/wall_00.jpg") in world.page


def test_a_folder_without_a_list_of_strangers_is_one_sentence(world, capsys):
    (world.strangers / "manifest.csv").unlink()
    assert world.eda() == EX_NOINPUT
    assert "expected a list of strangers with the columns" in capsys.readouterr().err


def test_pairs_between_two_lists_are_those_that_differ_in_few_bits():
    zeros, few, many = np.zeros(240, bool), np.arange(240) < 20, np.arange(240) < 41
    found = near_duplicates.pairs_between([many, zeros], [zeros, few])
    assert found == [(1, 0, 0), (1, 1, 20)]
