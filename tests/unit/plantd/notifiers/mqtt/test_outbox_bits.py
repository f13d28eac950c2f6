"""The queue on disk after a card forgot a bit: real SQLite files, one bit of them flipped."""

import contextlib
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Callable, List, NamedTuple, Optional

import pytest

from plantd.notifiers.mqtt.outbox import BROKEN, NAME, Outbox
from plantd.notifiers.mqtt.queue_file import WORD_BYTES

COUNT = 5
SENT = [b'{"seq": %d, "x": "%s"}' % (number, b"a" * 50) for number in range(COUNT)]
NEW = b'{"seq": 99}'
COMPLAINT = b"and it complains"
PAGE = 4096
ROWS_IN_PAGE = PAGE + 4
EVERY = 37
"""Which of a page's used bits are flipped: prime, so that each place in a byte has its turn."""

# What stands before a word in its row: the row's length and number, the head's length, three types.
_LENGTH, _NUMBER, _HEAD, _WORD_TYPE, _LINE_TYPE = -7, -6, -5, -3, -2


class Whole(NamedTuple):
    """A queue's file before anything happened to it, and where the words lie in its rows."""

    data: bytes
    words: List[int]


Send = Callable[[Path, Whole, bytes], List[bytes]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    with Outbox(str(folder), 100) as outbox:
        for line in SENT:
            outbox.put(line)
    data = (folder / NAME).read_bytes()
    with contextlib.closing(sqlite3.connect(str(folder / NAME))) as db:
        words = [bytes(word) for (word,) in db.execute("SELECT word FROM waiting ORDER BY id")]
    return Whole(data, [data.index(word, PAGE) for word in words])


def harmed(whole: Whole, at: int, value: int) -> bytes:
    """The file with another byte in one place."""
    return whole.data[:at] + bytes([value]) + whole.data[at + 1 :]


def delivered(outbox: Outbox) -> List[bytes]:
    """Send all that waits; a loop that does not end is cut off."""
    found = []
    for _ in range(4 * COUNT):
        row = outbox.first()
        if row is None:
            return found + [COMPLAINT] * bool(outbox.complaint)
        found.append(row.line)
        outbox.remove(row)
    raise AssertionError("the same is sent for ever: {}".format(Counter(found)))


def delivered_in_use(folder: Path, whole: Whole, data: bytes) -> List[bytes]:
    """Send what waits in a file that is damaged under a running service, and a new one."""
    file = folder / NAME
    file.write_bytes(whole.data)
    with Outbox(str(folder), 100) as outbox:
        with file.open("r+b") as target:
            target.write(data)
        assert outbox._disk is not None
        outbox._disk.execute("PRAGMA shrink_memory")  # as pages that were never read yet
        outbox.put(NEW)
        return delivered(outbox)


def delivered_at_start(folder: Path, _whole: Whole, data: bytes) -> List[bytes]:
    """Send what waits in a damaged file that a service finds when it starts."""
    (folder / NAME).write_bytes(data)
    with Outbox(str(folder), 100) as outbox:
        return delivered(outbox)


@pytest.mark.parametrize("send", [delivered_in_use, delivered_at_start])
@pytest.mark.parametrize("row", range(COUNT))
def test_a_row_that_cannot_be_read_costs_no_other(
    tmp_path: Path, whole: Whole, caplog: pytest.LogCaptureFixture, row: int, send: Send
) -> None:
    found = send(tmp_path, whole, harmed(whole, whole.words[row] + _HEAD, 0x7F))
    assert [line for line in found if line != NEW] == SENT[:row] + SENT[row + 1 :]
    assert "is damaged (" in caplog.text
    assert list(tmp_path.glob("**/" + NAME + BROKEN))


@pytest.mark.parametrize("place", [_WORD_TYPE, _LINE_TYPE])
@pytest.mark.parametrize("kind", [0, 1, 0x1D])
def test_a_column_that_holds_nothing_a_number_or_text_is_damage(
    tmp_path: Path,
    whole: Whole,
    caplog: pytest.LogCaptureFixture,
    place: int,
    kind: int,
) -> None:
    found = delivered_in_use(tmp_path, whole, harmed(whole, whole.words[1] + place, kind))
    assert found == [SENT[0], *SENT[2:], NEW]
    assert "is damaged (" in caplog.text


def test_a_word_that_its_index_does_not_know_is_sent_once(tmp_path: Path, whole: Whole) -> None:
    at = whole.words[0]
    found = delivered_in_use(tmp_path, whole, harmed(whole, at, whole.data[at] ^ 1))
    assert found == [*SENT, NEW]


def test_a_number_under_which_nothing_is_found_is_damage(
    tmp_path: Path, whole: Whole, caplog: pytest.LogCaptureFixture
) -> None:
    found = delivered_in_use(tmp_path, whole, harmed(whole, whole.words[0] + _NUMBER, 0x42))
    assert sorted(found) == sorted([*SENT, NEW])
    assert "is damaged (" in caplog.text


def test_a_number_that_two_rows_bear_sends_both(tmp_path: Path, whole: Whole) -> None:
    found = delivered_in_use(tmp_path, whole, harmed(whole, whole.words[1] + _NUMBER, 3))
    assert sorted(found) == sorted([*SENT, NEW])


def bits_in_use(whole: Whole) -> List[int]:
    """Every n-th bit of the bytes that hold something, or lie beside one that does."""
    data = whole.data
    used = [at for at in range(len(data)) if any(data[max(0, at - 8) : at + 8])]
    return [at * 8 + bit for at in used for bit in range(8)][::EVERY]


def row_of(whole: Whole, at: int) -> Optional[int]:
    """Which row a byte belongs to, None where it is none's."""
    for row, word in enumerate(whole.words):
        if word + _LENGTH <= at < word + WORD_BYTES + len(SENT[row]):
            return row
    return None


@pytest.mark.parametrize("send", [delivered_in_use, delivered_at_start])
def test_no_flipped_bit_sends_one_for_ever_or_loses_another_silently(
    tmp_path: Path, whole: Whole, caplog: pytest.LogCaptureFixture, send: Send
) -> None:
    flips = bits_in_use(whole)
    assert len(flips) > 200
    for flip in flips:
        at, what = flip // 8, "bit {} of byte {}".format(flip % 8, flip // 8)
        caplog.clear()
        found = send(tmp_path, whole, harmed(whole, at, whole.data[at] ^ (1 << flip % 8)))
        for file in tmp_path.iterdir():
            file.unlink()
        assert max(Counter(found).values(), default=0) <= 2, what
        row = row_of(whole, at)
        if row is not None:
            assert set(found) >= {*SENT[:row], *SENT[row + 1 :]}, what
        short = len([line for line in found if line not in (NEW, COMPLAINT)]) < COUNT
        # A page that says it has a row less shows only when the file is checked, at the next start.
        if short and not (at == ROWS_IN_PAGE and send is delivered_in_use):
            assert caplog.records or COMPLAINT in found, what
