"""A program with a step in a process of its own that takes until somebody ends it.

`python -m host.support.slow_step` prints "working" once the step runs.
"""

import signal
import sys
import threading

from plantd.command_line import INTERRUPTED
from plantd_import.importer import child


def working() -> None:
    """The step."""
    print("working", flush=True)
    threading.Event().wait(100)


def main() -> int:
    """Return as plantd-import does when it is interrupted."""
    # Who runs the tests in the background of a shell has it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        child.call(working)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
