"""Plans onto the disk: whole or not at all, one builder at a time, old ones removed.

How this works: a plan's file is named by its contents, so that a new one never overwrites the one
that serves; its manifest is renamed into place last, which is the moment the new plan counts.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from typing import Any, Mapping, Optional

from plantd.engine import plan as plans
from plantd.engine.plan import Plan
from plantd.errors import BusyError, CannotWriteError
from plantd.system.durable import sync_directory
from plantd.system.lifetime import Openable

LOCK = ".lock"
WORK_START = ".building-"
NEW_END = ".new"
# How many plans of this device are kept: the active bundle's, its predecessor's and two spare.
KEPT = 4


class Store(Openable):
    """The directory of plans, locked against a second builder while it is open."""

    def __init__(self, directory: str) -> None:
        """Args: usually paths.state/engines."""
        self.directory = directory
        self._lock: Optional[Any] = None
        self.work = ""

    def open(self) -> None:
        """Lock the directory and make the work directory. Raises BusyError or CannotWriteError."""
        try:
            os.makedirs(self.directory, 0o750, exist_ok=True)
            path = os.path.join(self.directory, LOCK)
            self._lock = open(path, "a")  # noqa: SIM115 - held as long as the store
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove_work()
            self.work = tempfile.mkdtemp(prefix=WORK_START, dir=self.directory)
        except BlockingIOError as error:
            self.close()
            raise BusyError(
                "another build is writing to {}; wait for it: journalctl -fu plantd-engine".format(
                    self.directory
                )
            ) from error
        except OSError as error:
            self.close()
            raise _cannot_write(self.directory, error) from error

    def close(self) -> None:
        """Remove the work directory and let others build; may be called twice."""
        if self.work:
            shutil.rmtree(self.work, ignore_errors=True)
            self.work = ""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def keep(self, built_path: str, plan: Plan) -> Plan:
        """Take a proven plan from the work directory; return it as it lies in the store now."""
        taken = plan._replace(
            file=plan.sha256[:24] + plans.PLAN_END,
            number=1 + max([each.number for each in plans.plans_in(self.directory)] or [0]),
        )
        try:
            _sync_file(built_path)
            os.rename(built_path, os.path.join(self.directory, taken.file))
        except OSError as error:
            raise _cannot_write(self.directory, error) from error
        self._write_manifest(taken)
        self._remove_old(taken)
        return taken

    def stamp(self, plan: Plan, stamp: Mapping[str, str]) -> Plan:
        """Write a new stamp into the manifest of a plan that is still good."""
        taken = plan._replace(stamp=stamp)
        if taken != plan:
            self._write_manifest(taken)
        return taken

    def _write_manifest(self, plan: Plan) -> None:
        text = json.dumps(plans.json_from_plan(plan), indent=1, sort_keys=True)
        # The plan's own name must be on the disk before a manifest names it.
        sync_directory(self.directory)
        write_whole(os.path.join(self.directory, plan.manifest_file), text.encode("utf-8"))

    def _remove_old(self, newest: Plan) -> None:
        """Remove plans of another machine, more than enough of this one, and files of no plan."""
        found = plans.plans_in(self.directory)
        kept = [plan for plan in found if plan.key.machine == newest.key.machine][:KEPT]
        names = {plan.file for plan in kept} | {plan.manifest_file for plan in kept}
        for name in os.listdir(self.directory):
            is_ours = name.endswith((plans.PLAN_END, plans.MANIFEST_END, NEW_END))
            if is_ours and name not in names:
                os.unlink(os.path.join(self.directory, name))

    def _remove_work(self) -> None:
        """Remove what a build that was killed has left."""
        for name in os.listdir(self.directory):
            if name.startswith(WORK_START):
                shutil.rmtree(os.path.join(self.directory, name), ignore_errors=True)


def sha256_of(data: bytes) -> str:
    """Return the hex digest."""
    return hashlib.sha256(data).hexdigest()


def write_whole(path: str, data: bytes) -> None:
    """Write a file that is either there whole or not at all."""
    try:
        os.makedirs(os.path.dirname(path), 0o750, exist_ok=True)
        with open(path + NEW_END, "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        os.rename(path + NEW_END, path)
        sync_directory(os.path.dirname(path))
    except OSError as error:
        raise _cannot_write(path, error) from error


def _sync_file(path: str) -> None:
    with open(path, "rb") as source:
        os.fsync(source.fileno())


def _cannot_write(path: str, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        "{} cannot be written ({}); plans belong to user plantd: on an installed device build with "
        "systemctl start plantd-engine, elsewhere give --set paths.state=DIRECTORY".format(
            path, error.strerror
        )
    )
