"""What a file is, before anything is parsed: by its first bytes, never by its ending alone.

Whatever is not a network is refused here with what it is and what helps. TensorFlow is not needed.
"""

import hashlib
import os
import zipfile
from typing import NamedTuple, Optional, Sequence, Tuple

from plantd.errors import GraphError, NotFoundError

GRAPHDEF = "frozen GraphDef"
GRAPHDEF_TEXT = "GraphDef in text format"
KERAS_H5 = "Keras .h5"
KERAS_ZIP = "Keras .keras"
SAVED_MODEL = "SavedModel"

HEAD_BYTES = 4096
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"

# What the file begins with, what that means, what helps.
STRANGERS: Tuple[Tuple[bytes, str, str], ...] = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer, not the graph itself",
        "fetch the file with 'git lfs pull'",
    ),
    (b"\x1f\x8b", "is gzip-compressed", "unpack it and import what is in it"),
    (b"<!DOCTYPE", "is a web page", "download the file itself, not the page that shows it"),
    (b"<html", "is a web page", "download the file itself, not the page that shows it"),
    (b"\xff\xd8\xff", "is a JPEG picture", "name the frozen graph"),
    (b"\x89PNG", "is a PNG picture", "name the frozen graph"),
    (b"%PDF", "is a PDF document", "name the frozen graph"),
    (b"model_checkpoint_path", "is the index of a checkpoint", "freeze the graph first"),
)
CHECKPOINT = (
    "is part of a checkpoint (weights without a graph, or the reverse)",
    "freeze it first: freeze_graph with the checkpoint and the names of the outputs",
)
ARCHIVE = ("is a zip archive but no Keras model", "unpack it and import what is in it")


class Source(NamedTuple):
    """A network's file or folder.

    Attributes:
        kind: one of the constants above.
        size_bytes, sha256: of the file; of a folder, over its files in the order of their names.
        signature: which one of a SavedModel's is meant; None where it leaves no choice.
    """

    path: str
    kind: str
    size_bytes: int
    sha256: str
    signature: Optional[str] = None


def identify(path: str) -> Source:
    """Return what lies at `path`; raise NotFoundError, or GraphError naming what it is instead."""
    if os.path.isdir(path):
        return _folder(path)
    if not os.path.exists(path):
        raise NotFoundError(
            "there is no file {}; expected a frozen graph (.pb), a Keras model (.h5, .keras) or a "
            "SavedModel folder".format(path)
        )
    if not os.path.isfile(path):
        raise GraphError("{} is not a regular file; expected a frozen graph".format(path))
    if os.path.basename(path) == "saved_model.pb":
        return _folder(os.path.dirname(path) or ".")
    try:
        with open(path, "rb") as source:
            head = source.read(HEAD_BYTES)
        size_bytes = os.path.getsize(path)
        kind = _kind(path, head)
        return Source(path, kind, size_bytes, _sha256([path]))
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error


def _kind(path: str, head: bytes) -> str:
    if not head:
        raise _refused(path, "is empty (0 bytes)", "copy or download it again")
    stranger = _stranger(path, head)
    if stranger is not None:
        raise _refused(path, *stranger)
    if head.startswith(HDF5_MAGIC):
        return KERAS_H5
    if head.startswith(b"PK\x03\x04"):
        if not _is_keras_zip(path):
            raise _refused(path, *ARCHIVE)
        return KERAS_ZIP
    if _is_graph_text(head):
        return GRAPHDEF_TEXT
    if _is_prose(head):
        raise _refused(path, "is a text file", "name the frozen graph")
    return GRAPHDEF


def _stranger(path: str, head: bytes) -> Optional[Tuple[str, str]]:
    for magic, meaning, cure in STRANGERS:
        if head.lstrip().startswith(magic):
            return meaning, cure
    if head[4:8] == b"TFL3":
        return "is a TensorFlow Lite model", "import the graph it was made from"
    name = os.path.basename(path)
    if name.endswith((".meta", ".index")) or ".data-0" in name or name.endswith(".ckpt"):
        return CHECKPOINT
    return None


def _is_prose(head: bytes) -> bool:
    # A multi-byte character may be cut at the end of the head; control bytes are in every graph.
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)


def _is_graph_text(head: bytes) -> bool:
    words = head.lstrip()
    starts = (b"node {", b"node{", b"node:", b"versions", b"library")
    return b"\0" not in head and words.startswith(starts)


def _is_keras_zip(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _folder(path: str) -> Source:
    graph = os.path.join(path, "saved_model.pb")
    if not os.path.exists(graph):
        raise GraphError(
            "{} is a folder without saved_model.pb; expected a SavedModel, or name the file "
            "itself".format(path)
        )
    files = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
    )
    size_bytes = sum(os.path.getsize(name) for name in files)
    return Source(path, SAVED_MODEL, size_bytes, _sha256(files))


def _sha256(paths: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as source:
            for block in iter(lambda: source.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _refused(path: str, meaning: str, cure: str) -> GraphError:
    return GraphError("{} {}; expected a frozen graph; {}".format(path, meaning, cure))
