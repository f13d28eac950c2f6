"""plantd-cli metrics: the figures for whoever has no Prometheus that asks by itself."""

import argparse
import os

from plantd.api.client import Client
from plantd.errors import EX_OK, CannotWriteError
from plantd.system import durable
from plantd.system.terminal import Terminal


def write(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the figures, or replace a file of node_exporter's textfile collector by them."""
    text = client.get_bytes("/metrics")
    if asked.textfile is None:
        terminal.lines(text.decode("utf-8").splitlines())
        return EX_OK
    # node_exporter reads what ends in .prom, at any moment: it must be whole.
    path = os.path.abspath(asked.textfile)
    beside = path + ".new"
    try:
        with open(beside, "wb") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        os.chmod(beside, 0o644)
        durable.rename(beside, path)
    except OSError as error:
        raise CannotWriteError(
            "{} cannot be written: {}".format(asked.textfile, error.strerror)
        ) from error
    return EX_OK
