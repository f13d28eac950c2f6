"""Who is told of answers: their libraries, and the files they read."""

import os
from typing import Any, Callable, Dict

from plantd.api.appliance import Check
from plantd.config import MqttConfig
from plantd.config.displays import NONE, PNG, is_on_spi
from plantd.doctor.probes import OK, WARNING, Checked, Probes
from plantd.gpio.spi_port import spi_path
from plantd.notifiers.display.choice import libraries_missing
from plantd.notifiers.mqtt import connection, login
from plantd.notifiers.queued import NotDelivered

_FILES = ("ca_file", "cert_file", "key_file", "password_file")
HELP = "docs/mqtt.md says what each file holds; verdicts wait meanwhile"


def display(probes: Probes) -> Checked:
    """What draws and drives the display, where one is asked for; opens none."""
    config = probes.known.display
    if config.driver == NONE:
        return
    missing = libraries_missing(config)
    if missing:
        told, _, helps = missing.partition("; what helps: ")
        yield Check("display", WARNING, told, helps)
    bus, helps = "/dev/i2c-{}".format(config.i2c_bus), "display.i2c_bus: i2cdetect -l"
    if is_on_spi(config):
        bus = spi_path(config.spi_bus, config.spi_device)
        helps = "display.spi_bus and display.spi_device: ls /dev/spidev*"
    if config.driver != PNG and not os.path.exists(probes.at(bus)):
        yield Check("display", WARNING, bus + " is not there", "look at " + helps)
    elif not missing:
        yield Check(
            "display", OK, "{}: its libraries are there; it is not asked".format(config.driver)
        )


def mqtt(probes: Probes) -> Checked:
    """What the broker needs, where one is named; connects to nobody."""
    config = probes.known.mqtt
    if not config.host:
        return
    missing = connection.missing()
    if missing:
        told, _, helps = missing.partition("; what helps: ")
        yield Check("mqtt", WARNING, told, helps)
    files = {key: getattr(config, key) for key in _FILES}
    named: Dict[str, Any] = {key: path and probes.at(path) for key, path in files.items()}
    there = config._replace(**named)
    troubles = [_trouble(login.password_of, there)]
    troubles += [_trouble(login.tls_of, there)] if config.tls else []
    for trouble in filter(None, troubles):
        yield Check("mqtt", WARNING, trouble, HELP)
    if not missing and not any(troubles):
        yield Check("mqtt", OK, "paho-mqtt and its files are there; the broker is not asked")


def _trouble(read: Callable[[MqttConfig], object], config: MqttConfig) -> str:
    try:
        read(config)
    except NotDelivered as error:
        return str(error)
    return ""
