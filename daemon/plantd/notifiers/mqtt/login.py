"""TLS and the password, read anew for each connection from the configured files."""

import os
import ssl
import stat

from plantd.config import MqttConfig
from plantd.notifiers.queued import NotDelivered

PASSWORD_MAX_BYTES = 4096


def password_of(config: MqttConfig) -> str:
    """Return the first line of mqtt.password_file, "" where there is none. Raises NotDelivered."""
    if not config.password_file:
        return ""
    try:
        with open(config.password_file, "rb") as source:
            mode = os.fstat(source.fileno()).st_mode
            line = source.read(PASSWORD_MAX_BYTES).partition(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise NotDelivered(
            "the password of mqtt.password_file cannot be read: {}".format(error.strerror)
        ) from error
    if mode & stat.S_IRWXO:
        raise NotDelivered(
            "everybody may read the file of mqtt.password_file; chmod 0640 and chgrp plantd help"
        )
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotDelivered("the password of mqtt.password_file is not UTF-8") from error


def tls_of(config: MqttConfig) -> ssl.SSLContext:
    """Return what checks the broker's certificate and its name. Raises NotDelivered.

    With mqtt.ca_file only that authority counts; without, those of the system.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca_file or None)
    except OSError as error:
        raise NotDelivered(_unread("ca_file", "certificates", error)) from error
    if config.cert_file:
        try:
            # A key with a passphrase would ask the terminal for it: there is none.
            context.load_cert_chain(config.cert_file, config.key_file or None, password="")
        except OSError as error:
            raise NotDelivered(
                _unread("cert_file (and mqtt.key_file)", "a certificate and its key", error)
            ) from error
    return context


def _unread(key: str, expected: str, error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        why = "holds not what it should ({})".format(error.reason or error)
    else:
        why = "cannot be read: {}".format(error.strerror)
    return "mqtt.{} {}; expected {} in PEM".format(key, why, expected)
