"""What goes when: the record's limits by age and size."""

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List

import pytest
from support.verdict_json import JPEG, PNG, verdict_json

from plantd.config import RecordConfig
from plantd.errors import NotFoundError
from plantd.sinks.record import Record
from plantd.sinks.recording.expiry import EVEN_S, WALL, ExpiryAllowance, seconds_from_wall
from plantd.sinks.recording.retention import MIB, Usage, oldest_kept_wall, shortage_bytes
from plantd.wire import Moment

LONG_ENOUGH_S = 20.0
LARGE = JPEG + bytes(200 * 1024)
NOW = "2026-06-01T10:00:00Z"


def record_all(
    folder: Path,
    config: RecordConfig,
    verdicts: List[Dict[str, Any]],
    now: str = NOW,
    synchronised: bool = True,
    picture: bytes = LARGE,
    hours: int = 1,
) -> Dict[int, str]:
    """Record verdicts with pictures, let hours pass, and return what became of the pictures."""
    moments = [Moment("b", 1.0, now, synchronised)]
    with Record(str(folder), config, lambda: moments[-1]) as record:
        for changes in verdicts:
            commit = record.commit(verdict_json(record.next_seq(), **changes), picture, PNG)
            assert commit.wait(LONG_ENOUGH_S), commit.error
        assert record.flush(LONG_ENOUGH_S)
        for _ in range(hours):
            moments.append(an_hour_later(moments[-1]))
            assert record.flush(LONG_ENOUGH_S)
        return {v["seq"]: v["pictures"] for v in record.reader.newest(10000)}


def an_hour_later(moment: Moment) -> Moment:
    later = datetime.fromtimestamp(seconds_from_wall(moment.wall) + EVEN_S, timezone.utc)
    return moment._replace(mono_s=moment.mono_s + EVEN_S, wall=later.strftime(WALL))


def answers(*names: str) -> List[Dict[str, Any]]:
    return [{"verdict": name} for name in names]


def test_edible_pictures_go_before_doubtful_ones(tmp_path: Path) -> None:
    given = answers("poisonous", "unsure", *["edible"] * 8)
    found = record_all(tmp_path, RecordConfig(keep_mb=1, reserve_mb=0), given)
    assert len(found) == 10
    assert found[1] == found[2] == "kept"
    assert [found[seq] for seq in (3, 4, 10)] == ["removed", "removed", "kept"]


def test_doubtful_pictures_go_when_only_they_are_left(tmp_path: Path) -> None:
    given = answers(*["poisonous"] * 10)
    found = record_all(tmp_path, RecordConfig(keep_mb=1, reserve_mb=0), given)
    assert found[1] == "removed"
    assert found[10] == "kept"


def test_the_newest_verdict_keeps_its_pictures(tmp_path: Path) -> None:
    given = answers("edible")
    huge = JPEG + bytes(2 * MIB)
    found = record_all(tmp_path, RecordConfig(keep_mb=1, reserve_mb=0), given, picture=huge)
    assert found == {1: "kept"}


def test_removed_pictures_are_off_the_disk_and_said_to_be_removed(tmp_path: Path) -> None:
    config = RecordConfig(keep_mb=1, reserve_mb=0)
    record_all(tmp_path, config, answers(*["edible"] * 10))
    assert not (tmp_path / "record/pictures/000000/1.jpg").exists()
    with Record(str(tmp_path), config, lambda: Moment("b", 1.0, NOW, True)) as record:
        with pytest.raises(NotFoundError, match="removed to make room"):
            record.reader.picture(1)


def test_old_verdicts_go_with_their_pictures(tmp_path: Path) -> None:
    walls = ["2026-05-01T00:00:00Z", "2026-05-20T00:00:00Z", NOW]
    config = RecordConfig(keep_days=20, reserve_mb=0)
    found = record_all(tmp_path, config, [{"wall": wall} for wall in walls])
    assert found == {2: "kept", 3: "kept"}
    assert not (tmp_path / "record/pictures/000000/1.jpg").exists()


def test_nothing_is_too_old_by_the_word_of_one_tick(tmp_path: Path) -> None:
    config = RecordConfig(keep_days=20, reserve_mb=0)
    record_all(tmp_path, config, answers("edible"), hours=0)
    assert len(record_all(tmp_path, config, [], "2038-01-19T03:14:07Z", hours=0)) == 1


def test_a_jump_of_the_clock_begins_the_hour_anew() -> None:
    allowance = ExpiryAllowance()
    before = Moment("b", 1.0, NOW, True)
    jumped = Moment("b", 1.0 + EVEN_S, "2038-01-19T03:14:07Z", True)
    assert allowance.left(before, 1000) == 0
    assert allowance.left(jumped, 1000) == 0
    assert allowance.left(an_hour_later(jumped), 1000) == 100


@pytest.mark.parametrize("change", [{"boot_id": "c"}, {"synchronised": False}])
def test_a_reboot_or_a_doubt_begins_the_hour_anew(change: Dict[str, Any]) -> None:
    allowance = ExpiryAllowance()
    before = Moment("b", 1.0, NOW, True)
    allowance.left(before, 1000)
    assert allowance.left(an_hour_later(before)._replace(**change), 1000) == 0


def test_a_clock_that_is_wrong_for_long_takes_a_share_an_hour(tmp_path: Path) -> None:
    config = RecordConfig(keep_days=20, reserve_mb=0)
    record_all(tmp_path, config, answers(*["edible"] * 50), hours=0, picture=JPEG)
    left = [len(record_all(tmp_path, config, [], "2038-01-19T03:14:07Z", hours=n)) for n in (1, 1)]
    assert left == [30, 10]


def test_numbers_go_on_after_all_verdicts_expired(tmp_path: Path) -> None:
    config = RecordConfig(keep_days=20, reserve_mb=0)
    given = [{"wall": "2026-01-01T00:00:00Z"}] * 3
    assert record_all(tmp_path, config, given, "2028-06-01T10:00:00Z") == {}
    (tmp_path / "record.seq").unlink()
    with Record(str(tmp_path), config, lambda: Moment("b", 1.0, NOW, True)) as record:
        assert record.next_seq() == 4


def test_nothing_is_too_old_while_the_clock_is_not_sure(tmp_path: Path) -> None:
    config = RecordConfig(keep_days=20, reserve_mb=0)
    given = [{"wall": "1970-01-01T00:00:00Z"}, {"wall": NOW}]
    assert len(record_all(tmp_path, config, given, "2099-01-01T00:00:00Z", False)) == 2


def test_a_verdict_of_an_unsure_clock_goes_with_the_next_sure_one(tmp_path: Path) -> None:
    unsure = {"wall": "1970-01-01T00:00:00Z", "clock": "unsynchronised"}
    given = [unsure, {"wall": "2026-01-01T00:00:00Z"}, unsure, {"wall": NOW}]
    config = RecordConfig(keep_days=20, reserve_mb=0)
    assert set(record_all(tmp_path, config, given)) == {3, 4}


def test_a_clock_that_went_back_does_not_take_what_came_before(tmp_path: Path) -> None:
    given = [{"wall": NOW}, {"wall": "2001-01-01T00:00:00Z"}, {"wall": NOW}]
    config = RecordConfig(keep_days=20, reserve_mb=0)
    assert set(record_all(tmp_path, config, given)) == {1, 2, 3}


def test_records_set_aside_go_before_any_picture(tmp_path: Path) -> None:
    aside = tmp_path / "record.broken-20250101T000000Z"
    (aside / "pictures/000000").mkdir(parents=True)
    for number in range(50):
        (aside / "pictures/000000/n{}.jpg".format(number)).write_bytes(b"old")
    given = answers(*["edible"] * 10)
    record_all(tmp_path, RecordConfig(keep_mb=1, reserve_mb=0), given)
    assert not aside.exists()
    assert (tmp_path / "record/pictures/000000/10.jpg").exists()


def test_records_set_aside_stay_while_there_is_room(tmp_path: Path) -> None:
    aside = tmp_path / "record.broken-20250101T000000Z"
    aside.mkdir()
    record_all(tmp_path, RecordConfig(reserve_mb=0), answers("edible"))
    assert aside.exists()


def test_verdicts_go_when_the_database_alone_is_too_large(tmp_path: Path) -> None:
    words = "x" * 100000
    given = [{"words": words}] * 30
    found = record_all(tmp_path, RecordConfig(keep_mb=1, reserve_mb=0), given, picture=JPEG)
    assert 30 in found
    assert 1 not in found
    assert os.path.getsize(str(tmp_path / "record/record.db")) > 0


def test_a_reserve_that_others_filled_leaves_a_quarter(tmp_path: Path) -> None:
    unreachable = RecordConfig(keep_mb=4, reserve_mb=10**9)
    found = record_all(tmp_path, unreachable, answers(*["edible"] * 12))
    kept = [seq for seq, pictures in found.items() if pictures == "kept"]
    assert 12 in kept
    assert len(kept) * len(LARGE) > 0.6 * MIB
    assert len(kept) < 12


def test_no_shortage_within_the_limits() -> None:
    config = RecordConfig(keep_mb=10, reserve_mb=5)
    assert shortage_bytes(Usage(9 * MIB, MIB, 5 * MIB), config) == 0


def test_the_shortage_is_what_exceeds_a_limit() -> None:
    config = RecordConfig(keep_mb=10, reserve_mb=5)
    assert shortage_bytes(Usage(10 * MIB, 7 * MIB, 50 * MIB), config) == 7 * MIB
    assert shortage_bytes(Usage(8 * MIB, MIB, 3 * MIB), config) == 2 * MIB


def test_keep_days_0_keeps_for_ever() -> None:
    assert oldest_kept_wall(Moment("b", 1.0, NOW, True), 0) is None
    assert oldest_kept_wall(Moment("b", 1.0, NOW, True), 31) == "2026-05-01T10:00:00Z"
    assert oldest_kept_wall(Moment("b", 1.0, NOW, True), 10**6) is None
