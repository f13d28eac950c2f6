"""A bundle's files out of directories and archives that may mean harm."""

import io
import lzma
import os
import tarfile
import tracemalloc
from pathlib import Path
from typing import Callable, List, Optional

import pytest

from plantd.errors import BundleError, NotFoundError, UnavailableError
from plantd.models import unpacking
from plantd.models.unpacking import FILES, contents_of, unpack

Fill = Callable[[tarfile.TarFile], None]


def content(name: str) -> bytes:
    return name.encode() * 100


def add(archive: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    data = content(os.path.basename(name)) if kind == tarfile.REGTYPE else b""
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def archive(path: Path, fill: Optional[Fill] = None, folder: str = "tiny/", mode: str = "w") -> str:
    with tarfile.open(str(path), mode) as made:
        for name in FILES:
            add(made, folder + name)
        if fill is not None:
            fill(made)
    return str(path)


def bundle_directory(path: Path) -> str:
    path.mkdir()
    for name in FILES:
        (path / name).write_bytes(content(name))
    return str(path)


def unpacked(source: str, tmp_path: Path) -> List[str]:
    target = tmp_path / "target"
    target.mkdir()
    unpack(source, str(target))
    for name in os.listdir(str(target)):
        assert (target / name).read_bytes() == content(name)
    return sorted(os.listdir(str(target)))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
@pytest.mark.parametrize("folder", ["tiny/", "", "./", "./models/tiny/"])
def test_an_archive_is_a_bundle(tmp_path: Path, mode: str, folder: str) -> None:
    source = archive(tmp_path / "tiny.tar", mode=mode, folder=folder)
    assert sorted(found.name for found in contents_of(source)) == sorted(FILES)
    assert unpacked(source, tmp_path) == sorted(FILES)


def test_a_directory_is_a_bundle(tmp_path: Path) -> None:
    source = bundle_directory(tmp_path / "tiny")
    (tmp_path / "tiny" / "notes.txt").write_text("not part of it")
    assert {found.name: found.size_bytes for found in contents_of(source)} == {
        name: len(content(name)) for name in FILES
    }
    assert unpacked(source, tmp_path) == sorted(FILES)


def test_what_is_no_part_of_a_bundle_stays_in_the_archive(tmp_path: Path) -> None:
    source = archive(tmp_path / "tiny.tar", lambda tar: add(tar, "tiny/._manifest.yaml"))
    assert unpacked(source, tmp_path) == sorted(FILES)


@pytest.mark.parametrize("name", ["../manifest.yaml", "/etc/cron.d/x", "tiny/../../x", "a/.."])
def test_a_path_that_leads_out_refuses_the_whole(tmp_path: Path, name: str) -> None:
    source = archive(tmp_path / "evil.tar", lambda tar: add(tar, name))
    with pytest.raises(BundleError, match="leads out of the archive"):
        contents_of(source)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_refuse_the_whole(tmp_path: Path, kind: bytes) -> None:
    source = archive(tmp_path / "evil.tar", lambda tar: add(tar, "tiny/x", kind, "/etc/passwd"))
    with pytest.raises(BundleError, match="a link or a device"):
        contents_of(source)


def test_a_link_in_a_directory_is_refused(tmp_path: Path) -> None:
    source = bundle_directory(tmp_path / "tiny")
    os.unlink(source + "/card.md")
    os.symlink("/etc/passwd", source + "/card.md")
    with pytest.raises(BundleError, match=r"card.md is not a plain file"):
        contents_of(source)


def test_two_bundles_in_one_archive_are_refused(tmp_path: Path) -> None:
    source = archive(tmp_path / "two.tar", lambda tar: add(tar, "other/manifest.yaml"))
    with pytest.raises(BundleError, match="one bundle an archive"):
        contents_of(source)


def test_a_file_there_twice_is_refused(tmp_path: Path) -> None:
    source = archive(tmp_path / "two.tar", lambda tar: add(tar, "tiny/manifest.yaml"))
    with pytest.raises(BundleError, match=r"manifest.yaml there twice"):
        contents_of(source)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    member = tarfile.TarInfo("tiny/model.onnx")
    member.size = unpacking.FILE_MAX_BYTES + 1
    path = tmp_path / "huge.tar"
    path.write_bytes(member.tobuf() + b"\0" * 1024)
    with pytest.raises(BundleError, match="at most 1024 MiB"):
        contents_of(str(path))


def test_endless_members_are_not_counted_to_the_end(tmp_path: Path) -> None:
    def fill(tar: tarfile.TarFile) -> None:
        for number in range(unpacking.MEMBERS_MAX):
            add(tar, "tiny/{}".format(number), tarfile.DIRTYPE)

    with pytest.raises(BundleError, match="more than 1000 members"):
        contents_of(archive(tmp_path / "many.tar", fill))


@pytest.mark.parametrize("keep", [0, 100, 700, 5000])
def test_a_torn_archive_is_refused(tmp_path: Path, keep: int) -> None:
    whole = Path(archive(tmp_path / "tiny.tar.gz", mode="w:gz")).read_bytes()
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(whole[: min(keep, len(whole) - 20)])
    with pytest.raises(BundleError, match="cannot be read as a tar archive"):
        contents_of(str(torn))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plants.jpg"
    path.write_bytes(b"\xff\xd8\xff" * 1000)
    with pytest.raises(BundleError, match="cannot be read as a tar archive"):
        contents_of(str(path))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(str(tmp_path / "pipe"))
    with pytest.raises(BundleError, match="neither a file nor a directory"):
        contents_of(str(tmp_path / "pipe"))


def test_a_stick_that_holds_models_names_them(tmp_path: Path) -> None:
    archive(tmp_path / "plants70-1.1.0.tar.gz", mode="w:gz")
    bundle_directory(tmp_path / "plants70")
    with pytest.raises(BundleError, match=r"name what lies in it: .*/plants70, .*1.1.0.tar.gz"):
        contents_of(str(tmp_path))


def test_an_empty_directory_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"has no manifest.yaml; expected a model bundle"):
        contents_of(str(tmp_path))


def test_a_bundle_without_its_card_names_it(tmp_path: Path) -> None:
    source = bundle_directory(tmp_path / "tiny")
    os.unlink(source + "/card.md")
    with pytest.raises(BundleError, match=r"is not a whole bundle: card.md missing"):
        contents_of(source)


def test_a_stick_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is the stick mounted"):
        contents_of(str(tmp_path / "usb" / "tiny.tar"))


def test_our_own_disks_errors_are_not_the_archives(tmp_path: Path) -> None:
    source = archive(tmp_path / "tiny.tar")
    with pytest.raises(UnavailableError, match=r"manifest.yaml cannot be written"):
        unpack(source, str(tmp_path / "nowhere"))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_a_header_of_megabytes_is_refused_before_it_is_read(tmp_path: Path, mode: str) -> None:
    def long_header(made: tarfile.TarFile) -> None:
        header = tarfile.TarInfo("tiny/long")
        header.type, header.size = tarfile.XHDTYPE, 64 << 20
        made.addfile(header, io.BytesIO(bytes(header.size)))

    source = archive(tmp_path / "tiny.tar", long_header, mode=mode)
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match="cannot be read as a tar archive"):
            contents_of(source)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_an_xz_dictionary_larger_than_memory_allows_is_refused(tmp_path: Path) -> None:
    plain = Path(archive(tmp_path / "tiny.tar")).read_bytes()
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 << 20}]
    packed = tmp_path / "tiny.tar.xz"
    packed.write_bytes(lzma.compress(plain, filters=filters))
    with pytest.raises(BundleError, match="cannot be read as a tar archive"):
        contents_of(str(packed))
