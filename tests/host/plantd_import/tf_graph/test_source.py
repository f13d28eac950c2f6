"""What a file is, and one clear sentence for what is no network."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from plantd.errors import EX_DATAERR, EX_NOINPUT, GraphError, NotFoundError
from plantd_import.tf_graph import source

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 199331556\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pb", b"", ["empty", "0 bytes"]),
        ("a.pb", LFS, ["Git LFS pointer", "git lfs pull"]),
        ("a.pb", b"\x1f\x8b\x08\x00\x00", ["gzip", "unpack"]),
        ("a.pb", b"\n<!DOCTYPE html><html>", ["web page", "download"]),
        ("a.pb", b"\xff\xd8\xff\xe0\x00\x10JFIF", ["JPEG picture"]),
        ("a.pb", b"\x1c\x00\x00\x00TFL3\x00\x00", ["TensorFlow Lite", "was made from"]),
        ("a.pb", b"These are notes about the model.\n", ["text file", "frozen graph"]),
        ("model.ckpt.data-00000-of-00001", b"\x00\x01\x02", ["checkpoint", "freeze"]),
        ("model.ckpt.meta", b"\x0a\x01\x02", ["checkpoint", "freeze"]),
        ("checkpoint", b'model_checkpoint_path: "model.ckpt"', ["checkpoint", "freeze"]),
    ],
)
def test_what_is_no_graph_is_named_with_its_cure(
    tmp_path: Path, name: str, content: bytes, words: list
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(GraphError) as refused:
        source.identify(str(path))
    message = str(refused.value)
    assert message.startswith(str(path))
    assert all(word in message for word in words)
    assert refused.value.exit_code == EX_DATAERR


def test_a_zip_that_is_no_keras_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", "x")
    with pytest.raises(GraphError, match="zip archive but no Keras model"):
        source.identify(str(path))


def test_a_missing_file_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file") as refused:
        source.identify(str(tmp_path / "nothing.pb"))
    assert refused.value.exit_code == EX_NOINPUT


def test_a_device_is_no_graph() -> None:
    with pytest.raises(GraphError, match="not a regular file"):
        source.identify("/dev/null")


def test_a_folder_without_a_saved_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"folder without saved_model\.pb"):
        source.identify(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pb", b"\n\x10\n\x07picture\x12\x0bPlaceholder", source.GRAPHDEF),
        ("a.pbtxt", b'node {\n  name: "picture"\n}\n', source.GRAPHDEF_TEXT),
        ("a.txt", source.HDF5_MAGIC + b"\x00" * 8, source.KERAS_H5),
    ],
)
def test_the_content_decides_and_not_the_ending(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = source.identify(str(path))
    assert (found.kind, found.size_bytes) == (kind, len(content))


def test_the_sha256_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.pb"
    path.write_bytes(b"\n\x00")
    assert source.identify(str(path)).sha256 == hashlib.sha256(b"\n\x00").hexdigest()
