"""How a camera gets well again: states, tiers and back-off. Pure; time is passed in.

How this works, from one failure to the next without a steady stream between them:

    failures   state        what is done
    1          RECOVERING   the capture process is killed and started again: after first_s
    2 ...      RECOVERING   the same, each time after factor times as long, up to max_s
    ask_after  RECOVERING   csi only: root is asked to restart nvargus-daemon, at most once in
                            ask_every_s, and it gets ask_pause_s before the next try
    failed_after  FAILED    said loudly; tried for ever, every max_s: a replug is found again

Frames end it: HEALTHY at the first, the count forgotten after steady_s of them, so that a
source which delivers one frame and dies climbs the same ladder. Somebody who waits for a frame is
given a try at once, not only when the back-off is over.
"""

from typing import NamedTuple, Optional, Tuple

from plantd.health.states import State
from plantd.system.root_requests import RESTART_NVARGUS


class Tiers(NamedTuple):
    """When each tier comes; seconds and counts."""

    first_s: float = 0.5
    factor: float = 2.0
    max_s: float = 30.0
    steady_s: float = 10.0
    ask_after: int = 3
    ask_every_s: float = 300.0
    ask_pause_s: float = 5.0
    failed_after: int = 5


class Health(NamedTuple):
    """How a camera is.

    Attributes:
        state, detail: as in CameraStatus.
        failures: since the last steady stream.
        retry_at: monotonic seconds of the next try, None while none is due.
        hurry_at: monotonic seconds from which somebody who waits for a frame gets the next try.
        asked_at: monotonic seconds when root was last asked, None if never.
        streaming_since: monotonic seconds since when frames arrive, None while none do.
    """

    state: State = State.RECOVERING
    detail: str = "the camera is being opened"
    failures: int = 0
    retry_at: Optional[float] = None
    hurry_at: Optional[float] = None
    asked_at: Optional[float] = None
    streaming_since: Optional[float] = None


def failed(
    health: Health, tiers: Tiers, now_s: float, why: str, can_ask: bool
) -> Tuple[Health, Optional[str]]:
    """Return the health after a failure, and what root is to be asked for, if anything.

    Args:
        why: one sentence.
        can_ask: whether restarting nvargus-daemon could help.
    """
    failures = health.failures + 1
    wait_s = _backoff_s(tiers, failures)
    hurry_s = min(wait_s, tiers.first_s)
    asked_at = health.asked_at
    request: Optional[str] = None
    if can_ask and failures >= tiers.ask_after and _may_ask(health, tiers, now_s):
        asked_at, request = now_s, RESTART_NVARGUS
        wait_s = max(wait_s, tiers.ask_pause_s)
        hurry_s = tiers.ask_pause_s
    state = State.FAILED if failures >= tiers.failed_after else State.RECOVERING
    after = Health(state, why, failures, now_s + wait_s, now_s + hurry_s, asked_at)
    return after, request


def trying(health: Health) -> Health:
    """Return the health while the source is being opened again."""
    return health._replace(retry_at=None, hurry_at=None)


def streaming(health: Health, tiers: Tiers, now_s: float) -> Health:
    """Return the health after a good frame."""
    since = now_s if health.streaming_since is None else health.streaming_since
    failures = 0 if now_s - since >= tiers.steady_s else health.failures
    return Health(State.HEALTHY, "", failures, None, None, health.asked_at, since)


def degraded(health: Health, why: str) -> Health:
    """Return the health while frames are late or repeat."""
    return health._replace(state=State.DEGRADED, detail=why)


def _backoff_s(tiers: Tiers, failures: int) -> float:
    # The exponent is bounded: a camera may be away for months.
    return min(tiers.first_s * tiers.factor ** min(failures - 1, 30), tiers.max_s)


def _may_ask(health: Health, tiers: Tiers, now_s: float) -> bool:
    return health.asked_at is None or now_s - health.asked_at >= tiers.ask_every_s
