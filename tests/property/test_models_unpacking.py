"""Whatever lies on the stick: a bundle is found, or it is refused in one sentence."""

import io
import os
import tarfile
import tempfile

from hypothesis import given
from hypothesis import strategies as st

from plantd.errors import BundleError
from plantd.models.unpacking import FILES, contents_of, unpack

NAMES = st.sampled_from([*FILES, "", ".", "..", "x", "a/..", "tiny", "/etc"])
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
MEMBERS = st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), KINDS), max_size=8)


def packed(members=(), mode="w", form=tarfile.PAX_FORMAT):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:
        for name, kind in [*((["tiny", name], tarfile.REGTYPE) for name in FILES), *members]:
            member = tarfile.TarInfo("/".join(name))
            member.type, member.linkname = kind, "/etc/passwd"
            member.size = 5 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"12345"))
    return made.getvalue()


def taken_out_of(data):
    """Return every path below a fresh folder after unpacking into its `target`; None: refused."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "source.tar"), os.path.join(folder, "target")
        with open(source, "wb") as file:
            file.write(data)
        os.mkdir(target)
        try:
            contents_of(source)
            unpack(source, target)
        except BundleError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            assert "\n" not in refusal
            return None
        assert sorted(os.listdir(folder)) == ["source.tar", "target"]
        return sorted(os.listdir(target))


@given(st.binary(max_size=4096))
def test_any_bytes(data):
    assert taken_out_of(data) is None


@given(MEMBERS)
def test_any_members(members):
    assert taken_out_of(packed(members)) in (None, sorted(FILES))


@given(
    st.sampled_from(["w", "w:gz", "w:xz", "w:bz2"]),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.data(),
)
def test_any_damage(mode, form, data):
    whole = bytearray(packed(mode=mode, form=form))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    torn = whole[: data.draw(st.integers(0, len(whole)))]
    assert taken_out_of(bytes(torn)) in (None, sorted(FILES))
