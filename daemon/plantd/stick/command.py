"""`python3 -m plantd.stick.command MOUNTED [DEVICE]`: what plantd-stick@.service runs, as its user.

The stick is mounted already, read-only; nothing here mounts, and nothing of the stick is run.
"""

import argparse
import logging
import os
import signal
import sys
from functools import partial
from typing import NoReturn, Optional, Sequence

from plantd import command_line
from plantd.api.client import Client
from plantd.api.stick_news import StickNews
from plantd.command_line import Parser, VisibleFormatter
from plantd.config import Config, file
from plantd.errors import EX_OK, EX_TEMPFAIL, UnavailableError
from plantd.models.installing import install
from plantd.models.plan_build import PlanBuild
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore
from plantd.stick.belonging import use_by_the_system
from plantd.stick.mounted import make_sure_it_is_mounted
from plantd.stick.taking import Hands, take
from plantd.stick.telling import Telling
from plantd.stick.vouching import signature_check, vouched

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 10.0
# As plantd-cli model waits: a model is proven for as long as it takes.
PATIENCE_S = 1800.0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Look at a stick and do what it and a finger ask for; return the exit code."""
    return command_line.run(parser(), _take, argv)


def parser() -> Parser:
    """Return the parser."""
    top = Parser(prog="plantd-stick", description=__doc__)
    top.add_argument("mounted", type=command_line.path, metavar="MOUNTED", help="where it lies")
    top.add_argument("device", nargs="?", metavar="DEVICE", help="what must be mounted there")
    top.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    return top


def _take(asked: argparse.Namespace) -> int:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(VisibleFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    signal.signal(signal.SIGTERM, _end)
    config = file.load(file.path_in_use(asked.config, os.environ)).config
    if not config.model.stick_s:
        logger.info("model.stick_s is 0: the stick is not looked at")
        return EX_OK
    its_own = asked.device is not None and use_by_the_system(asked.device)
    if its_own:
        logger.info("%s belongs to the system and is left alone: %s", asked.device, its_own)
        return EX_OK
    with Telling(partial(_post, Client(config.socket_path, ASK_TIMEOUT_S))) as telling:
        take(asked.mounted, hands_of(config, telling, asked.device))
    return EX_OK


def hands_of(config: Config, telling: Telling, device: Optional[str]) -> Hands:
    """Return what is done on this box with a device, None for a folder that is no mount."""
    store = ModelStore(config.paths.state)
    build = PlanBuild(config) if config.engine.backend == "tensorrt" else None
    patient = Client(config.socket_path, PATIENCE_S)

    def say(line: str) -> None:
        logger.info("%s", line)

    def make_sure(mounted: str) -> None:
        if device is not None:
            make_sure_it_is_mounted(device, mounted)

    return Hands(
        telling,
        make_sure,
        lambda path: vouched(path, store, signature_check(config.model, say)),
        lambda path: install(
            path,
            store,
            Prover(config),
            build,
            lambda step: say("installing: {}".format(step)),
            vouch=signature_check(config.model, say),
        ),
        lambda name: _activate(patient, name),
        say,
        config.model.stick_s,
    )


def _activate(client: Client, name: str) -> None:
    try:
        client.post("/v1/model/activate", {"name": name})
    except UnavailableError as error:
        raise UnavailableError(
            "{} is installed, and not active yet: {}; 'plantd-cli model activate {}' makes it "
            "answer".format(name, error, name)
        ) from error


def _post(client: Client, news: StickNews) -> str:
    return str(client.post("/v1/stick", news.to_json())["stick"]["state"])


def _end(_number: int, _frame: object) -> NoReturn:
    """End by an exception: systemd stops the unit when the stick is pulled out."""
    sys.exit(EX_TEMPFAIL)


if __name__ == "__main__":
    sys.exit(main())
