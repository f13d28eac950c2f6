"""Whether the machine is still the same, told by files."""

import json
import os

import pytest

from plantd_engines.stamp import is_unchanged, stamp_of_this_process


@pytest.fixture
def root(tmp_path):
    """A device's files: two loaded libraries, and the texts that name L4T and the board."""
    for name, text in {
        "lib/libnvinfer.so.8.2.1": "a library",
        "lib/libcudart.so.10.2": "another",
        "lib/libz.so.1": "not ours",
        "etc/nv_tegra_release": "# R32 (release), REVISION: 7.1",
        "proc/device-tree/model": "quill",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    libraries = ["libnvinfer.so.8.2.1", "libcudart.so.10.2", "libz.so.1"]
    (tmp_path / "proc/self").mkdir()
    (tmp_path / "proc/self/maps").write_text(
        "7f00-7f10 rw-p 00000000 00:00 0\n"
        + "".join(
            "7f10-7f20 r-xp 00000000 b3:01 77   {}/lib/{}\n".format(tmp_path, name)
            for name in libraries
        )
    )
    return str(tmp_path)


def test_what_was_loaded_and_what_names_the_device_is_stamped(root):
    names = sorted(os.path.basename(path) for path in stamp_of_this_process(root))
    assert names == ["libcudart.so.10.2", "libnvinfer.so.8.2.1", "model", "nv_tegra_release"]


def test_a_library_in_a_folder_of_odd_letters_is_stamped_and_found(root):
    odd = os.path.join(os.fsencode(root), b"l\xffb", b"libnvinfer.so.9")
    os.mkdir(os.path.dirname(odd))
    with open(odd, "wb") as target:
        target.write(b"a library")
    with open(os.path.join(root, "proc/self/maps"), "ab") as maps:
        maps.write(b"7f-80 r-xp 0 b3:01 78   " + odd + b"\n")
    stamp = json.loads(json.dumps(stamp_of_this_process(root)))
    assert stamp[os.fsdecode(odd)].startswith("9 ")
    assert is_unchanged(stamp, root)


@pytest.mark.parametrize("path", ["/lib/lib\0nvinfer.so.8", "/lib/\ud800/libnvinfer.so.8"])
def test_a_stamp_that_names_no_file_does_not_hold(root, path):
    assert not is_unchanged({**stamp_of_this_process(root), path: "1 2"}, root)


def test_nothing_changed_holds(root):
    assert is_unchanged(stamp_of_this_process(root), root)


@pytest.mark.parametrize(
    "name", ["lib/libnvinfer.so.8.2.1", "etc/nv_tegra_release", "proc/device-tree/model"]
)
def test_a_changed_file_does_not_hold(root, name):
    stamp = stamp_of_this_process(root)
    with open(os.path.join(root, name), "a") as target:
        target.write(" changed")
    assert not is_unchanged(stamp, root)


def test_a_library_of_the_same_size_but_newer_does_not_hold(root):
    stamp = stamp_of_this_process(root)
    os.utime(os.path.join(root, "lib/libnvinfer.so.8.2.1"), (1, 1))
    assert not is_unchanged(stamp, root)


def test_a_missing_library_does_not_hold(root):
    stamp = stamp_of_this_process(root)
    os.unlink(os.path.join(root, "lib/libnvinfer.so.8.2.1"))
    assert not is_unchanged(stamp, root)


def test_a_gpu_that_was_added_does_not_hold(root):
    stamp = stamp_of_this_process(root)
    folder = os.path.join(root, "proc/driver/nvidia/gpus/0000:01:00.0")
    os.makedirs(folder)
    with open(os.path.join(folder, "information"), "w") as target:
        target.write("Model: another")
    assert not is_unchanged(stamp, root)


def test_a_stamp_without_library_or_device_tells_nothing(root, tmp_path):
    assert not is_unchanged({}, root)
    stamp = stamp_of_this_process(root)
    library_only = {path: mark for path, mark in stamp.items() if "libnvinfer" in path}
    assert not is_unchanged(library_only, str(tmp_path / "elsewhere"))


def test_this_process_can_be_stamped():
    assert isinstance(stamp_of_this_process(), dict)
