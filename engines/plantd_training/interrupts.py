"""Ctrl-C while a network trains: it waits for the end of a batch, where nothing swallows it.

Python raises KeyboardInterrupt wherever it stands. Inside TensorFlow that may be a finalizer, which
prints a traceback and goes on, and the training with it.
"""

import signal
import threading
from types import TracebackType
from typing import Any, Optional, Type

import keras


class HeldInterrupts(keras.callbacks.Callback):  # type: ignore[misc]  # no types
    """A callback of Keras that ends a batch with KeyboardInterrupt if SIGINT came before.

    A context: within it SIGINT is kept, a second one is raised at once. Signals reach the main
    thread only; elsewhere nothing is held.
    """

    def __init__(self) -> None:
        super().__init__()
        self._came = False
        self._before: Any = None

    def __enter__(self) -> "HeldInterrupts":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._keep)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise KeyboardInterrupt if SIGINT came."""
        if self._came:
            raise KeyboardInterrupt

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        """See keras.callbacks.Callback."""
        self.check()

    def on_test_batch_end(self, *_: Any, **__: Any) -> None:
        """See keras.callbacks.Callback."""
        self.check()

    def _keep(self, *_: Any) -> None:
        if self._came:
            raise KeyboardInterrupt
        self._came = True
