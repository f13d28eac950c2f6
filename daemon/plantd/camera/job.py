"""What keeper and capture process say to each other: a job in, events out. No cv2, no numpy.

How this works: the job is one JSON argument. Back comes a pipe of lines: an empty line for
each frame, and a JSON object for all else. Frames' lines are dropped when the pipe is full:
the frames themselves are in shared memory.
"""

import json
import os
import select
from typing import Any, Dict, List, NamedTuple, Tuple

_LINE_BYTES = 2048  # below PIPE_BUF, so that a line is written whole or not at all
_TEXT_CHARS = 300


class CaptureJob(NamedTuple):
    """All a capture process needs to know.

    Attributes:
        pipelines: candidates, the best first.
        frames_fd, slot_bytes: the shared memory.
        events_fd: where events go.
        first_id: the id of the first frame.
        watch_repeats: whether identical frames are noticed.
        look_every_s: how often a frame is looked at that nobody asks for.
        start_again_at_end: whether the end of the source is no fault.
        parent_pid: the process to die with.
        kind, target, run_dir, width_px, height_px, fps, hold_s, seed: what `prepare` needs.
    """

    pipelines: Tuple[str, ...]
    frames_fd: int
    slot_bytes: int
    events_fd: int
    first_id: int
    watch_repeats: bool
    look_every_s: float
    start_again_at_end: bool
    parent_pid: int
    kind: str
    target: str
    run_dir: str
    width_px: int
    height_px: int
    fps: int
    hold_s: float
    seed: int


def json_from_job(job: CaptureJob) -> str:
    """Return the job as one JSON argument."""
    return json.dumps(job._asdict())


def job_from_json(text: str) -> CaptureJob:
    """Return the job that `json_from_job` wrote."""
    fields = json.loads(text)
    fields["pipelines"] = tuple(fields["pipelines"])
    return CaptureJob(**fields)


class Reporter:
    """The capture process's end of the pipe. Raises BrokenPipeError when the keeper is gone."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        os.set_blocking(fd, False)

    def tick(self) -> None:
        """Say that a frame arrived; dropped when nobody reads."""
        try:
            os.write(self._fd, b"\n")
        except BlockingIOError:
            return

    def event(self, name: str, **facts: object) -> None:
        """Say that something else happened; waits until there is room for it."""
        short = {key: _short(value) for key, value in facts.items()}
        line = json.dumps(dict(short, event=name)).encode("ascii") + b"\n"
        if len(line) > _LINE_BYTES:
            line = json.dumps({"event": name}).encode("ascii") + b"\n"
        while True:
            try:
                os.write(self._fd, line)
                return
            except BlockingIOError:
                select.select([], [self._fd], [])


class Lines:
    """Splits what arrives on a pipe into whole lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> List[bytes]:
        """Given the next bytes, return the lines they complete."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()[-_LINE_BYTES:]
        return lines


def event_from_line(line: bytes) -> Dict[str, Any]:
    """Return an event; a tick is {"event": "frame"}."""
    if not line:
        return {"event": "frame"}
    event = json.loads(line.decode("ascii"))
    assert isinstance(event, dict)
    return event


def _short(value: object) -> object:
    return value[:_TEXT_CHARS] if isinstance(value, str) else value
