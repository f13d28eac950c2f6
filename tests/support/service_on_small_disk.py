"""The whole service on a disk that fills up and becomes read-only; run by support.small_disk."""

import os
import shutil
import subprocess
import tempfile
from typing import Any, Dict

from running import RunningService

from support import tiny_bundle


def full_and_read_only(disk: str) -> Dict[str, Any]:
    """Press on a disk with room, without, with room again, read-only; tell what came of it."""
    directory = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    sections = {
        "camera": {"source": "test://plant", "fps": 20, "press_timeout_s": 5.0},
        "model": {"bundle": tiny_bundle.make(directory + "/tiny")},
        "engine": {"threads": 1},
        "record": {"reserve_mb": 0, "commit_timeout_ms": 5000},
        "paths": {"state": disk + "/state"},
        "telemetry": {"interval_s": 0.2},
    }
    seen: Dict[str, Any] = {}
    try:
        with RunningService(directory, sections) as service:

            def press(name: str) -> None:
                verdict = service.client.post("/v1/capture")
                checks = {c["id"]: c for c in service.client.health()["checks"]}
                seen[name] = {
                    "seq": verdict["seq"],
                    "recorded": verdict["recorded"],
                    "state": service.client.get("/v1/status")["record"]["state"],
                    "health": checks["record"]["state"] if "record" in checks else "ok",
                    "disk": checks["disk.state"]["state"],
                }

            press("with room")
            fill(disk + "/filler")
            press("full")
            os.unlink(disk + "/filler")
            press("with room again")
            seen["first exit code"] = service.stop()
            # What is open for writing keeps a disk from being remounted.
            remount(disk, "ro")
            service.start()
            press("read-only")
            remount(disk, "rw")
            press("writable again")
            seen["exit code"] = service.stop()
    finally:
        shutil.rmtree(directory)
    return seen


def fill(path: str) -> None:
    """Take every byte that is left."""
    with open(path, "wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while filler.write(bytes(size)):
                    pass
            except OSError:
                continue


def remount(disk: str, how: str) -> None:
    """Make the disk read-only or writable."""
    subprocess.check_call(["mount", "-o", "remount," + how, disk])
