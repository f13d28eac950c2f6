"""Starts models.proof and tells what came of it. Needs no numpy: only its child does."""

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any, Dict, List, Optional, Sequence, Tuple

from plantd.config import Config
from plantd.config.schema.keys import KEYS
from plantd.config.text import override
from plantd.errors import EX_DATAERR, BundleError, EngineError, PlantdError
from plantd.models.privileges import as_owner_of
from plantd.system.child_environment import child_environment

# A model that has not proven itself by then never will; on a slow card loading takes a minute.
TIMEOUT_S = 900.0
STOPPING = "plantd is stopping; start it again, then activate the model"
_SECTIONS = ("engine", "paths")


class Prover:
    """Proves one bundle at a time in a child process, for one configuration."""

    def __init__(self, config: Config, timeout_s: float = TIMEOUT_S) -> None:
        """Args: what says which engine is to be proven; how long that may take."""
        self._settings = settings_of(config)
        self._models = os.path.join(config.paths.state, "models")
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._child: Optional["subprocess.Popen[bytes]"] = None
        self._closed = False

    def check(self, path: str) -> Tuple[str, str]:
        """Return name and version of a bundle whose hashes are right. Raises BundleError."""
        facts = self.facts(path)
        return str(facts["name"]), str(facts["version"])

    def facts(self, path: str) -> Dict[str, Any]:
        """Return name, version, created, calibrated, the graph's sha256, and of how many plants it
        says where (placed) and when (seasonal) they grow. Raises as `check`."""
        return self._ask("check", path)

    def prove(self, path: str) -> Dict[str, Any]:
        """Return facts of a bundle that answers its golden pictures as it should.

        Raises BundleError when it does not, EngineError when the engine cannot be opened, dies or
        takes too long.
        """
        return self._ask("prove", path)

    def close(self) -> None:
        """End what is being proven; nothing is proven afterwards. Safe from any thread."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()

    def _ask(self, act: str, path: str) -> Dict[str, Any]:
        command = [
            sys.executable,
            "-m",
            "plantd.models.self_test_child",
            act,
            path,
        ] + self._settings
        child = self._start(command)
        try:
            out, err = child.communicate(timeout=self._timeout_s)
        except subprocess.TimeoutExpired as error:
            child.kill()
            child.communicate()
            raise EngineError(
                "the self-test of {} did not end within {:.0f} s".format(path, self._timeout_s)
            ) from error
        finally:
            with self._lock:
                self._child = None
        if self._closed:
            raise EngineError(STOPPING)
        return _answer(path, child.returncode, out, err)

    def _start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise EngineError(STOPPING)
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(),
                preexec_fn=as_owner_of(self._models),
            )
            return self._child


def settings_of(config: Config) -> List[str]:
    """Return what the child must know of the configuration, as its arguments."""
    arguments: List[str] = []
    for key in KEYS.values():
        if key.section in _SECTIONS:
            arguments += ["--set", override(key, key.of(config))]
    return arguments


def _answer(path: str, code: int, out: bytes, err: bytes) -> Dict[str, Any]:
    answer = _last_object(out.decode("utf-8", "replace"))
    if code == 0 and "name" in answer:
        return answer
    if code != 0 and "error" in answer:
        kind = BundleError if code == EX_DATAERR else EngineError
        raise kind(str(answer["error"]))
    raise _death(path, code, err)


def _last_object(out: str) -> Dict[str, Any]:
    """Return the last line that is a JSON object: libraries write there too, also at the end."""
    for line in reversed(out.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _death(path: str, code: int, err: bytes) -> PlantdError:
    if code == -signal.SIGKILL:
        return EngineError(
            "the self-test of {} was killed, as the kernel does when memory is short; close other "
            "programs, or stop the service first".format(path)
        )
    how = "ended with code {}".format(code)
    if code < 0:
        how = "was ended by signal {} ({})".format(-code, signal.Signals(-code).name)
    last = err.decode("utf-8", "replace").strip().splitlines()[-1:]
    return EngineError(
        "the self-test of {} {}{}; the engine cannot run this model here".format(
            path, how, ": " + last[0] if last else ""
        )
    )
