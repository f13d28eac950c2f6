"""Legacy torch files: numbers come out, nothing else gets in."""

import collections
import io
import os
import pickle
import struct

import numpy as np
import pytest

from plantd.errors import GraphError, NotFoundError
from plantd_training.trunks.torch_pickle import MAGIC, PROTOCOL, read_weights


class Global:
    """Pickles as a bare reference to a name, as torch's own classes do."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Writer(pickle._Pickler):
    """Writes a state dict in torch's legacy form without torch."""

    def persistent_id(self, value):
        return value.key if isinstance(value, Storage) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Global):
            self.write(b"c" + value.module.encode() + b"\n" + value.name.encode() + b"\n")
        else:
            super().save(value, save_persistent_id)


class Storage:
    def __init__(self, name, numbers):
        self.numbers = numbers
        self.key = ("storage", Global("torch", name), "0", "cpu", numbers.size)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.parts = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce_ex__(self, protocol):
        return Rebuild(), self.parts


class Rebuild:
    """Stands for torch._utils._rebuild_tensor_v2."""

    def __call__(self):
        raise AssertionError("only ever pickled")


def legacy_file(path, state, storage):
    with path.open("wb") as target:
        pickle.dump(MAGIC, target, protocol=2)
        pickle.dump(PROTOCOL, target, protocol=2)
        pickle.dump({"little_endian": True}, target, protocol=2)
        buffer = io.BytesIO()
        writer = Writer(buffer, protocol=2)
        writer.dispatch = writer.dispatch.copy()
        writer.dispatch[Rebuild] = lambda self, value: self.write(
            b"ctorch._utils\n_rebuild_tensor_v2\n"
        )
        writer.dump(state)
        target.write(buffer.getvalue())
        pickle.dump(["0"], target, protocol=2)
        target.write(struct.pack("<q", storage.numbers.size) + storage.numbers.tobytes())
    return path


@pytest.fixture
def weights_file(tmp_path):
    storage = Storage("FloatStorage", np.arange(12, dtype=np.float32))
    state = collections.OrderedDict()
    state["conv.weight"] = Tensor(storage, 0, (2, 3), (3, 1))
    state["turned"] = Tensor(storage, 6, (3, 2), (1, 3))
    state["steps"] = Tensor(storage, 5, (), ())
    return legacy_file(tmp_path / "net.pth", state, storage)


def test_tensors_keep_their_shape_offset_and_stride(weights_file):
    weights = read_weights(weights_file)
    assert weights["conv.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert weights["turned"].tolist() == [[6, 9], [7, 10], [8, 11]]
    assert weights["steps"] == 5


def test_a_file_that_asks_for_anything_else_is_refused(tmp_path):
    marker = tmp_path / "ran"

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    path = tmp_path / "attack.pth"
    with path.open("wb") as target:
        for part in (MAGIC, PROTOCOL, {}, {"weight": Attack()}):
            pickle.dump(part, target, protocol=2)
    with pytest.raises(GraphError, match="mkdir"):
        read_weights(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (0, (5, 3), (3, 1)),
        (0, (2, 3), (30, 1)),
        (11, (2,), (1,)),
        (13, (), ()),
        (-1, (), ()),
        (0, (2,), (-1,)),
        (0, (-2,), (1,)),
        (0, (2, 2), (1,)),
        (0, ("2",), (1,)),
    ],
)
def test_a_tensor_beyond_its_numbers_is_refused(tmp_path, offset, size, stride):
    storage = Storage("FloatStorage", np.arange(12, dtype=np.float32))
    state = {"w": Tensor(storage, offset, size, stride)}
    path = legacy_file(tmp_path / "net.pth", state, storage)
    with pytest.raises(GraphError, match="not a legacy torch weights file"):
        read_weights(path)


def test_a_file_cut_short_says_so(weights_file):
    weights_file.write_bytes(weights_file.read_bytes()[:-4])
    with pytest.raises(GraphError, match="ends inside a tensor"):
        read_weights(weights_file)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(7, protocol=2)])
def test_other_files_are_no_weights(tmp_path, content):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(GraphError, match=r"other\.pth is not a legacy torch weights file"):
        read_weights(path)


def test_a_missing_file_names_what_to_install(tmp_path):
    with pytest.raises(NotFoundError, match=r"plantd\[train\]"):
        read_weights(tmp_path / "none.pth")
