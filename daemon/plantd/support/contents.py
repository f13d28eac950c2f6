"""What goes into a support bundle, file by file, before it is redacted.

Nothing here raises: what cannot be had is a sentence in its file. No pictures, no inputs of the
network, no verdicts beyond the log's last lines.
"""

import json
import os
import sys
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from plantd import __version__
from plantd.api.client import Client
from plantd.config.file import LoadedConfig
from plantd.config.text import effective
from plantd.doctor.probes import Probes
from plantd.doctor.report import json_from_checks, lines_from_checks
from plantd.doctor.table import run_checks
from plantd.errors import PlantdError
from plantd.models.store import ModelStore
from plantd.sinks.recording.reader import RecordReader
from plantd.sinks.recording.store import Place
from plantd.system.box import box_of

LOG_LINES = 2000
LOG_MAX_BYTES = 4 * 1024 * 1024
SOCKET_TIMEOUT_S = 10.0
KERNEL = "journalctl --no-pager --no-hostname -o short-monotonic -k -n {}".format(LOG_LINES)
JOURNAL = (
    "journalctl --no-pager --no-hostname -o short-monotonic -n {} -u plantd -u plantd-root "
    "-u plantd-engine -u plantd-trial -u plantd-stick@* -u nvargus-daemon"
).format(LOG_LINES)

README = """\
A support bundle of plantd {}.

What is in it: versions, the configuration, the service's status and health, doctor's report, the
last lines of its log, of its journal and of the kernel's (memory, card, USB), the model's manifest,
the plans' manifests, and how many verdicts of which kind are recorded. What is not: pictures,
positions, and, as far as they could be told, names of hosts and people, serial numbers and
addresses: <words> stand in their place.
Please look through it before you hand it on.
"""

File = Tuple[str, str]


def files(probes: Probes, loaded: Optional[LoadedConfig], client: Client) -> Iterator[File]:
    """Return (name, text) of every file; takes as long as doctor does."""
    yield "README.txt", README.format(__version__)
    yield "version.json", as_json(_versions(probes))
    yield "box.json", as_json(_box(probes))
    yield "config.yaml", effective(loaded) if loaded else "\n".join(probes.problems) + "\n"
    for name in ("status", "hello"):
        yield name + ".json", _asked(partial(client.get, "/v1/" + name))
    yield "health.json", _asked(client.health)
    checks = run_checks(probes)
    yield "doctor.json", as_json(json_from_checks(checks))
    yield "doctor.txt", "\n".join(lines_from_checks(checks)) + "\n"
    yield "log.ndjson", log_tail(probes.at(probes.known.paths.log))
    yield "journal.txt", _journal(probes, JOURNAL)
    yield "kernel.txt", _journal(probes, KERNEL)
    yield (
        "model/manifest.yaml",
        _file(os.path.join(probes.at(probes.known.bundle_path), "manifest.yaml")),
    )
    yield (
        "model/store.json",
        as_json(ModelStore(probes.at(probes.known.paths.state)).listing().to_json()),
    )
    yield from _plans(probes.at(probes.known.engines_path))
    yield "record.json", _asked(lambda: _record(probes.at(probes.known.paths.state)))


def as_json(value: Any) -> str:
    """Return readable JSON."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def log_tail(folder: str, lines: int = LOG_LINES, max_bytes: int = LOG_MAX_BYTES) -> str:
    """Return the last whole lines of the log, those of the file before among them if need be."""
    found: List[bytes] = []
    for name in ("plantd.ndjson", "plantd.ndjson.1"):
        if len(found) >= lines:
            break
        try:
            with open(os.path.join(folder, name), "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - max_bytes))
                found = log.read(max_bytes).splitlines(True) + found
        except OSError as error:
            if not found:
                return "# {} cannot be read: {}\n".format(folder, error.strerror)
    return b"".join(found[-lines:]).decode("utf-8", "replace")


def _versions(probes: Probes) -> Dict[str, Any]:
    system = os.uname()
    return {
        "plantd": __version__,
        "python": sys.version,
        "kernel": " ".join((system.sysname, system.release, system.version)),
        "machine": system.machine,
        "l4t": probes.text("etc", "nv_tegra_release"),
        "system": probes.text("etc", "os-release"),
        "model": probes.text("proc", "device-tree", "model"),
    }


def _box(probes: Probes) -> Dict[str, str]:
    known = probes.known
    return box_of(known.box.name, probes.at(known.paths.state)).to_json()


def _asked(ask: Callable[[], Any]) -> str:
    try:
        return as_json(ask())
    except PlantdError as error:
        return as_json({"error": str(error)})


def _journal(probes: Probes, command: str) -> str:
    done = probes.run(command.split())
    if done is None:
        return "# journalctl is not here\n"
    return "\n".join(part for part in (done.out, done.err and "# " + done.err) if part) + "\n"


def _file(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            return source.read(LOG_MAX_BYTES)
    except OSError as error:
        return "# {} cannot be read: {}\n".format(path, error.strerror)


def _plans(folder: str) -> Iterator[File]:
    try:
        names: Sequence[str] = sorted(n for n in os.listdir(folder) if n.endswith(".json"))
    except OSError:
        return  # no plans: doctor says whether one is needed
    for name in names:
        yield "plans/" + name, _file(os.path.join(folder, name))


def _record(state: str) -> Dict[str, Any]:
    place = Place(state)
    reader = RecordReader(place)
    return {
        "verdicts": dict(reader.counts()),
        "highest_seq": reader.highest_seq(),
        "set_aside": len(place.set_aside()),
    }
