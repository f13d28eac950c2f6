"""Keeps a capture process alive, in a thread of its own.

How this works: the thread sleeps until the child says something or the next deadline, whatever
that is: the child's, a retry's, a caller's. Then it hears what was said, judges silences, starts
what is due, and lets the callers look again.

A process is only ever replaced by this thread, under the lock that callers look under: they never
see the memory of frames taken away while they read it. What a process says is kept by its session;
health, back-off and the words are pure (recovery, deadlines, diagnosis). Here is what happens, and
in which order.
"""

import logging
import threading
import time
from typing import Callable, List, Optional

from plantd.camera import diagnosis, recovery
from plantd.camera.capture_process import CaptureProcess
from plantd.camera.frame_choice import FrameRequest
from plantd.camera.interface import CameraStatus
from plantd.camera.session import FROZEN_AFTER_S, OPENING, CaptureSession, CaptureSettings, Rate
from plantd.camera.waiting import FrameWaiters
from plantd.config.forms.camera_source import CSI
from plantd.errors import CameraError
from plantd.frame import Frame
from plantd.health.states import State

logger = logging.getLogger(__name__)


class CaptureSupervisor:
    """Starts the capture process, watches it, starts it again; lets callers wait for frames."""

    def __init__(
        self,
        settings: CaptureSettings,
        start: Callable[[int, str], CaptureProcess],
        on_state: Callable[[CameraStatus], None],
        ask_root: Callable[[str], None],
    ) -> None:
        """Start nothing yet.

        Args:
            start: starts a capture process, given the id of its first frame and the pipeline
                that hung last time, if one did; may raise OSError or CameraError.
        """
        self._source, self._config, self._tiers, self._idle_after_s = settings
        self._start = start
        self._on_state = on_state
        self._ask_root = ask_root
        self._waiting = FrameWaiters()
        self._thread = threading.Thread(target=self._run, name="plantd-camera", daemon=True)
        self._session: Optional[CaptureSession] = None
        self._health = recovery.Health()
        self._idle = False
        self._starts = 0
        self._last_id = 0
        self._hung = ""
        # Some capture process has loaded GStreamer.
        self._loaded = False
        self._lost = ""  # Why trying again cannot mend it; empty while it can.
        self.status = CameraStatus(self._health.state, self._source.uri, self._health.detail)

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End thread and process. Called once."""
        self._waiting.end()
        self._thread.join()
        self._waiting.close()

    def wait_until_loaded(self, deadline_s: float) -> None:
        """Return once some capture process has loaded GStreamer, or after the deadline.

        Raises CameraError for what no other try can mend.
        """
        self._waiting.wait_for(lambda: True if self._loaded or self._lost else None, deadline_s)
        self._raise_if_lost()

    def wait_for_frame(self, request: FrameRequest, deadline_s: float) -> Optional[Frame]:
        """Return the requested frame; None after the deadline or `close()`.

        Raises CameraError for what waiting cannot mend.
        """
        return self._waiting.wait_for(lambda: self._look(request, deadline_s), deadline_s)

    def _look(self, request: FrameRequest, deadline_s: float) -> Optional[Frame]:
        """Runs in the caller's thread, under the lock that keeps the session's memory there."""
        self._raise_if_lost()
        frames = None if self._session is None else self._session.process.frames
        found = request.look(frames, self.status.frames)
        if frames is not None:
            frames.want(*request.wish(found, deadline_s, time.monotonic()))
        return found

    def _raise_if_lost(self) -> None:
        if self._lost:
            raise CameraError(self._lost)

    def _run(self) -> None:
        while not self._waiting.closing:
            self._start_if_due(time.monotonic())
            child = None if self._session is None else self._session.process
            fds = () if child is None else (child.events_fd, child.stderr_fd)
            ended = self._hear(self._waiting.sleep(fds, self._next_due))
            self._judge(time.monotonic(), ended)
            self._waiting.notify()
        self._drop_child(ended=False)
        self._waiting.notify()

    def _start_if_due(self, now_s: float) -> None:
        if self._session is not None or now_s < self._start_at():
            return
        try:
            child = self._start(self._last_id + 1, self._hung)
        except (OSError, CameraError) as error:
            self._fail(now_s, "the capture process cannot be started: {}".format(error))
            return
        self._starts += 0 if self._idle else 1
        self._idle = False
        self._hung = ""
        self._health = recovery.trying(self._health)
        with self._waiting.lock:
            self._session = CaptureSession(child, now_s)
        self._publish()

    def _start_at(self) -> float:
        """Return the monotonic second at which a process that does not run is to be started."""
        if self._lost or (self._idle and not self._waiting):
            return float("inf")
        due = self._health.hurry_at if self._waiting else self._health.retry_at
        return due or 0.0

    def _next_due(self) -> float:
        if self._session is None:
            return self._start_at()
        deadline = self._session.deadline
        due = [deadline.deadline_s(self._config)]
        late_at_s = deadline.late_at_s(self._config)
        if late_at_s is not None and self._health.state == State.HEALTHY:
            due.append(late_at_s)
        if self._idle_after_s is not None and not self._waiting:
            due.append(self._waiting.wanted_at + self._idle_after_s)
        return min(due)

    def _hear(self, ready: List[int]) -> bool:
        """Take in what the child said; return whether it has ended."""
        session = self._session
        if session is None:
            return False
        if session.process.stderr_fd in ready:
            session.process.read_complaints()
        if session.process.events_fd not in ready:
            return False
        events, ended = session.process.read_events()
        for event in events:
            session.take_in(event, time.monotonic())
            react = _REACTIONS.get(event["event"])
            # A frame may have been reason enough to end the process that said more.
            if react is not None and self._session is session:
                react(self, session)
        return ended

    def _gstreamer_loaded(self, _session: CaptureSession) -> None:
        self._loaded = True

    def _source_opened(self, session: CaptureSession) -> None:
        pipeline = session.opened.get("pipeline")
        logger.info("camera %s delivers frames by: %s", self._source.uri, pipeline)

    def _video_ended(self, _session: CaptureSession) -> None:
        self._health = self._health._replace(streaming_since=None)

    def _frame_arrived(self, session: CaptureSession) -> None:
        now_s = session.deadline.since_s
        arrivals = session.process.frames.arrivals()
        if not arrivals:
            return  # Both slots are being written: the next frame will be seen.
        newest = arrivals[-1]
        self._last_id = newest.id
        session.rate = session.rate.after(newest.arrived_at, newest.id, newest.changed_at)
        repeats_s = newest.arrived_at - newest.changed_at
        if repeats_s < FROZEN_AFTER_S:
            self._health = recovery.streaming(self._health, self._tiers, now_s)
        elif repeats_s < self._config.read_timeout_s + FROZEN_AFTER_S:
            why = diagnosis.frozen(self._source, repeats_s)
            self._health = recovery.degraded(self._health, why)
        else:
            self._fail(now_s, diagnosis.frozen(self._source, repeats_s), can_ask=False)
            return
        self._publish()

    def _judge(self, now_s: float, ended: bool) -> None:
        """Decide what a silence or an end means."""
        if self._session is None:
            return
        session, deadline = self._session, self._session.deadline
        late_at_s = deadline.late_at_s(self._config)
        if ended:
            self._end_of_child(session, now_s)
        elif now_s >= deadline.deadline_s(self._config):
            missed = deadline.overdue(self._config)
            self._hung = session.opening if deadline.phase == OPENING else ""
            self._fail(now_s, diagnosis.overdue(self._source, missed, self._hung))
        elif self._idle_is_over(now_s):
            self._idle = True
            self._drop_child(ended=False)
            self._publish()
        elif late_at_s is not None and now_s >= late_at_s and self._health.state == State.HEALTHY:
            why = diagnosis.late(self._source, now_s - deadline.since_s)
            self._health = recovery.degraded(self._health, why)
            self._publish()

    def _idle_is_over(self, now_s: float) -> bool:
        if self._idle_after_s is None or self._waiting:
            return False
        return now_s >= self._waiting.wanted_at + self._idle_after_s

    def _end_of_child(self, session: CaptureSession, now_s: float) -> None:
        """Read the complaints to their end, then say why the child ended."""
        code = self._drop_child(ended=True)
        child, word = session.process, session.last_word
        if word.get("event") == "no_gstreamer":
            self._lose(diagnosis.without_gstreamer(str(word.get("detail", ""))))
        elif not self._loaded and code is not None and code > 0:
            self._lose(diagnosis.without_start(tuple(child.complaints)))
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
            self._lost = why
        self._health = recovery.Health(State.FAILED, why, self._health.failures + 1)
        self._publish()

    def _drop_child(self, ended: bool) -> Optional[int]:
        """End the child, if there is one; return its exit code, None if it was not to be had."""
        with self._waiting.lock:
            session, self._session = self._session, None
            if session is None:
                return None
            arrivals = session.process.frames.arrivals()
            self._last_id = max([self._last_id] + [one.id for one in arrivals])
        return session.process.end(ended)

    def _publish(self) -> None:
        session = self._session
        opened = {} if session is None else session.opened
        rate = Rate() if session is None else session.rate
        before = self.status
        self.status = after = CameraStatus(
            state=self._health.state,
            source=self._source.uri,
            detail=self._health.detail,
            width_px=opened.get("width_px"),
            height_px=opened.get("height_px"),
            fps=rate.fps,
            frames=self._last_id,
            restarts=max(0, self._starts - 1),
            pid=None if session is None else session.process.pid,
            pipeline=opened.get("pipeline"),
            longest_gap_s=rate.longest_gap_s,
            repeats=rate.repeats,
        )
        if after.state != before.state:
            level = logging.INFO if after.state == State.HEALTHY else logging.WARNING
            logger.log(level, "camera %s is %s: %s", after.source, after.state.value, after.detail)
        if (after.state, after.detail) != (before.state, before.detail):
            self._on_state(after)


_REACTIONS = {
    "ready": CaptureSupervisor._gstreamer_loaded,
    "streaming": CaptureSupervisor._source_opened,
    "frame": CaptureSupervisor._frame_arrived,
    "eof": CaptureSupervisor._video_ended,
}
