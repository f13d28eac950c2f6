"""A record whose disk does not answer."""

import threading

from plantd.sinks.record import Record

LONG_ENOUGH_S = 20.0


def stuck(record: Record) -> threading.Event:
    """Let a record's thread do nothing until the event is set; return once it does nothing."""
    begun, answers = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        answers.wait(LONG_ENOUGH_S)

    record.ahead(wait)
    assert begun.wait(LONG_ENOUGH_S)
    return answers
