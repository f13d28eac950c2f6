"""plantd-cli support-bundle."""

import argparse
import os
from typing import Optional, Sequence

from plantd.api.client import Client
from plantd.config import file
from plantd.config.forms.camera_source import parse_source
from plantd.doctor.probes import this_machine
from plantd.errors import EX_OK, ConfigError
from plantd.support.archive import write_bundle
from plantd.support.contents import files
from plantd.support.redaction import (
    secret_folders,
    secrets_of,
    secrets_of_broker,
    secrets_of_gpsd,
)
from plantd.system.terminal import Terminal

_FILE = "file://"


def write(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Collect, redact and write; a broken configuration is part of what is collected."""
    read = file.path_in_use(asked.config, os.environ)
    loaded: Optional[file.LoadedConfig] = None
    problems: Sequence[str] = ()
    try:
        loaded = file.load(read)
    except ConfigError as error:
        problems = error.problems
    terminal.progress("looking at everything, which takes a while ...")
    site = loaded.site if loaded else ""
    probes = this_machine(loaded.config if loaded else None, problems, read or "", site)
    secrets = secrets_of() + secret_folders(named_folders(loaded))
    if loaded is not None:
        secrets += secrets_of_broker(loaded.config.mqtt)
        secrets += secrets_of_gpsd(loaded.config.place.gpsd)
    names = write_bundle(asked.file, files(probes, loaded, client), secrets)
    terminal.quiet()
    if asked.json:
        terminal.json({"file": asked.file, "contents": names})
    else:
        terminal.line("{}: {} files".format(asked.file, len(names)))
        terminal.line("Names and addresses are taken out as far as they are known to be such:")
        terminal.line("please look through it before you hand it on.")
    return EX_OK


def named_folders(loaded: Optional[file.LoadedConfig]) -> Sequence[str]:
    """Return the paths that the configuration names, and the folder it lies in."""
    if loaded is None:
        return []
    config = loaded.config
    named = [*config.paths, config.bundle_path, config.engines_path, config.engine.calibration]
    named.append(os.path.dirname(loaded.path or ""))
    if config.camera.source.startswith(_FILE):
        # As it stands in the configuration, and as errors have it: a URI's own signs are decoded.
        written = config.camera.source[len(_FILE) :]
        for pictures in (written, parse_source(config.camera.source).target):
            named += [pictures, os.path.dirname(pictures)]
    return [path for path in named if path]
