"""What a child process of ours does so that it never outlives the service."""

import ctypes
import os
import signal

from plantd.errors import EX_OK

# Source: linux/prctl.h
_PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int) -> None:
    """Let the kernel end this process when `parent_pid` ends, and at once if it has.

    The service decides when its children end: the terminal's and systemd's signals are left to it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(EX_OK)
