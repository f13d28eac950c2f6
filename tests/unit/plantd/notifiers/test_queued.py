"""The queue and the thread that every notifier has."""

import threading
from typing import Iterator, List

import pytest
from support.verdict_json import verdict_json

from plantd.notifiers.queued import NotDelivered, Notice, QueuedNotifier

TIMEOUT_S = 30


class Gate(QueuedNotifier):
    """Delivers when it is let; keeps what it got."""

    def __init__(self) -> None:
        super().__init__("gate", 2)
        self.entered, self.let = threading.Semaphore(0), threading.Semaphore(0)
        self.seqs: List[int] = []
        self.error: "Exception | None" = None

    def deliver(self, notice: Notice) -> None:
        self.entered.release()
        assert self.let.acquire(timeout=TIMEOUT_S)
        if self.error is not None:
            raise self.error
        self.seqs.append(notice.event["seq"])

    def abort(self) -> None:
        self.let.release()


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate() as gate:
        yield gate


def let_all(gate: Gate) -> None:
    for _ in range(10):
        gate.let.release()
    gate.close()


def test_a_full_queue_loses_its_oldest(gate: Gate) -> None:
    gate.send(verdict_json(1))
    assert gate.entered.acquire(timeout=TIMEOUT_S)
    for seq in (2, 3, 4):
        gate.send(verdict_json(seq))
    let_all(gate)
    assert gate.seqs == [1, 3, 4]
    assert gate.status().dropped == 1


def test_only_verdicts_are_delivered(gate: Gate) -> None:
    gate.send({"schema": 1, "type": "telemetry"})
    gate.send(verdict_json(1))
    let_all(gate)
    assert gate.seqs == [1]
    assert gate.dropped == 0


@pytest.mark.parametrize("error", [NotDelivered("nobody there"), RuntimeError("nobody there")])
def test_what_fails_is_counted_told_and_not_the_last(gate: Gate, error: Exception) -> None:
    gate.error = error
    gate.send(verdict_json(1))
    gate.let.release()
    assert gate.entered.acquire(timeout=TIMEOUT_S)
    gate.send(verdict_json(2))
    assert gate.entered.acquire(timeout=TIMEOUT_S)
    told = gate.status()
    assert (told.ok, told.failed, told.delivered) == (False, 1, 0)
    assert "nobody there" in told.detail
    gate.error = None
    let_all(gate)
    assert gate.status()[1:6] == (True, "", 1, 1, 0)


def test_what_hangs_is_aborted_by_closing_and_the_rest_dropped(gate: Gate) -> None:
    gate.send(verdict_json(1))
    assert gate.entered.acquire(timeout=TIMEOUT_S)
    gate.send(verdict_json(2))
    gate.close()
    assert gate.seqs == [1]
    assert gate.dropped == 1
