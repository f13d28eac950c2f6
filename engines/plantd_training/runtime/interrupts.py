"""Ctrl-C while a network trains: it waits for the end of a batch, where nothing swallows it.

Python raises KeyboardInterrupt wherever it stands. Inside TensorFlow that may be a finalizer, which
prints a traceback and goes on, and the training with it.
"""

import signal
import threading
from typing import Any

import keras

from plantd.system.lifetime import Openable


class HeldInterrupts(keras.callbacks.Callback, Openable):  # type: ignore[misc]  # no types
    """A callback of Keras that ends a batch with KeyboardInterrupt if SIGINT came before.

    While it is open, SIGINT is kept; a second one is raised at once. Signals reach the main thread
    only; elsewhere nothing is held.
    """

    def __init__(self) -> None:
        super().__init__()
        self._came = False
        self._before: Any = None

    def open(self) -> None:
        """Keep SIGINT from here on."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._keep)

    def close(self) -> None:
        """Let SIGINT do what it did before; raise KeyboardInterrupt if one came."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
        self._check()

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        """See keras.callbacks.Callback."""
        self._check()

    def on_test_batch_end(self, *_: Any, **__: Any) -> None:
        """See keras.callbacks.Callback."""
        self._check()

    def _check(self) -> None:
        if self._came:
            raise KeyboardInterrupt

    def _keep(self, *_: Any) -> None:
        self._check()
        self._came = True
