"""Takes out of texts who and where: names, numbers and addresses that stand for one person or box.

Pure, but for `secrets_of`, which looks up what this machine's are. What is taken out:

    the host's name, its serial numbers, its machine id    <host> <serial> <machine-id>
    names of people's accounts, also in /home/NAME         <user>
    folders and files of people and of their sticks        <path>
    folders that the configuration names, unless ours      <path>
    a broker, its user, and the box's name to it           <domain> <user> <host>
    hardware and network addresses, domains, mail          <mac> <address> <domain> <mail>
    user and password in a URL, its path and its question  <login> <path>
    passwords, tokens and keys, where they are called so   <secret>
    USB devices by id, which carry serial numbers          /by-id/<device>
    serial numbers that the kernel says at boot            <serial>
    anything that looks like degrees of latitude           <position>
"""

import os
import re
from typing import Callable, Iterable, List, Match, NamedTuple, Set, Tuple, Union

from plantd.config import MqttConfig
from plantd.telemetry import kernel_files

# Names that a system image comes with say nothing about anybody.
GENERIC_USERS = frozenset(("nvidia", "ubuntu", "jetson", "user", "plantd", "nobody", "debian"))
GENERIC_HOSTS = frozenset(("localhost", "plantd"))
PEOPLE_FROM_UID = 1000
NOBODY_UID = 65534

# Whose names come from outside. A home's own name has been taken out when its folders are.
_PEOPLES = r"(?:(?<!\w)/home/<user>/|(?<![\w.>])/(?:root|srv|mnt|media|run/media)/)"
_URL = r"(\b(?:https?|rtsps?|rtmps?|mqtts?|wss?|ftps?|tcp|udp|ssh)://(?:<login>@)?)"
_CALLED_SECRET = (
    r"((?<![A-Za-z0-9])(?:token|secret|passw(?:or)?d|passphrase|"
    r"(?:api|access|private|auth)[_-]?key)\b[\"']?\s*[=:]\s*[\"']?)(?!<)[^\s\"',;&}]+"
)
# How this works: what stands after one of these words is taken out as a whole where a digit is in
# it. It is a text in quotes, a list, keys that are none of ours, a block of lines, or whatever
# stands there up to a comment or to what cannot be part of it, such as a comma before a word. Each
# way is tried once from the left, and gives nothing back: a line is read once, however long.
_PLACE = r"(?<!\w)((?:latitude|longitude|place|region)[\"']?(?::?\s+is\s+|\s*[:=]\s*))(?!\s)"
_AFTER = r"[;,]\s*(?:[\"']?[a-z]|$)"
_END = r"\s*(?:[}\]#\n]|$|" + _AFTER + ")"
_KEY = r"[a-z_]\w*[\"']?\s*:"
_OURS = r"[\"']?(?:latitude|longitude|regions?|gpsd|season|month|by)\b"
_BLANK = r"[^\S\n]"
_POSITION = (
    r"((?:\"[^\"\n]*\"|'[^'\n]*')(?=" + _END + ")"
    r"|\[(?:[^\]]{0,200}\]|[^\n]*)"
    r"|\{(?!\s*" + _OURS + r")[^}\n]*\}?"
    r"|[|>][-+\d]*" + _BLANK + r"*(?:#[^\n]*)?"
    r"(?:\n" + _BLANK + r"*(?=\n)|\n" + _BLANK + "+(?!" + _BLANK + "|" + _KEY + r")[^\n]+)+"
    r"|-" + _BLANK + r"[^\n]*(?:\n" + _BLANK + "*-" + _BLANK + r"[^\n]*)*"
    r"|(?![\[{<]|" + _KEY + ")"
    r"(?:[^;,}#\n\"']|(?<=\S)#|(?!" + _AFTER + r")[;,]|[\"'](?!" + _END + "))+)"
)
_UNITS = r"\.(?:service|timer|target|mount|socket|device|slice|scope|path)\b"
# Folders of which plantd itself speaks, and the system's: nobody chose their names.
OURS = re.compile(
    r"/(?:usr|etc|dev|proc|sys|run|opt|tmp|boot|lib|bin|var/(?:lib|log|cache|tmp))(?:/|$)"
)


def _without_position(found: Match[str]) -> str:
    """Return what says where somebody is without that; the blanks after it stay."""
    word, told = found.groups()
    if not any(letter.isdigit() for letter in told):
        return found.group()
    return word + "<position>" + told[len(told.rstrip()) :]


_PATTERNS: Tuple[Tuple[str, Union[str, Callable[[Match[str]], str]]], ...] = (
    (r"(?<=/by-id/)[^\s\"',;]+", "<device>"),
    (r"(?<=SerialNumber: )\S+", "<serial>"),
    (r"(?<=androidboot\.serialno=)\S+", "<serial>"),
    (_CALLED_SECRET, r"\1<secret>"),
    (r"(\bBearer\s+)(?!<)[\w.~+/=-]+", r"\1<secret>"),
    (r"(?<=://)[^/@\s\"']+(?=@)", "<login>"),
    (_URL + r"(?!<|plantd\b|localhost\b)[^/\s\"'<>:]*[A-Za-z][^/\s\"'<>:]*", r"\1<domain>"),
    (_URL + r"(?!plantd\b|localhost\b)([^/\s\"']+/)(?!<)[^\s\"']+", r"\1\2<path>"),
    (
        r"(?<![\w.+-])[\w.+-]{1,64}@(?![\w.-]+" + _UNITS + r")[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b",
        "<mail>",
    ),
    (r"(?<=/home/)(?!<)[^/\s\"',:]+", "<user>"),
    # In quotes a name may hold blanks.
    (r"([\"'](?:file://)?" + _PEOPLES + r")(?!<)[^\"']+(?=[\"'])", r"\1<path>"),
    (r"(" + _PEOPLES + r")(?!<)[^\s\"',;:)]+", r"\1<path>"),
    (r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b", "<mac>"),
    # Not versions such as 8.2.1.8: each part of an address has up to three digits, and the first
    # of a private or public network is at least two digits long.
    (r"(?<![\d.])\d{2,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])", "<address>"),
    (r"(?<![\w:])(?:[0-9A-F]{1,4}:){3,7}[0-9A-F]{1,4}(?![\w:])", "<address>"),
    (r"(?<![\w:])(?:[0-9A-F]{1,4}:)+(?::[0-9A-F]{1,4})+(?![\w:])", "<address>"),
    # The configuration's own, in YAML, in JSON and in what is said of it, however it is written.
    (_PLACE + _POSITION, _without_position),
    (r"\b(?:gps\w*|latitude|longitude|lat|lon|lng)\b\W{1,4}-?\d{1,3}\.\d{3,}", "<position>"),
)


class Secret(NamedTuple):
    """A word of this machine, and what stands in its place."""

    word: str
    stand_in: str


def redacted(text: str, secrets: List[Secret]) -> str:
    """Return the text without secrets, addresses and positions."""
    for pattern, stand_in in _PATTERNS:
        text = re.sub(pattern, stand_in, text, flags=re.IGNORECASE)
    for secret in sorted(secrets, key=lambda each: -len(each.word)):
        # Not inside a longer word: "ann" is no part of "channel".
        text = re.sub(
            r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])".format(re.escape(secret.word)),
            secret.stand_in,
            text,
            flags=re.IGNORECASE,
        )
    return text


def secrets_of(root: str = "/", host: str = "") -> List[Secret]:
    """Return this machine's secrets.

    Args:
        host: its name; empty asks the kernel.
    """
    name = host or os.uname().nodename
    hosts = {name, name.partition(".")[0]} - GENERIC_HOSTS
    found = [Secret(word, "<host>") for word in hosts]
    found += [Secret(word, "<user>") for word in _people(root)]
    for place, stand_in in (
        ("proc/device-tree/serial-number", "<serial>"),
        ("sys/firmware/devicetree/base/serial-number", "<serial>"),
        ("sys/class/dmi/id/product_serial", "<serial>"),
        ("sys/class/dmi/id/product_uuid", "<serial>"),
        ("sys/class/dmi/id/board_serial", "<serial>"),
        ("etc/machine-id", "<machine-id>"),
    ):
        word = kernel_files.text(root, place)
        if word:
            found.append(Secret(word, stand_in))
    found += [Secret(word, "<domain>") for word in _domains(root, name)]
    return [secret for secret in found if len(secret.word) > 1]


def secret_folders(paths: Iterable[str]) -> List[Secret]:
    """Return the folders among the paths that somebody named: all but the system's and ours."""
    folders = {path.rstrip("/") for path in paths if path.startswith("/") and not OURS.match(path)}
    return [Secret(folder, "<path>") for folder in folders if len(folder) > 1]


def secrets_of_broker(config: MqttConfig) -> List[Secret]:
    """Return where a broker is, and who the box is to it; its password is in none of the files."""
    found = [
        Secret(config.host, "<domain>"),
        Secret(config.username, "<user>"),
        Secret(config.name, "<host>"),
    ]
    ours = GENERIC_USERS | GENERIC_HOSTS
    return [secret for secret in found if len(secret.word) > 1 and secret.word not in ours]


def secrets_of_gpsd(address: str) -> List[Secret]:
    """Return the host that tells positions, where it is another machine; see `place.gpsd`."""
    host = address.rpartition(":")[0].strip("[]")
    return [Secret(host, "<domain>")] if len(host) > 1 and host not in GENERIC_HOSTS else []


def _domains(root: str, host: str) -> Set[str]:
    """The domains that this machine belongs to."""
    found = {host.partition(".")[2]}
    for line in (kernel_files.text(root, "etc/resolv.conf") or "").splitlines():
        words = line.split()
        if words and words[0] in ("search", "domain"):
            found.update(words[1:])
    return {each.strip(".") for each in found} - {"", "local", "localdomain"}


def _people(root: str) -> List[str]:
    names = []
    for line in (kernel_files.text(root, "etc/passwd") or "").splitlines():
        fields = line.split(":")
        uid = int(fields[2]) if len(fields) > 4 and fields[2].isdigit() else 0
        if PEOPLE_FROM_UID <= uid != NOBODY_UID:
            # The fifth field is the person's own name, with commas after it.
            names += [fields[0], fields[4].partition(",")[0]]
    return [name for name in names if name and name.lower() not in GENERIC_USERS]
