"""plantd-cli model: install, list, activate, rollback, remove. Loads no numpy: children do that."""

import argparse
import os
from typing import Any, Callable, Dict, List, Mapping, Optional

from plantd.api.client import Client
from plantd.cli.verdict_lines import model_lines
from plantd.config import Config, file
from plantd.errors import EX_OK, AccessError, UnavailableError
from plantd.models.installing import install as install_bundle
from plantd.models.plan_build import PlanBuild
from plantd.models.self_test_process import Prover
from plantd.models.signature import SignatureCheck
from plantd.models.store import ModelStore
from plantd.system.terminal import Terminal, wrapped

Json = Dict[str, Any]

# Proving and opening a model takes as long as it takes; the service keeps its own deadlines.
PATIENCE_S = 1800.0
DOING = {
    "room": "unpacking",
    "staged": "checking the signature, if one is asked for",
    "vouched": "checking hashes, labels and shapes",
    "checked": "building the plan, if the engine needs one",
    "built": "testing the model on its golden pictures",
}


def act(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Do what the action says."""
    return ACTIONS[asked.action](asked, client, terminal)


def _list(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the model that answers and what is installed; the latter also without a service."""
    try:
        hello = client.get("/v1/hello")
    except UnavailableError as error:
        terminal.complain(str(error))
        store = ModelStore(_config(asked).paths.state)
        if not store.may_be_seen():
            raise AccessError(
                "{} may not be read by this user: sudo plantd-cli model list".format(store.folder)
            ) from error
        hello = {"models": store.listing().to_json()}
    if asked.json:
        terminal.json({"model": hello.get("model"), "models": hello.get("models")})
        return EX_OK
    if "model" in hello:
        terminal.lines([*model_lines(hello["model"]), "", "installed:"])
    terminal.lines(store_lines(hello.get("models")))
    return EX_OK


def _install(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Put a bundle in the store, and make it active unless told otherwise."""
    config = _config(asked)
    store, prover = ModelStore(config.paths.state), Prover(config)
    build = PlanBuild(config) if config.engine.backend == "tensorrt" else None
    installed = install_bundle(
        asked.path,
        store,
        prover,
        build,
        lambda step: terminal.progress(DOING.get(step, step) + " ..."),
        vouch=SignatureCheck(config.model, asked.unsigned, terminal.complain),
    )
    terminal.quiet()
    if not asked.json:
        known = "is installed" if installed.new else "was installed already, byte for byte"
        signed = "; signed by " + installed.signer if installed.signer else ""
        terminal.line("{} {}{}".format(installed.name, known, signed))
    if asked.no_activate:
        if asked.json:
            terminal.json(
                {
                    "installed": installed.name,
                    "signer": installed.signer or None,
                    **store.listing().to_json(),
                }
            )
        return EX_OK
    return _become(installed.name, asked, client, terminal, config)


def _activate(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Make an installed model the one that answers."""
    return _become(asked.name, asked, client, terminal, None)


def _rollback(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Go back to the model before this one."""
    return _become(None, asked, client, terminal, None)


def _remove(asked: argparse.Namespace, _client: Client, terminal: Terminal) -> int:
    """Take a model off the disk that is not in use. The service has no part in it."""
    config = _config(asked)
    store = ModelStore(config.paths.state)
    store.remove(asked.name, config.model.bundle, asked.force)
    listing = store.listing().to_json()
    if asked.json:
        terminal.json({"removed": asked.name, **listing})
    else:
        terminal.lines(["{} is removed".format(asked.name), *store_lines(listing)])
    return EX_OK


def _become(
    name: Optional[str],
    asked: argparse.Namespace,
    client: Client,
    terminal: Terminal,
    config: Optional[Config],
) -> int:
    """Let the service change the model; without a service do it here. None: the one before."""
    terminal.progress("the model is being proven and loaded ...")
    if _answers(client):
        patient = Client(client.socket_path, PATIENCE_S)
        body = {} if name is None else {"name": name}
        listing = patient.post("/v1/model/" + ("rollback" if name is None else "activate"), body)
    else:
        listing = _become_here(name, config or _config(asked))
        terminal.complain(
            "no service answers on {}; it takes the model at its next start".format(
                client.socket_path
            )
        )
    terminal.quiet()
    if asked.json:
        terminal.json(listing)
    else:
        terminal.lines(store_lines(listing))
    return EX_OK


def _become_here(name: Optional[str], config: Config) -> Json:
    store = ModelStore(config.paths.state)
    chosen = store.before() if name is None else name
    Prover(config).prove(store.path_of(chosen))
    store.activate(chosen, presses=0 if name is None else config.model.trial_presses)
    return store.listing().to_json()


def _answers(client: Client) -> bool:
    try:
        client.get("/v1/hello")
    except UnavailableError:
        return False
    return True


def _config(asked: argparse.Namespace) -> Config:
    return file.load(file.path_in_use(asked.config, os.environ)).config


def store_lines(models: Optional[Json]) -> List[str]:
    """Return the installed models, one a line, with what each of them is."""
    if not models:
        return []
    notes = {models.get("previous"): "before", models.get("active"): "active"}
    names = list(models.get("installed") or ())
    names += [name for name in notes if name is not None and name not in names]
    lines = [line for name in names for line in wrapped(notes.get(name, ""), str(name), 8)]
    return lines or ["no model is installed; see: plantd-cli model install --help"]


ACTIONS: Mapping[str, Callable[[argparse.Namespace, Client, Terminal], int]] = {
    "list": _list,
    "install": _install,
    "activate": _activate,
    "rollback": _rollback,
    "remove": _remove,
}
