"""A process that takes a model from a stick, agreed to at once, and kills itself after one step.

python3 -m support.stick_victim STATE KEYS MOUNTED STEP
"""

import os
import signal
import sys
from typing import List

from plantd.api.stick_news import AGREED, StickNews
from plantd.config import Config, EngineConfig, ModelConfig, PathsConfig
from plantd.models.installing import Installed, install
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore
from plantd.stick.taking import Hands, take
from plantd.stick.telling import Telling
from plantd.stick.vouching import Vouched, signature_check, vouched


def main(state: str, keys: str, mounted: str, last: str) -> None:
    """Say each step; end by SIGKILL after the one called `last`."""
    config = Config(
        engine=EngineConfig(threads=1), model=ModelConfig(keys=keys), paths=PathsConfig(state=state)
    )
    store = ModelStore(state)
    said: List[str] = []

    def step(name: str) -> None:
        sys.stdout.write(name + "\n")
        sys.stdout.flush()
        if name == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def post(news: StickNews) -> str:
        step("told " + news.state)
        return AGREED

    def look(path: str) -> Vouched:
        found = vouched(path, store, signature_check(config.model, said.append))
        step("looked")
        return found

    def take_in(path: str) -> Installed:
        check = signature_check(config.model, said.append)
        return install(path, store, Prover(config), step=step, vouch=check)

    with Telling(post) as telling:
        hands = Hands(
            telling,
            lambda _: None,
            look,
            take_in,
            lambda name: store.activate(name, step),
            step,
            60.0,
        )
        take(mounted, hands)


if __name__ == "__main__":
    main(*sys.argv[1:])
