"""Callers that wait for frames, woken by one thread that sleeps in poll().

How this works: callers wait on a condition without a timeout. The thread that serves them wakes
them at each frame and at the earliest of their deadlines: before Python 3.10 the timeout of a
lock follows the wall clock, and the device's may jump; poll()'s does not.
"""

import os
import select
import threading
import time
from typing import Callable, List, Optional, Sequence, TypeVar

Found = TypeVar("Found")


class FrameWaiters:
    """The callers' side and the thread's side of one condition."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.closing = False
        self.wanted_at = time.monotonic()
        self._deadlines: List[float] = []
        self._sleeps_until = 0.0
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._deadlines)

    def wait_for(self, look: Callable[[], Optional[Found]], deadline_s: float) -> Optional[Found]:
        """Return what `look` finds, asked at each wake-up; None after the deadline or the end.

        `look` runs under the lock. For callers, in any thread.
        """
        with self.lock:
            self.wanted_at = time.monotonic()
            # The thread sleeps longer than this caller can wait, or for want of a caller.
            if not self.closing and (not self._deadlines or deadline_s < self._sleeps_until):
                self._poke()
            self._deadlines.append(deadline_s)
            try:
                while True:
                    found = look()
                    if found is not None or self.closing or time.monotonic() >= deadline_s:
                        return found
                    self.lock.wait()
            finally:
                self._deadlines.remove(deadline_s)

    def end(self) -> None:
        """Let nobody wait any longer, and wake the thread so that it ends."""
        with self.lock:
            self.closing = True
            self._poke()

    def close(self) -> None:
        """Free the pipe, once the thread has ended."""
        with self.lock:
            os.close(self._wake_read)
            os.close(self._wake_write)

    def notify(self) -> None:
        """Let every caller look again. For the thread."""
        with self.lock:
            self.lock.notify_all()

    def sleep(self, fds: Sequence[int], until_s: Callable[[], float]) -> List[int]:
        """Sleep until a descriptor can be read, a caller's deadline or `until_s()`.

        Returns the descriptors that can be read. For the thread.
        """
        poll = select.poll()
        for fd in (self._wake_read, *fds):
            poll.register(fd, select.POLLIN)
        with self.lock:
            self._sleeps_until = min([until_s()] + self._deadlines)
        ready = [fd for fd, _ in poll.poll(_milliseconds(self._sleeps_until - time.monotonic()))]
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        return ready

    def _poke(self) -> None:
        try:
            os.write(self._wake_write, b"!")
        except BlockingIOError:
            return  # It is full of pokes already.


def _milliseconds(left_s: float) -> Optional[int]:
    """Rounded up: a deadline must have passed when poll() returns."""
    return None if left_s == float("inf") else max(0, int(left_s * 1000.0) + 1)
