"""The model, its plan, the unit and the socket."""

import datetime
import os
from typing import Callable, Dict, List, Optional, Tuple

from plantd.api.appliance import Check
from plantd.api.client import Client
from plantd.config import Config
from plantd.doctor.probes import (
    AS_ROOT,
    FAILED,
    OK,
    SOCKET_TIMEOUT_S,
    UNSEEN,
    WARNING,
    Checked,
    Probes,
)
from plantd.errors import AccessError, BundleError, EngineError, PlanError, PlantdError
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore

OLD_DAYS = 3 * 365
INSTALL_MODEL = "sudo plantd-cli model install PATH; or sudo plantd-cli model rollback"
NEWER = "ask for a newer one, then: sudo plantd-cli model install PATH"
# What an installation has of systemd/page.conf.
_DROP_IN = "/opt/plantd/page.conf"
_OPEN_IT = (
    "sudo install -D -m 644 {} /etc/systemd/system/plantd.service.d/page.conf; "
    "sudo systemctl daemon-reload; sudo systemctl restart plantd".format(_DROP_IN)
)
_UNIT = ("LoadState", "ActiveState", "SubState", "UnitFileState", "NRestarts", "ExecMainStatus")
_EXITS = {"69": "something is missing", "78": "its configuration is wrong"}

Today = Callable[[], datetime.date]


def bundle(probes: Probes, today: Today = datetime.date.today) -> Checked:
    """The model: whole, its hashes right, and how old it is."""
    path = probes.known.bundle_path
    try:
        os.listdir(probes.at(path))
    except PermissionError:
        yield Check("model", UNSEEN, "{} cannot be looked at by this user".format(path), AS_ROOT)
        return
    except OSError:
        pass  # the next look says what is missing
    try:
        facts = Prover(probes.known).facts(probes.at(path))
    except (BundleError, EngineError) as error:
        yield Check("model", FAILED, str(error), INSTALL_MODEL)
        return
    seen = "{} {}, made {}".format(facts["name"], facts["version"], facts["created"])
    if not facts["calibrated"]:
        seen += ", UNCALIBRATED: no error rate is promised"
    age = _age_days(str(facts["created"]), today())
    if age is not None and age > OLD_DAYS:
        yield Check("model", WARNING, "{}: {} years old".format(seen, age // 365), NEWER)
    else:
        yield Check("model", OK, seen)


def plan(probes: Probes) -> Checked:
    """TensorRT's plan for this model."""
    config = probes.known
    if config.engine.backend != "tensorrt":
        return
    from plantd.engine.plan import BUILD_IT, plans_in, read_plan

    try:
        graph = Prover(config).facts(probes.at(config.bundle_path))["graph"]
    except PlantdError:
        return  # the check of the model tells
    directory = probes.at(config.engines_path)
    plans = [each for each in plans_in(directory) if each.key.graph == graph]
    if not plans:
        seen = "no plan of the active model in {}".format(directory)
        yield Check("plan", FAILED, seen, BUILD_IT)
        return
    try:
        read_plan(directory, plans[0])
    except PlanError as error:
        yield Check("plan", FAILED, str(error), BUILD_IT)
        return
    machine = plans[0].key.machine
    yield Check(
        "plan",
        OK,
        "{} for {} with TensorRT {}, L4T {}; its hash is right".format(
            plans[0].precision, machine.gpu, machine.tensorrt, machine.l4t
        ),
    )


def store(probes: Probes) -> Checked:
    """What there is to go back to."""
    there = ModelStore(probes.at(probes.known.paths.state))
    if not there.may_be_seen():
        seen = "{} cannot be looked at by this user".format(there.folder)
        yield Check("models", UNSEEN, seen, AS_ROOT)
        return
    listing = there.listing()
    if probes.known.model.bundle:
        seen = "model.bundle is set: 'plantd-cli model activate' has no effect"
        yield Check("models", OK, seen)
        return
    before = listing.previous or "none: a rollback has nowhere to go"
    yield Check("models", OK, "{} installed; before: {}".format(len(listing.installed), before))


def unit(probes: Probes) -> Checked:
    """The service as systemd sees it."""
    if not probes.has_systemd:
        yield Check("unit", UNSEEN, "no systemd runs here", "plantd run")
        return
    asked = ["systemctl", "show", "plantd.service", "--property=" + ",".join(_UNIT)]
    done = probes.run(asked)
    if done is None or done.code != 0:
        yield Check("unit", UNSEEN, "systemctl gives no answer", "systemctl status plantd")
        return
    yield unit_check(properties(done.out.splitlines()))


def unit_check(seen: Dict[str, str]) -> Check:
    """Return what systemd's properties of the unit mean."""
    state, exit_code = seen.get("ActiveState", "?"), seen.get("ExecMainStatus", "0")
    if seen.get("LoadState") != "loaded":
        return Check("unit", WARNING, "plantd.service is not installed", "make install")
    told = "plantd.service is {} ({}), {}, restarted {} times".format(
        state, seen.get("SubState"), seen.get("UnitFileState"), seen.get("NRestarts", "?")
    )
    why = "it ended with {}{}".format(
        exit_code, ": " + _EXITS[exit_code] if exit_code in _EXITS else ""
    )
    if state == "failed":
        return Check("unit", FAILED, "{}; {}".format(told, why), "journalctl -u plantd -n 50")
    if state != "active":
        return Check("unit", WARNING, told, "sudo systemctl start plantd; journalctl -u plantd")
    if seen.get("UnitFileState") not in ("enabled", "static"):
        return Check("unit", WARNING, told, "sudo systemctl enable plantd, for the next boot")
    return Check("unit", OK, told)


def properties(lines: List[str]) -> Dict[str, str]:
    """Return `systemctl show`'s lines as a dictionary."""
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def network(probes: Probes) -> Checked:
    """Whether the unit lets the service reach the network that its configuration speaks of."""
    wanted = [key for key, value in _network_keys(probes.known) if value]
    if not wanted or not probes.has_systemd:
        return
    done = probes.run(["systemctl", "show", "plantd.service", "--property=PrivateNetwork"])
    if done is None or done.code != 0:
        return  # the check of the unit tells
    needs = " and ".join(wanted) + (" needs" if len(wanted) == 1 else " need")
    if properties(done.out.splitlines()).get("PrivateNetwork") == "yes":
        seen = "{} a network, and the unit lets plantd see none (PrivateNetwork=yes)".format(needs)
        yield Check("network", FAILED, seen, _OPEN_IT)
    else:
        yield Check("network", OK, needs + " a network, and the unit lets plantd see one")


def _network_keys(config: Config) -> Tuple[Tuple[str, object], ...]:
    return (
        ("api.http", config.api.http),
        ("mqtt.host", config.mqtt.host),
        ("hooks.url", config.hooks.url),
        ("place.gpsd", config.place.gpsd),
    )


def socket(probes: Probes) -> Checked:
    """Whether the service answers this user."""
    path = probes.at(probes.known.socket_path)
    try:
        hello = Client(path, SOCKET_TIMEOUT_S).get("/v1/hello")
    except AccessError as error:
        yield Check("socket", UNSEEN, str(error), "sudo usermod -aG plantd $USER")
        return
    except PlantdError as error:
        there = os.path.exists(path)
        seen = str(error)
        remedy = "sudo systemctl restart plantd; journalctl -u plantd"
        yield Check("socket", FAILED if there else WARNING, seen, remedy)
        return
    yield Check("socket", OK, "{} answers: plantd {}".format(path, hello.get("version")))


def _age_days(created: str, today: datetime.date) -> Optional[int]:
    try:
        year, month, day = (int(part) for part in created[:10].split("-"))
        return (today - datetime.date(year, month, day)).days
    except ValueError:
        return None
