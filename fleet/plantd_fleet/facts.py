"""How one box is: read from what it says itself, live or in a support bundle."""

import tarfile
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional

from plantd.errors import NotFoundError, UsageError
from plantd.system.json_text import tree_from_json

Json = Dict[str, Any]

# Of a support bundle's file; ours have less than 5 MiB.
FILE_MAX_BYTES = 64 << 20
LOG = "log.ndjson"
FILES = ("status.json", "box.json", "version.json", LOG)


class BoxFacts(NamedTuple):
    """One box.

    Attributes:
        source: the host or the file that said so.
        id: its identity; empty where it has none yet, or is older than identities.
        state: a word of health.states.State; "silent" where its service or the box does not answer.
        pressed: UTC of the last press that is known; answer: what it was answered.
        free_mb: of the disk that has least left.
    """

    source: str
    name: str = ""
    id: str = ""
    version: str = ""
    state: str = "silent"
    detail: str = ""
    model: str = ""
    verdicts: Optional[int] = None
    pressed: str = ""
    answer: str = ""
    free_mb: Optional[float] = None
    temperature_c: Optional[float] = None


def facts_of_status(source: str, status: Json, last: Optional[Json]) -> BoxFacts:
    """Return a box as /v1/status and its last verdict say; unknown keys stay empty."""
    box, service = _part(status, "box"), _part(status, "service")
    model, verdicts = _part(status, "model"), _part(status, "verdicts")
    disks = status.get("disk")
    disks = disks if isinstance(disks, list) else []
    free = [disk["free_mb"] for disk in disks if _is_number(disk, "free_mb")]
    heat = _part(_part(status, "device"), "temperatures_c").values()
    press = last or {}
    return BoxFacts(
        source,
        str(box.get("name") or ""),
        str(box.get("id") or ""),
        str(service.get("version") or ""),
        str(service.get("state") or "silent"),
        str(service.get("detail") or ""),
        "{} {}".format(model.get("name"), model.get("version")) if model else "",
        verdicts.get("total"),
        str(press.get("wall") or ""),
        str(press.get("verdict") or ""),
        min(free) if free else None,
        max((each for each in heat if isinstance(each, (int, float))), default=None),
    )


def facts_of_bundle(path: str) -> BoxFacts:
    """Return a box as its support bundle has it. Raises NotFoundError, UsageError."""
    return facts_of_files(path, files_of_bundle(path))


def facts_of_files(path: str, files: Mapping[str, str]) -> BoxFacts:
    """Return a box as the files of its support bundle say."""
    status = _object(files.get("status.json", "{}"))
    found = facts_of_status(path, status, _last_verdict(files.get(LOG, "")))
    box, version = _object(files.get("box.json", "{}")), _object(files.get("version.json", "{}"))
    return found._replace(
        name=str(box.get("name") or found.name),
        id=str(box.get("id") or found.id),
        version=str(version.get("plantd") or found.version),
        detail=str(status.get("error") or found.detail),
    )


def files_of_bundle(path: str) -> Mapping[str, str]:
    """Return FILES of a support bundle by name, as text. Raises NotFoundError, UsageError."""
    try:
        with tarfile.open(path, "r:*") as archive:
            return dict(_members(archive))
    except FileNotFoundError as error:
        raise NotFoundError("there is no {}".format(path)) from error
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise UsageError("{} is not a support bundle: {}".format(path, error)) from error


def _members(archive: tarfile.TarFile) -> "Iterator[tuple[str, str]]":
    for member in archive:
        name = member.name.rpartition("/")[2]
        if name in FILES and member.isfile() and member.size <= FILE_MAX_BYTES:
            content = archive.extractfile(member)
            if content is not None:
                yield name, content.read().decode("utf-8", "replace")


def _last_verdict(log: str) -> Optional[Json]:
    for line in reversed(log.splitlines()):
        found = _object(line)
        if found.get("type") == "verdict":
            return found
    return None


def _object(text: str) -> Json:
    try:
        found = tree_from_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(tree: Mapping[str, Any], key: str) -> Json:
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _is_number(tree: Any, key: str) -> bool:
    return isinstance(tree, dict) and isinstance(tree.get(key), (int, float))


def objects_in(text: str) -> List[Json]:
    """Return the lines of a text that are JSON objects."""
    return [found for found in map(_object, text.splitlines()) if found]
