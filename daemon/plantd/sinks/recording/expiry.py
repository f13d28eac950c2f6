"""Which verdicts may go by their age: a clock that is wrong for a while must not empty the record.

How this works. A clock is believed once it was called synchronised and ran evenly with the
monotonic one for an hour; a jump, a reboot or a doubt begins that hour anew. In each hour that
follows a share of all verdicts may go, so that a clock that is wrong for long is noticed first.
"""

from datetime import datetime, timezone
from typing import Optional

from plantd.wire import Moment

WALL = "%Y-%m-%dT%H:%M:%SZ"
EVEN_S = 3600.0
_JUMP_S = 30.0
_SHARE = 10
_AT_LEAST = 20


def seconds_from_wall(wall: str) -> float:
    """Return seconds since 1970 of a time like "2026-06-01T10:12:03Z"."""
    return datetime.strptime(wall, WALL).replace(tzinfo=timezone.utc).timestamp()


class ExpiryAllowance:
    """How many verdicts may expire now. Used by the record thread alone."""

    def __init__(self) -> None:
        self._since: Optional[Moment] = None
        self._hours = 0
        self._left = 0

    def left(self, moment: Moment, total: int) -> int:
        """Return how many verdicts may go, of `total` that there are."""
        if self._since is None or not _evenly(self._since, moment):
            self._since = moment if moment.synchronised else None
            self._hours = self._left = 0
            return 0
        hours = int((moment.mono_s - self._since.mono_s) // EVEN_S)
        if hours > self._hours:
            self._hours, self._left = hours, max(total // _SHARE, _AT_LEAST)
        return self._left

    def take(self, count: int) -> None:
        """Note how many went."""
        self._left -= count


def _evenly(since: Moment, now: Moment) -> bool:
    passed_s = seconds_from_wall(now.wall) - seconds_from_wall(since.wall)
    return (
        now.synchronised
        and now.boot_id == since.boot_id
        and abs(passed_s - (now.mono_s - since.mono_s)) <= _JUMP_S
    )
