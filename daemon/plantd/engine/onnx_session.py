"""One ONNX Runtime session as the service wants it: few threads, no spinning, little memory."""

import ctypes
from typing import Any


def session_from_file(runtime: Any, path: str, threads: int) -> Any:
    """Return a session of the graph at `path`; raise whatever onnxruntime raises.

    Args:
        runtime: the module onnxruntime.
        threads: within one operator.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning thread wins milliseconds when the box is quiet and loses many when it is not.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # One block planned for all activations is larger than blocks used again one after the other.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return_freed_memory()
    return session


def return_freed_memory() -> None:
    """Give back to the system what loading has freed; where the C library cannot, do nothing.

    glibc keeps it: 110 to 160 MB beside 304 MB of weights were seen.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
