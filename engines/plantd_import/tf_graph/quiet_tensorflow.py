"""TensorFlow writes lines of its own to stderr when it is loaded; they are kept out of ours."""

import logging
import os


def tensorflow_quietly() -> None:
    """Load TensorFlow without its greetings; errors of the import itself are still raised.

    The greetings come from C++ before any logging level applies, so the descriptor itself is
    pointed elsewhere while it loads.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
