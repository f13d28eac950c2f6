"""What one process and one user may hold, beside the bounds over all clients. For one loop alone.

How this works. Connections are counted by the process and by the user that the kernel names. A
process that asks more often than a person or a script needs is hasty: each process has a bucket of
`calm_per_s` requests that fills again within a second. A hasty one waits while a press is being
answered (`server`), so that no number of requests makes a press slow.
"""

from collections import Counter
from typing import Counter as CounterOf
from typing import Dict, NamedTuple, Tuple

from plantd.api.peer import Peer

_BUCKETS_MAX = 256


class PeerLimits(NamedTuple):
    """What one peer may have of the connections there are.

    Attributes:
        per_process, per_user: connections, fewer than there are: others get in besides.
        calm_per_s: requests a second of one process that never wait.
    """

    per_process: int = 40
    per_user: int = 56
    calm_per_s: float = 50.0


class Peers:
    """Counts who is connected, and how often each process asks."""

    def __init__(self, limits: PeerLimits = PeerLimits()) -> None:
        self._limits = limits
        self._processes: CounterOf[int] = Counter()
        self._users: CounterOf[int] = Counter()
        self._buckets: Dict[int, Tuple[float, float]] = {}

    def came(self, peer: Peer) -> None:
        """Count a connection."""
        self._processes[peer.pid] += 1
        self._users[peer.uid] += 1

    def went(self, peer: Peer) -> None:
        """Count one less."""
        for counter, key in ((self._processes, peer.pid), (self._users, peer.uid)):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]

    def process_is_full(self, peer: Peer) -> bool:
        """Whether the peer's process has all the connections it may have."""
        return self._processes[peer.pid] >= self._limits.per_process

    def user_is_full(self, peer: Peer) -> bool:
        """Whether the peer's user has."""
        return self._users[peer.uid] >= self._limits.per_user

    def is_hasty(self, peer: Peer, now_s: float) -> bool:
        """Take one request into account; return whether its process asks too often."""
        most = self._limits.calm_per_s
        left, at_s = self._buckets.get(peer.pid, (most, now_s))
        left = min(most, left + (now_s - at_s) * most)
        self._buckets[peer.pid] = (max(0.0, left - 1.0), now_s)
        if len(self._buckets) > _BUCKETS_MAX:
            self._forget_calm(now_s)
        return left < 1.0

    def _forget_calm(self, now_s: float) -> None:
        """Drop the buckets that are full again: as many as there are processes of a second."""
        self._buckets = {
            pid: (left, at_s) for pid, (left, at_s) in self._buckets.items() if now_s - at_s < 1.0
        }
