"""A process that installs a bundle and activates it, and kills itself after one step.

python3 -m support.installing_victim STATE SOURCE STEP
"""

import os
import signal
import sys
from typing import List

from plantd.config import Config, EngineConfig, PathsConfig
from plantd.models.installing import install
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore


def main(state: str, source: str, last: str) -> None:
    """Say each step; end by SIGKILL after the one called `last`."""
    seen: List[str] = []

    def step(name: str) -> None:
        seen.append(name)
        sys.stdout.write(name + "\n")
        sys.stdout.flush()
        if name == last:
            os.kill(os.getpid(), signal.SIGKILL)

    config = Config(engine=EngineConfig(threads=1), paths=PathsConfig(state=state))
    store = ModelStore(state)
    installed = install(source, store, Prover(config), step=step)
    step("installed")
    store.activate(installed.name, step)
    step("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
