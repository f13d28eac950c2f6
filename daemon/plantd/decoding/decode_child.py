"""The process that decodes: `python3 -m plantd.decoding.decode_child JOB`, JOB in JSON.

How this works. It says "ready" once its libraries are loaded. Then each line on standard input is
one picture, whose bytes lie in the file `fd`; its pixels take their place there, and one line of
JSON says their shape, or what is wrong. Without a picture for `idle_s` it ends with 0.
"""

from plantd import picture  # isort: skip  # First: OpenCV before numpy, as everywhere.

import json
import os
import resource
import select
import sys
from typing import Any, Dict

import numpy as np

from plantd.errors import EX_OK, PictureError
from plantd.system.parent import die_with

PICTURE = "picture"
MEMORY = "memory"
ROOM = "room"
_NICENESS = 5


def main() -> int:
    """Decode until there is nothing to decode; return the exit code."""
    job = json.loads(sys.argv[1])
    die_with(job["parent_pid"])
    # A press that is being answered goes before a picture that was sent in.
    os.nice(_NICENESS)
    _limit_memory(job["memory_bytes"])
    _say({"ready": True})
    while select.select([0], [], [], job["idle_s"])[0] and os.read(0, 64):
        _say(_answer(job["fd"]))
    return EX_OK


def _answer(fd: int) -> Dict[str, Any]:
    try:
        pixels = picture.decode(_read(fd))
    except PictureError as error:
        return {"error": PICTURE, "message": str(error)}
    except MemoryError:
        return {"error": MEMORY}
    try:
        _write(fd, pixels)
    except OSError as error:
        return {"error": ROOM, "message": error.strerror}
    return {"shape": pixels.shape}


def _limit_memory(memory_bytes: int) -> None:
    """Allow so much more memory than the libraries take already; leave no core of a picture."""
    with open("/proc/self/statm", encoding="ascii") as file:
        now_bytes = int(file.read().split()[0]) * resource.getpagesize()
    most = now_bytes + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(fd: int) -> bytes:
    os.lseek(fd, 0, os.SEEK_SET)
    with open(fd, "rb", closefd=False, buffering=0) as file:
        return file.readall()


def _write(fd: int, pixels: np.ndarray) -> None:
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    left = pixels.data.cast("B")
    while left:
        left = left[os.write(fd, left) :]


def _say(answer: Dict[str, Any]) -> None:
    os.write(1, json.dumps(answer).encode("ascii") + b"\n")


if __name__ == "__main__":
    sys.exit(main())
