"""Files of labels as people have them are read, or refused with what they are."""

from pathlib import Path

import pytest

from plantd.errors import GraphError, NotFoundError
from plantd_import.importer.labels import labels_from_file

DOCK_MINT = ("dock", "mint")


def labels(folder: Path, content: bytes, name: str = "labels.txt") -> "tuple[str, ...]":
    path = folder / name
    path.write_bytes(content)
    return labels_from_file(str(path))


@pytest.mark.parametrize(
    "content",
    [
        b"dock\nmint\n",
        b"dock\r\nmint\r\n",
        b"dock\rmint\r",
        b"\xef\xbb\xbfdock\nmint",
        b"\xef\xbb\xbf0:dock\n1:mint",
        b" dock \n\tmint\xc2\xa0\n\n",
        b"dock\r\nmint\r\n\x1a",
        b"0 dock\n1 mint\n",
        b"0  dock\n1  mint\n",
        b"0\tdock\n1\tmint\n",
        b"0, dock\n1, mint\n",
        b'["dock", "mint"]',
        b'{"mint": 1, "dock": 0}',
        b'{\n "0": "dock",\n "1": "mint"\n}\n',
    ],
)
def test_every_way_of_writing_labels_is_read(tmp_path: Path, content: bytes) -> None:
    assert labels(tmp_path, content) == DOCK_MINT


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"id,name\n0,dock\n1,mint\n", DOCK_MINT),
        (b"dock,0\r\nmint,1\r\n", DOCK_MINT),
        (b"dock\nmint\n", DOCK_MINT),
        (b'0,"Dock, broad"\n1,"mint"\n', ("Dock, broad", "mint")),
    ],
)
def test_csv_has_a_label_or_a_number_and_a_label(
    tmp_path: Path, content: bytes, expected: "tuple[str, ...]"
) -> None:
    assert labels(tmp_path, content, "labels.csv") == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        ("dock\nmint\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("dock\nmint\n".encode("utf-32"), "is UTF-32 text; save it as UTF-8"),
        (b"dock\nm\xe4nt\n", "is not text in UTF-8 .line 2, byte 0xe4."),
        (b"dock\n\nmint\n", "has an empty line 2 between its labels"),
        (b"# labels\ndock\nmint\n", "has a comment in line 1"),
        (b"item {\n id: 1\n name: 'dock'\n}\n", "is a label map of the object detection API"),
        (b"a1;;;dock\nb2;mentha;;mint\n", "is a table, its fields separated by semicolons"),
        (b"dock\tRumex\nmint\tMentha\n", "is a table, its fields separated by tabs"),
        (b"0:dock\n2:mint\n1:nettle\n", "line 2 is numbered 2; expected 1"),
        (b"1:dock\n2:mint\n", "line 1 is numbered 1; expected 0"),
        (b"0 dock\nmint\n", "has no number in line 2"),
        (b"dock\0\nmint\n", "nobody sees in label 1: U.0000"),
        ("dock\u2028x\nmint".encode(), "in label 1: U.2028 .LINE SEPARATOR."),
        ("dock\nmi\u200bnt".encode(), "in label 2: U.200B .ZERO WIDTH SPACE."),
        (b'{"dock": 1, "mint": 2}', "numbered 1; expected 0"),
        (b'{"dock": "a", "mint": 2}', "neither a list of labels nor numbers by label"),
        (b'["dock", 3]', "neither a list of labels nor numbers by label"),
        (b"[dock, mint]", "looks like JSON and is not JSON"),
    ],
)
def test_what_could_be_read_in_two_ways_is_named(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(GraphError, match=words):
        labels(tmp_path, content)


def test_csv_of_other_columns_is_named(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="is CSV whose columns are not a number and a label"):
        labels(tmp_path, b"name,family\ndock,Rumex\n", "labels.csv")


def test_an_umlaut_is_one_letter_however_it_is_written(tmp_path: Path) -> None:
    written = [labels(tmp_path, text.encode()) for text in ("g\u00e4nse\n", "ga\u0308nse\n")]
    assert written == [("g\u00e4nse",)] * 2


def test_labels_that_begin_with_a_number_are_left_as_they_are(tmp_path: Path) -> None:
    assert labels(tmp_path, b"dock\n4 o'clock\n") == ("dock", "4 o'clock")
    assert labels(tmp_path, b"4 o'clock\ndock\n") == ("4 o'clock", "dock")


def test_two_labels_of_one_name_are_told_apart(tmp_path: Path) -> None:
    assert labels(tmp_path, b"crane\ndock\ncrane\n") == ("crane (0)", "dock", "crane (2)")


def test_a_missing_label_file_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere\.txt cannot be read"):
        labels_from_file(str(tmp_path / "nowhere.txt"))


def test_as_many_labels_as_a_file_holds_are_told_apart(tmp_path: Path) -> None:
    found = labels(tmp_path, b"dock\n" * 200000)
    assert found[-1] == "dock (199999)"


@pytest.mark.parametrize(
    "said", [b"[" * 100000, b"\xc2\xb2,dock\n\xc2\xb3,mint\n", b"x" * 200000 + b",1\ny,2\n"]
)
def test_what_looks_like_labels_and_is_none_is_refused(tmp_path: Path, said: bytes) -> None:
    with pytest.raises(GraphError, match="expected one label a line"):
        labels(tmp_path, said, "labels.csv")
