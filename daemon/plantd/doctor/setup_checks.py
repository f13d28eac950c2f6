"""Configuration, libraries and rights: what an installation gets wrong."""

import os
import sys
from typing import Dict, List, Tuple

from plantd.api.appliance import Check
from plantd.config import Config
from plantd.config.displays import is_on_i2c, is_on_spi
from plantd.config.file import DEFAULT_PATH
from plantd.config.forms.camera_source import CSI, V4L2, parse_source
from plantd.doctor.probes import (
    AS_ROOT,
    FAILED,
    OK,
    SERVICE_USER,
    UNSEEN,
    WARNING,
    Checked,
    Probes,
    last_line,
)
from plantd.errors import ConfigError
from plantd.system.libraries import remedy as remedy_of

INSTALL = "make install, in plantd's folder"
# cv2 first: imported late it may find no room for its thread-local storage (opencv #14884).
_IMPORT = """
import cv2, importlib, sys
print(getattr(importlib.import_module(sys.argv[1]), "__version__", "of unknown version"))
"""


def config(probes: Probes) -> Checked:
    """The configuration says what can be done."""
    if probes.problems:
        more = len(probes.problems) - 1
        seen = probes.problems[0] + (" (and {} more)".format(more) if more else "")
        yield Check("config", FAILED, seen, "plantd check-config names every problem")
        return
    if not probes.path:
        yield Check(
            "config",
            WARNING,
            "no configuration at {}: the defaults hold".format(DEFAULT_PATH),
            "plantd show-config --documented > {}".format(DEFAULT_PATH),
        )
        return
    over = " over {}".format(probes.site) if probes.site else ""
    yield Check("config", OK, "{}{} is good".format(probes.path, over))


def python(probes: Probes) -> Checked:
    """The interpreter that everything below is tried with."""
    seen = "Python {}.{}.{} at {}, on {}".format(
        *sys.version_info[:3], sys.executable, probes.machine or "an unknown machine"
    )
    yield Check("python", OK, seen)


def libraries(probes: Probes) -> Checked:
    """Every library that the configuration needs, imported after cv2 as the service does it."""
    for name, remedy in libraries_of(probes.known, probes.is_jetson):
        done = probes.run([sys.executable, "-c", _IMPORT, name])
        ident = "library." + name
        if done is None:
            yield Check(ident, FAILED, "no answer from Python within its time", remedy)
        elif done.code < 0:
            said = "importing it ends Python by signal {}".format(-done.code)
            yield Check(ident, FAILED, said, "export OPENBLAS_CORETYPE=ARMV8 on a Jetson")
        elif done.code != 0:
            yield Check(ident, FAILED, last_line(done.err), _remedy_of_import(done.err, remedy))
        elif name == "cv2" and probes.is_jetson and last_line(done.out).startswith("3."):
            said = "OpenCV {}: Ubuntu's hides JetPack's".format(last_line(done.out))
            yield Check(ident, FAILED, said, "sudo apt-get remove python3-opencv; then " + remedy)
        else:
            yield Check(ident, OK, "{} {}".format(name, last_line(done.out)))


def libraries_of(config: Config, l4t: bool = False) -> List[Tuple[str, str]]:
    """Return what must be importable, with what installs it."""
    names = ["cv2", "numpy", "yaml", "aiohttp"]
    if config.engine.backend == "onnxruntime":
        names.append("onnxruntime")
    if config.engine.backend == "tensorrt":
        names += ["tensorrt", "pycuda"]
    if "gpiochip" in (config.button.driver, config.light.driver):
        names.append("periphery")
    needed: Dict[str, str] = {name: remedy_of(name, l4t) for name in names}
    if config.button.driver == "jetson":
        needed["Jetson.GPIO"] = "pip install Jetson.GPIO"
    if config.telemetry.source == "jtop":
        needed["jtop"] = "pip install jetson-stats, in the version of the jtop service"
    return list(needed.items())


def _remedy_of_import(err: str, remedy: str) -> str:
    if "static TLS" in err:
        return "another library took the room that cv2 needs: import cv2 first, start nothing else"
    return remedy


def user(probes: Probes) -> Checked:
    """The service's own user."""
    seen = probes.user()
    if seen.name:
        yield Check("user", OK, "{}, in {}".format(seen.name, ", ".join(sorted(seen.groups))))
    else:
        yield Check(
            "user",
            WARNING,
            "there is no user {}; the rights below are those of whoever asks".format(SERVICE_USER),
            INSTALL,
        )


def groups(probes: Probes) -> Checked:
    """The groups that give the configured devices."""
    seen = probes.user()
    for group, why in groups_of(probes.known):
        ident = "group." + group
        who = seen.name or "this user"
        if seen.uid == 0:
            yield Check(ident, OK, "root needs no group ({})".format(why))
        elif group in seen.groups:
            yield Check(ident, OK, "{} is in {} ({})".format(who, group, why))
        else:
            yield Check(
                ident,
                FAILED,
                "{} is not in group {}, which {} needs".format(who, group, why),
                "sudo usermod -aG {} {}; sudo systemctl restart plantd".format(
                    group, seen.name or "$USER"
                ),
            )


def groups_of(config: Config) -> List[Tuple[str, str]]:
    """Return the groups that are needed, and for what."""
    needed: Dict[str, str] = {}
    try:
        kind = parse_source(config.camera.source).kind
    except ConfigError:
        kind = ""
    if kind in (CSI, V4L2):
        needed["video"] = "the camera"
    if config.engine.backend == "tensorrt":
        needed["video"] = "the GPU"
    if config.button.driver in ("gpiochip", "jetson"):
        needed["gpio"] = "the button"
    if config.light.driver == "gpiochip":
        needed.setdefault("gpio", "the light")
    if is_on_spi(config.display):
        needed.setdefault("gpio", "the display")
    if is_on_i2c(config.display):
        needed.setdefault("i2c", "the display")
    if config.button.driver == "evdev":
        needed["input"] = "the button"
    if config.telemetry.source == "jtop":
        needed["jtop"] = "telemetry.source: jtop"
    return list(needed.items())


def openblas(probes: Probes) -> Checked:
    """numpy 1.19 can die of an illegal instruction on a Jetson without OPENBLAS_CORETYPE."""
    if probes.machine != "aarch64":
        yield Check("openblas", OK, "not needed on {}".format(probes.machine or "this machine"))
        return
    unit = probes.run(["systemctl", "cat", "plantd.service"]) if probes.has_systemd else None
    places = {
        "the unit": unit is not None and "OPENBLAS_CORETYPE" in unit.out,
        "this shell": bool(probes.environ.get("OPENBLAS_CORETYPE")),
    }
    found = [place for place, is_set in places.items() if is_set]
    if found:
        yield Check("openblas", OK, "OPENBLAS_CORETYPE is set in " + " and ".join(found))
        return
    yield Check(
        "openblas",
        WARNING,
        "OPENBLAS_CORETYPE is not set: numpy may die of an illegal instruction",
        "export OPENBLAS_CORETYPE=ARMV8 (the shipped unit does)",
    )


def directories(probes: Probes) -> Checked:
    """The directories that are written to: there, and the service's."""
    for name, path in probes.known.paths._asdict().items():
        ident = "directory." + name
        try:
            allowed = probes.may(path, os.W_OK | os.X_OK)
        except PermissionError:
            yield Check(ident, UNSEEN, "{} cannot be looked at by this user".format(path), AS_ROOT)
            continue
        except OSError:
            yield Check(
                ident,
                WARNING,
                "{} is not there yet: starting the service makes it".format(path),
                "sudo systemctl start plantd",
            )
            continue
        if allowed:
            yield Check(ident, OK, "{} may be written to".format(path))
        else:
            yield Check(
                ident,
                FAILED,
                "{} may not be written to by {}".format(path, probes.user().name or "this user"),
                "sudo chown -R {0}:{0} {1}".format(SERVICE_USER, path),
            )
