"""Camera, button, light and GPU: what is plugged in, and whether it may be used."""

import os
import shutil
from typing import List, Optional

from plantd.api.appliance import Check
from plantd.camera import diagnosis
from plantd.camera.pipelines import elements_of, pipelines_for
from plantd.config.forms.camera_source import (
    CSI,
    FAKE,
    FOLDER,
    PICTURE,
    V4L2,
    VIDEO,
    Source,
    parse_source,
)
from plantd.config.rules.lines import LIGHT_PINS
from plantd.doctor.probes import AS_ROOT, FAILED, OK, UNSEEN, WARNING, Checked, Probes
from plantd.engine.idle_gpu import idle_gpu
from plantd.errors import AccessError, CameraError, ConfigError
from plantd.gpio.pins import button_place, output_place
from plantd.notifiers.voice import APLAY, ESPEAK, PACKAGES
from plantd.system.libraries import opencv_for_pictures
from plantd.system.root_requests import POWER_OFF, RESTART_NVARGUS

EVENT_DEVICES = "ls -l /dev/input/by-id lists the devices; set button.device"
ARGUS_SOCKET = "/tmp/argus_socket"
GPU_NODES = ("/dev/nvhost-ctrl-gpu", "/dev/nvmap")


def opencv(probes: Probes) -> Checked:
    """OpenCV, for pictures, and GStreamer, for cameras."""
    facts = probes.gstreamer()
    if not facts.opencv_version:
        yield Check("opencv", FAILED, facts.problem, opencv_for_pictures(probes.is_jetson))
        return
    if not facts.usable:
        seen = "GStreamer cannot be loaded: no camera can be read"
        yield Check("opencv", FAILED, seen, diagnosis.INSTALL)
        return
    seen = "OpenCV {} and {}".format(facts.opencv_version, facts.gstreamer)
    yield Check("opencv", OK, seen)


def elements(probes: Probes) -> Checked:
    """The GStreamer elements of the configured source."""
    source = _source(probes)
    if source is None or source.kind == FAKE:
        return
    known = probes.gstreamer().elements
    try:
        candidates = pipelines_for(source, probes.known.camera, probes.known.paths.run)
        needed = ", ".join(dict.fromkeys(n for line in candidates for n in elements_of(line)))
        if known is None:
            remedy = "sudo apt-get install gstreamer1.0-tools"
            seen = "gst-inspect-1.0 is not installed: {} cannot be looked for".format(needed)
            yield Check("elements", UNSEEN, seen, remedy)
            return
        possible = pipelines_for(source, probes.known.camera, probes.known.paths.run, known)
    except CameraError as error:
        remedy = (
            "it comes with JetPack: sudo apt-get install nvidia-l4t-gstreamer"
            if source.kind == CSI
            else "sudo apt-get install gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
        )
        yield Check("elements", FAILED, str(error), remedy)
        return
    yield Check("elements", OK, ", ".join(dict.fromkeys(elements_of(possible[0]))))


def camera(probes: Probes) -> Checked:
    """The camera's device, file or daemon."""
    source = _source(probes)
    if source is None:
        return
    if source.kind == CSI:
        yield _argus(probes)
    elif source.kind in (V4L2, PICTURE, FOLDER, VIDEO):
        remedy = "ls -l /dev/v4l/by-id lists the cameras; set camera.source"
        right = os.R_OK | os.W_OK if source.kind == V4L2 else os.R_OK
        yield _node(probes, "camera", source.target, right, remedy)
    else:
        yield Check("camera", OK, "{} needs no device".format(source.uri))


def _argus(probes: Probes) -> Check:
    if not os.path.exists(probes.at(ARGUS_SOCKET)):
        seen = "{} is not there: nvargus-daemon does not run".format(ARGUS_SOCKET)
        remedy = "sudo systemctl restart nvargus-daemon; is this a Jetson?"
        return Check("camera", FAILED, seen, remedy)
    return Check("camera", OK, "nvargus-daemon has its socket; the sensor itself is not tried")


def _node(probes: Probes, ident: str, path: str, right: int, remedy: str) -> Check:
    try:
        allowed = probes.may(path, right)
    except PermissionError:
        return Check(ident, UNSEEN, "{} cannot be looked at by this user".format(path), AS_ROOT)
    except OSError as error:
        return Check(ident, FAILED, "{}: {}".format(path, error.strerror), remedy)
    if not allowed:
        who = probes.user().name or "this user"
        return Check(ident, FAILED, "{} may not be used by {}".format(path, who), INSTALL_RULES)
    return Check(ident, OK, "{} may be used".format(os.path.realpath(probes.at(path))))


INSTALL_RULES = "sudo udevadm control --reload && sudo udevadm trigger, after make install"


def button(probes: Probes) -> Checked:
    """The button's line or device."""
    config = probes.known.button
    if config.driver == "evdev":
        yield _node(probes, "button", config.device, os.R_OK, EVENT_DEVICES)
    elif config.driver == "gpiochip":
        try:
            place = button_place(config.board, config.chip, config.pin, config.line)
        except ConfigError as error:
            yield Check("button", FAILED, str(error), "plantd check-config")
            return
        yield _line(probes, "button", place.chip, place.line)
    else:
        yield Check("button", OK, "driver {}: no line is looked for".format(config.driver))


def light(probes: Probes) -> Checked:
    """The light's lines."""
    config = probes.known.light
    if config.driver != "gpiochip":
        yield Check("light", OK, "driver {}".format(config.driver))
        return
    for pin in LIGHT_PINS:
        number = getattr(config, pin)
        if number is None:
            continue
        ident = "light." + pin
        try:
            place = output_place(config.board, ident, config.chip, number)
        except ConfigError as error:
            yield Check(ident, FAILED, str(error), "plantd check-config")
            continue
        yield _line(probes, ident, place.chip, place.line)


def _line(probes: Probes, ident: str, label: str, line: int) -> Check:
    try:
        there = probes.gpio_chips()
    except AccessError as error:
        return Check(ident, UNSEEN, str(error), AS_ROOT)
    labels = ", ".join(chip.label for chip in there) or "none"
    for chip in there:
        if chip.label == label:
            if line < chip.lines:
                return Check(ident, OK, "line {} of {} ({})".format(line, label, chip.path))
            seen = "{} has {} lines; line {} is asked for".format(label, chip.lines, line)
            return Check(ident, FAILED, seen, "set another line or pin")
    seen = "no GPIO chip is labelled {}; there is {}".format(label, labels)
    return Check(ident, FAILED, seen, "set `chip` and `line` to what this machine has")


def gpu(probes: Probes) -> Checked:
    """The GPU's device nodes, where the engine needs it; else whether one is left idle."""
    if probes.known.engine.backend != "tensorrt":
        idle = idle_gpu(probes.known.engine, probes.is_jetson)
        if idle:
            told, _, helps = idle.partition("; ")
            yield Check("gpu", WARNING, told, helps)
        return
    for path in GPU_NODES if probes.is_jetson else ("/dev/nvidia0",):
        ident = "gpu." + os.path.basename(path)
        yield _node(probes, ident, path, os.R_OK | os.W_OK, "is the driver of JetPack installed?")


def root_requests(probes: Probes) -> Checked:
    """What only root may do: is somebody there to be asked?"""
    needed = requests_of(probes)
    if not needed:
        return
    words = " and ".join(needed)
    if not probes.has_systemd:
        yield Check("root-requests", WARNING, "no systemd runs: nobody grants " + words)
        return
    done = probes.run(["systemctl", "is-active", "plantd-root.path"])
    if done is not None and done.out == "active":
        yield Check("root-requests", OK, "plantd-root.path waits for " + words)
    else:
        seen = "plantd-root.path is {}: nobody grants {}".format(
            done.out if done and done.out else "not there", words
        )
        yield Check("root-requests", WARNING, seen, "sudo systemctl enable --now plantd-root.path")


def requests_of(probes: Probes) -> List[str]:
    """Return what the configuration may ask of root."""
    source = _source(probes)
    requests = [RESTART_NVARGUS] if source is not None and source.kind == CSI else []
    if probes.known.button.long_press_action == "shutdown":
        requests.append(POWER_OFF)
    return requests


def _source(probes: Probes) -> Optional[Source]:
    try:
        return parse_source(probes.known.camera.source)
    except ConfigError:
        return None  # the check of the configuration tells


def voice(probes: Probes) -> Checked:
    """The programs that speak, where they are asked for; starts none of them."""
    wanted = {"wav": [ESPEAK], "alsa": [ESPEAK, APLAY]}
    for program in wanted.get(probes.known.voice.driver, []):
        if shutil.which(program) is None:
            seen = "{} is not installed: answers are not spoken".format(program)
            yield Check("voice", WARNING, seen, "sudo apt-get install " + PACKAGES[program])
