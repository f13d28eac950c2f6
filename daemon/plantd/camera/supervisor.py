"""Keeps a capture process alive, in a thread of its own.

How this works: the thread sleeps until the child says something or the next deadline, whatever
that is: the child's, a retry's, a caller's. Then it hears what was said, judges silences, starts
what is due, and lets the callers look again.
"""

import logging
import threading
import time
from typing import Any, Callable, Dict, List, Optional

from plantd.camera import diagnosis, recovery
from plantd.camera.capture_process import CaptureProcess
from plantd.camera.deadlines import FROZEN_AFTER_S, LOADING, OPENING, STREAMING, PhaseDeadline, Rate
from plantd.camera.interface import CameraStatus
from plantd.camera.waiting import Found, FrameWaiters
from plantd.config import CameraConfig
from plantd.config.camera_source import CSI, Source
from plantd.errors import CameraError
from plantd.health.states import State

logger = logging.getLogger(__name__)


class CaptureSupervisor:
    """Starts the capture process, watches it, starts it again; lets callers wait for frames."""

    def __init__(
        self,
        source: Source,
        config: CameraConfig,
        start: Callable[[int, str], CaptureProcess],
        on_state: Callable[[CameraStatus], None],
        ask_root: Callable[[str], None],
        tiers: recovery.Tiers,
        idle_after_s: Optional[float],
    ) -> None:
        """Start nothing yet.

        Args:
            start: starts a capture process, given the id of its first frame and the pipeline
                that hung last time, if one did; may raise OSError or CameraError.
            idle_after_s: stop the process when nobody asked for so long; None: never.
        """
        self._source = source
        self._config = config
        self._start = start
        self._on_state = on_state
        self._ask_root = ask_root
        self._tiers = tiers
        self._idle_after_s = idle_after_s
        self._waiting = FrameWaiters()
        self._thread = threading.Thread(target=self._run, name="plantd-camera", daemon=True)
        self._idle = False
        self._starts = 0
        self._last_id = 0
        self._health = recovery.Health()
        self._watch = PhaseDeadline(LOADING, 0.0)
        self._last_word: Dict[str, Any] = {}
        self._opened: Dict[str, Any] = {}
        self._opening = self._hung = ""
        self._rate = Rate()
        # Some capture process has loaded an OpenCV with GStreamer.
        self.loaded = False
        # Why trying again cannot mend it; empty while it can.
        self.lost = ""
        self.child: Optional[CaptureProcess] = None
        self.status = CameraStatus(self._health.state, source.uri, self._health.detail)

    @property
    def next_id(self) -> int:
        """The id of the next frame, as far as is known."""
        return self._last_id + 1

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End thread and process. Called once."""
        self._waiting.end()
        self._thread.join()
        self._waiting.close()

    def wait_for(self, look: Callable[[], Optional[Found]], deadline_s: float) -> Optional[Found]:
        """Return what `look` finds, asked at each frame; None after the deadline or `close()`.

        `look` runs under the lock that keeps `child` and its memory from being taken away.
        """
        return self._waiting.wait_for(look, deadline_s)

    def _run(self) -> None:
        while not self._waiting.closing:
            self._start_if_due(time.monotonic())
            child = self.child
            fds = () if child is None else (child.events_fd, child.stderr_fd)
            ended = self._hear(self._waiting.sleep(fds, self._next_due))
            self._judge(time.monotonic(), ended)
            self._waiting.notify()
        self._drop_child(ended=False)
        self._waiting.notify()

    def _start_if_due(self, now_s: float) -> None:
        if self.child is not None or now_s < self._start_at():
            return
        try:
            child = self._start(self.next_id, self._hung)
        except (OSError, CameraError) as error:
            self._fail(now_s, "the capture process cannot be started: {}".format(error))
            return
        self._starts += 0 if self._idle else 1
        self._idle = False
        self._watch = PhaseDeadline(LOADING, now_s)
        self._last_word, self._opened = {}, {}
        self._opening = self._hung = ""
        self._health = recovery.trying(self._health)
        with self._waiting.lock:
            self.child = child
        self._publish()

    def _start_at(self) -> float:
        """Return the monotonic second at which a process that does not run is to be started."""
        if self.lost or (self._idle and not self._waiting):
            return float("inf")
        due = self._health.hurry_at if self._waiting else self._health.retry_at
        return due or 0.0

    def _next_due(self) -> float:
        if self.child is None:
            return self._start_at()
        due = [self._watch.deadline_s(self._config)]
        late_at_s = self._watch.late_at_s(self._config)
        if late_at_s is not None and self._health.state == State.HEALTHY:
            due.append(late_at_s)
        if self._idle_after_s is not None and not self._waiting:
            due.append(self._waiting.wanted_at + self._idle_after_s)
        return min(due)

    def _hear(self, ready: List[int]) -> bool:
        """Take in what the child said; return whether it has ended."""
        if self.child is None:
            return False
        if self.child.stderr_fd in ready:
            self.child.read_complaints()
        if self.child.events_fd not in ready:
            return False
        events, ended = self.child.read_events()
        for event in events:
            self._take_in(event, time.monotonic())
        return ended

    def _take_in(self, event: Dict[str, Any], now_s: float) -> None:
        name = event["event"]
        if name == "opening":
            self._opening = str(event.get("pipeline", ""))
        elif name == "frame":
            self._watch = PhaseDeadline(STREAMING, now_s)
            self._see_frame(now_s)
        elif name == "streaming":
            self._opened = event
            logger.info("camera %s delivers frames by: %s", self._source.uri, event.get("pipeline"))
        elif name == "ready":
            self.loaded = True
            self._watch = PhaseDeadline(OPENING, now_s)
        elif name == "eof":
            # A video starts again: it gets the time to open anew.
            self._watch = PhaseDeadline(OPENING, now_s)
            self._health = self._health._replace(streaming_since=None)
        elif name in ("failed", "no_gstreamer"):
            self._last_word = event

    def _see_frame(self, now_s: float) -> None:
        if self.child is None:
            return  # The frame before was reason enough to end it.
        arrivals = self.child.frames.arrivals()
        if not arrivals:
            return  # Both slots are being written: the next frame will be seen.
        newest = arrivals[-1]
        self._last_id = newest.id
        self._rate = self._rate.after(newest.arrived_at, newest.id)
        repeats_s = newest.arrived_at - newest.changed_at
        if repeats_s < FROZEN_AFTER_S:
            self._health = recovery.streaming(self._health, self._tiers, now_s)
        elif repeats_s < self._config.read_timeout_s + FROZEN_AFTER_S:
            self._health = recovery.degraded(
                self._health, diagnosis.frozen(self._source, repeats_s)
            )
        else:
            self._fail(now_s, diagnosis.frozen(self._source, repeats_s), can_ask=False)
            return
        self._publish()

    def _judge(self, now_s: float, ended: bool) -> None:
        """Decide what a silence or an end means."""
        if self.child is None:
            return
        late_at_s = self._watch.late_at_s(self._config)
        if ended:
            self._end_of_child(now_s)
        elif now_s >= self._watch.deadline_s(self._config):
            missed = self._watch.overdue(self._config)
            self._hung = self._opening if self._watch.phase == OPENING else ""
            self._fail(now_s, diagnosis.overdue(self._source, missed, self._hung))
        elif self._idle_is_over(now_s):
            self._idle = True
            self._drop_child(ended=False)
            self._publish()
        elif late_at_s is not None and now_s >= late_at_s and self._health.state == State.HEALTHY:
            self._health = recovery.degraded(
                self._health, diagnosis.late(self._source, now_s - self._watch.since_s)
            )
            self._publish()

    def _idle_is_over(self, now_s: float) -> bool:
        if self._idle_after_s is None or self._waiting:
            return False
        return now_s >= self._waiting.wanted_at + self._idle_after_s

    def _end_of_child(self, now_s: float) -> None:
        """Read the complaints to their end, then say why the child ended."""
        assert self.child is not None
        child = self.child
        code = self._drop_child(ended=True)
        word = self._last_word
        if word.get("event") == "no_gstreamer":
            self._lose(diagnosis.without_gstreamer(str(word["version"]), str(word["path"])))
        elif not self.loaded and code is not None and code > 0:
            self._lose(diagnosis.without_opencv(tuple(child.complaints)))
        elif word.get("why") == "said":
            self._fail(now_s, str(word["detail"]))
        elif word:
            complaints = tuple(child.complaints)
            why = str(word["why"])
            sentence = diagnosis.why_it_failed(self._source, self._config, why, complaints)
            self._fail(now_s, sentence, diagnosis.missing_element(complaints) is None)
        else:
            self._fail(now_s, diagnosis.died(self._source, code))

    def _fail(self, now_s: float, why: str, can_ask: bool = True) -> None:
        """Args: why, one sentence; whether root could help if this is a csi camera."""
        self._drop_child(ended=False)
        can_ask = can_ask and self._source.kind == CSI
        self._health, request = recovery.failed(self._health, self._tiers, now_s, why, can_ask)
        self._publish()
        if request is not None:
            logger.warning("camera %s: asking root to %s", self._source.uri, request)
            self._ask_root(request)

    def _lose(self, why: str) -> None:
        """Give up for good: trying again cannot mend it."""
        with self._waiting.lock:
            self.lost = why
        self._health = recovery.Health(State.FAILED, why, self._health.failures + 1)
        self._publish()

    def _drop_child(self, ended: bool) -> Optional[int]:
        """End the child, if there is one; return its exit code, None if it was not to be had."""
        with self._waiting.lock:
            child, self.child = self.child, None
            if child is not None:
                self._last_id = max([self._last_id] + [one.id for one in child.frames.arrivals()])
        self._rate = Rate()
        return None if child is None else child.end(ended)

    def _publish(self) -> None:
        opened = self._opened if self.child is not None else {}
        before, after = (
            self.status,
            CameraStatus(
                state=self._health.state,
                source=self._source.uri,
                detail=self._health.detail,
                width_px=opened.get("width_px"),
                height_px=opened.get("height_px"),
                fps=self._rate.fps,
                frames=self._last_id,
                restarts=max(0, self._starts - 1),
                pid=None if self.child is None else self.child.pid,
                pipeline=opened.get("pipeline"),
            ),
        )
        self.status = after
        if after.state != before.state:
            level = logging.INFO if after.state == State.HEALTHY else logging.WARNING
            logger.log(level, "camera %s is %s: %s", after.source, after.state.value, after.detail)
        if (after.state, after.detail) != (before.state, before.detail):
            self._on_state(after)
