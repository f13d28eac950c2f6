import json
import os
from typing import Iterator, List, Tuple

import pytest

from plantd.camera.job import (
    CaptureJob,
    Lines,
    Reporter,
    event_from_line,
    job_from_json,
    json_from_job,
)

JOB = CaptureJob(
    pipelines=('multifilesrc location="/a/ü.jpg" ! appsink', "fakesrc ! appsink"),
    frames_fd=3,
    slot_bytes=4096,
    events_fd=4,
    first_id=17,
    watch_repeats=True,
    look_every_s=0.25,
    start_again_at_end=False,
    parent_pid=1,
    kind="folder",
    target="/a",
    run_dir="/run/plantd",
    width_px=640,
    height_px=480,
    fps=30,
    hold_s=2.0,
    seed=1,
)


@pytest.fixture
def pipe() -> Iterator[Tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for fd in (reading, writing):
        try:
            os.close(fd)
        except OSError:
            continue


def test_a_job_comes_back_from_its_argument() -> None:
    assert job_from_json(json_from_job(JOB)) == JOB


def test_frames_and_events_arrive_in_order(pipe: Tuple[int, int]) -> None:
    report = Reporter(pipe[1])
    report.event("ready")
    report.tick()
    report.event("streaming", width_px=640)
    lines = Lines().feed(os.read(pipe[0], 4096))
    assert [event_from_line(line) for line in lines] == [
        {"event": "ready"},
        {"event": "frame"},
        {"event": "streaming", "width_px": 640},
    ]


def test_frames_nobody_reads_are_dropped(pipe: Tuple[int, int]) -> None:
    report = Reporter(pipe[1])
    for _ in range(200000):
        report.tick()
    assert len(os.read(pipe[0], 1 << 20)) < 200000


def test_a_long_event_is_cut_and_still_whole(pipe: Tuple[int, int]) -> None:
    Reporter(pipe[1]).event("failed", detail="x" * 5000)
    (line,) = Lines().feed(os.read(pipe[0], 1 << 16))
    assert json.loads(line.decode())["detail"] == "x" * 300


def test_an_event_that_cannot_be_cut_keeps_its_name(pipe: Tuple[int, int]) -> None:
    facts = {"fact{}".format(number): "ü" * 300 for number in range(20)}
    Reporter(pipe[1]).event("failed", **facts)
    (line,) = Lines().feed(os.read(pipe[0], 1 << 16))
    assert event_from_line(line) == {"event": "failed"}


def test_a_keeper_that_is_gone_is_a_broken_pipe(pipe: Tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        Reporter(pipe[1]).event("ready")


def test_lines_may_arrive_in_pieces() -> None:
    lines = Lines()
    found: List[bytes] = []
    for piece in (b"a", b"b\nc\n", b"", b"\nd"):
        found += lines.feed(piece)
    assert found == [b"ab", b"c", b""]
