"""Keeps a capture process alive, in a thread of its own.

How this works: the keeper's thread sleeps in poll() on the child's pipes until the next
deadline, whatever that is: the child's, a retry's, a waiter's. Whoever waits for a frame waits
on a condition without a timeout and is woken by that thread at each frame and at the waiter's
own deadline: before Python 3.10 the timeout of a lock follows the wall clock, and the device's
may jump; poll()'s does not.
"""

import logging
import os
import select
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

from plantd.camera import diagnosis, recovery
from plantd.camera.capture_process import CaptureProcess
from plantd.camera.interface import FAILED, HEALTHY, CameraStatus
from plantd.camera.source import CSI, Source
from plantd.camera.watch import FROZEN_AFTER_S, LOADING, OPENING, STREAMING, Watch
from plantd.config import CameraConfig
from plantd.errors import CameraError

logger = logging.getLogger(__name__)

_FPS_WINDOW_S = 1.0
Found = TypeVar("Found")


class Keeper:
    """Starts the capture process, watches it, starts it again; lets callers wait for frames."""

    def __init__(
        self,
        source: Source,
        config: CameraConfig,
        start: Callable[[int], CaptureProcess],
        on_state: Callable[[CameraStatus], None],
        ask_root: Callable[[str], None],
        tiers: recovery.Tiers,
        idle_after_s: Optional[float],
    ) -> None:
        """Start nothing yet.

        Args:
            start: starts a capture process whose first frame gets that id; may raise OSError
                or CameraError.
            idle_after_s: stop the process when nobody asked for so long; None: never.
        """
        self._source = source
        self._config = config
        self._start = start
        self._on_state = on_state
        self._ask_root = ask_root
        self._tiers = tiers
        self._idle_after_s = idle_after_s
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="plantd-camera", daemon=True)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._closing = False
        self._waiters: List[float] = []
        self._wanted_at = time.monotonic()
        self._sleeps_until = 0.0
        self._idle = False
        self._starts = 0
        self._last_id = 0
        self._health = recovery.Health()
        self._watch = Watch(LOADING, 0.0)
        self._last_word: Dict[str, Any] = {}
        self._opened: Dict[str, Any] = {}
        self._fps_from: Optional[Tuple[float, int]] = None
        self._fps: Optional[float] = None
        self.lost = ""
        self.child: Optional[CaptureProcess] = None
        self.status = CameraStatus(self._health.state, source.uri, self._health.detail)

    @property
    def loaded(self) -> bool:
        """Whether the capture process has loaded an OpenCV with GStreamer."""
        return self._watch.phase != LOADING

    @property
    def next_id(self) -> int:
        """The id of the next frame, as far as is known."""
        return self._last_id + 1

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End thread and process. Called once."""
        with self._changed:
            self._closing = True
        self._poke()
        self._thread.join()
        with self._changed:
            os.close(self._wake_read)
            os.close(self._wake_write)

    def wait_for(self, look: Callable[[], Optional[Found]], deadline_s: float) -> Optional[Found]:
        """Return what `look` finds, asked at each frame; None after the deadline or `close()`.

        `look` runs under the lock that keeps `child` and its memory from being taken away.
        """
        with self._changed:
            self._wanted_at = time.monotonic()
            self._waiters.append(deadline_s)
            if not self._closing and (self.child is None or deadline_s < self._sleeps_until):
                self._poke()
            try:
                while True:
                    found = look()
                    if found is not None or self._closing or time.monotonic() >= deadline_s:
                        return found
                    self._changed.wait()
            finally:
                self._waiters.remove(deadline_s)

    def _poke(self) -> None:
        try:
            os.write(self._wake_write, b"!")
        except BlockingIOError:
            return  # It is full of pokes already.

    def _run(self) -> None:
        while not self._closing:
            self._start_if_due(time.monotonic())
            ended = self._hear(self._sleep())
            self._judge(time.monotonic(), ended)
            with self._changed:
                self._changed.notify_all()
        self._drop_child(ended=False)
        with self._changed:
            self._changed.notify_all()

    def _start_if_due(self, now_s: float) -> None:
        if self.child is not None or now_s < self._start_at():
            return
        try:
            child = self._start(self.next_id)
        except (OSError, CameraError) as error:
            self._fail(now_s, "the capture process cannot be started: {}".format(error))
            return
        self._starts += 0 if self._idle else 1
        self._idle = False
        self._watch = Watch(LOADING, now_s)
        self._last_word, self._opened = {}, {}
        self._health = recovery.trying(self._health)
        with self._changed:
            self.child = child
        self._publish()

    def _start_at(self) -> float:
        """Return the monotonic second at which a process that does not run is to be started."""
        if self.lost or (self._idle and not self._waiters):
            return float("inf")
        due = self._health.hurry_at if self._waiters else self._health.retry_at
        return due or 0.0

    def _sleep(self) -> List[int]:
        """Wait for the next thing to happen; return the descriptors that have something to say."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        if self.child is not None:
            poll.register(self.child.events_fd, select.POLLIN)
            poll.register(self.child.stderr_fd, select.POLLIN)
        with self._changed:
            self._sleeps_until = self._next_due()
        left_s = self._sleeps_until - time.monotonic()
        # Rounded up: a deadline must have passed when poll() returns.
        timeout_ms = None if left_s == float("inf") else max(0, int(left_s * 1000.0) + 1)
        return [fd for fd, _ in poll.poll(timeout_ms)]

    def _next_due(self) -> float:
        due = list(self._waiters)
        if self.child is None:
            due.append(self._start_at())
            return min(due)
        due.append(self._watch.deadline_s(self._config))
        late_at_s = self._watch.late_at_s(self._config)
        if late_at_s is not None and self._health.state == HEALTHY:
            due.append(late_at_s)
        if self._idle_after_s is not None and not self._waiters:
            due.append(self._wanted_at + self._idle_after_s)
        return min(due)

    def _hear(self, ready: List[int]) -> bool:
        """Take in what the child said; return whether it has ended."""
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
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
        if name == "frame":
            self._watch = Watch(STREAMING, now_s)
            self._see_frame(now_s)
        elif name == "streaming":
            self._opened = event
            logger.info("camera %s delivers frames by: %s", self._source.uri, event.get("pipeline"))
        elif name == "ready":
            self._watch = Watch(OPENING, now_s)
        elif name == "eof":
            # A video starts again: it gets the time to open anew.
            self._watch = Watch(OPENING, now_s)
            self._health = self._health._replace(streaming_since=None)
        elif name in ("failed", "no_gstreamer"):
            self._last_word = event

    def _see_frame(self, now_s: float) -> None:
        assert self.child is not None
        arrivals = self.child.frames.arrivals()
        if not arrivals:
            return  # Both slots are being written: the next frame will be seen.
        newest = arrivals[-1]
        self._last_id = newest.id
        self._measure_fps(newest.arrived_at, newest.id)
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

    def _measure_fps(self, arrived_at: float, frame_id: int) -> None:
        if self._fps_from is None:
            self._fps_from = (arrived_at, frame_id)
        since_s, since_id = self._fps_from
        if arrived_at - since_s >= _FPS_WINDOW_S:
            self._fps = (frame_id - since_id) / (arrived_at - since_s)
            self._fps_from = (arrived_at, frame_id)

    def _judge(self, now_s: float, ended: bool) -> None:
        """Decide what a silence or an end means."""
        if self.child is None:
            return
        late_at_s = self._watch.late_at_s(self._config)
        if ended:
            self._end_of_child(now_s)
        elif now_s >= self._watch.deadline_s(self._config):
            self._fail(now_s, diagnosis.overdue(self._source, self._watch.overdue(self._config)))
        elif self._idle_is_over(now_s):
            self._idle = True
            self._drop_child(ended=False)
            self._publish()
        elif late_at_s is not None and now_s >= late_at_s and self._health.state == HEALTHY:
            self._health = recovery.degraded(
                self._health, diagnosis.late(self._source, now_s - self._watch.since_s)
            )
            self._publish()

    def _idle_is_over(self, now_s: float) -> bool:
        if self._idle_after_s is None or self._waiters:
            return False
        return now_s >= self._wanted_at + self._idle_after_s

    def _end_of_child(self, now_s: float) -> None:
        """Read the complaints to their end, then say why the child ended."""
        assert self.child is not None
        child, loaded = self.child, self.loaded
        code = self._drop_child(ended=True)
        word = self._last_word
        if word.get("event") == "no_gstreamer":
            self._lose(diagnosis.without_gstreamer(str(word["version"]), str(word["path"])))
        elif not loaded and code is not None and code > 0:
            self._lose(diagnosis.without_opencv(tuple(child.complaints)))
        elif word.get("why") == "said":
            self._fail(now_s, str(word["detail"]))
        elif word:
            complaints = tuple(child.complaints)
            why = str(word["why"])
            self._fail(now_s, diagnosis.why_it_failed(self._source, self._config, why, complaints))
        else:
            self._fail(now_s, diagnosis.died(self._source, code))

    def _fail(self, now_s: float, why: str, can_ask: Optional[bool] = None) -> None:
        self._drop_child(ended=False)
        asks = self._source.kind == CSI if can_ask is None else can_ask
        self._health, request = recovery.failed(self._health, self._tiers, now_s, why, asks)
        self._publish()
        if request is not None:
            logger.warning("camera %s: asking root to %s", self._source.uri, request)
            self._ask_root(request)

    def _lose(self, why: str) -> None:
        """Give up for good: trying again cannot mend it."""
        with self._changed:
            self.lost = why
        self._health = recovery.Health(FAILED, why, self._health.failures + 1)
        self._publish()

    def _drop_child(self, ended: bool) -> Optional[int]:
        """End the child, if there is one; return its exit code, None if it was not to be had."""
        with self._changed:
            child, self.child = self.child, None
            if child is not None:
                self._last_id = max([self._last_id] + [one.id for one in child.frames.arrivals()])
        self._fps_from, self._fps = None, None
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
                fps=self._fps,
                frames=self._last_id,
                restarts=max(0, self._starts - 1),
                pid=None if self.child is None else self.child.pid,
                pipeline=opened.get("pipeline"),
            ),
        )
        self.status = after
        if after.state != before.state:
            level = logging.INFO if after.state == HEALTHY else logging.WARNING
            logger.log(level, "camera %s is %s: %s", after.source, after.state, after.detail)
        if (after.state, after.detail) != (before.state, before.detail):
            self._on_state(after)
