"""Redaction of a board's record, which is made to be published: more is taken out than of a bundle.

Texts are redacted one by one, never the JSON around them: it must stay JSON. Beside what
`redaction` takes out:

    the project's folder, every path below a home       <project> <home>
    hardware addresses without colons                   <mac>
    the chip's id, serial numbers of cards and devices  <serial>
"""

import glob
import os
import re
from typing import Any, List, Mapping, NamedTuple, Set, Tuple

from plantd.support.redaction import GENERIC_USERS, Secret, redacted, secrets_of
from plantd.telemetry import kernel_files

# A host or an account that is called like this says nothing about anybody, and to take the word
# out would take out of a record what it is about.
PRODUCT_WORDS = frozenset(
    "agx camera cpu debian desktop gpio gpu jetson linux nano nvidia nx orin plantd python root "
    "tegra tensorrt tx1 tx2 ubuntu xavier".split()
)
SERIALS = (
    "sys/module/tegra_fuse/parameters/tegra_chip_uid",
    "proc/device-tree/chosen/ecid",
    "sys/block/*/device/serial",
    "sys/block/*/device/cid",
    "sys/block/*/device/wwid",
    "sys/bus/usb/devices/*/serial",
)
# Shorter ones ("0", "0001") are no serial numbers, and stand in other words.
SERIAL_MIN = 6
_ADDRESSES = "sys/class/net/*/address"
_PATH_REST = r"(?:/[^\s\"',:;)\]]*)?"
_HOMES = re.compile(r"(?:/home/[^\s\"',:;/)\]]+|(?<![\w.>])/root\b)" + _PATH_REST)


class Private(NamedTuple):
    """What a record of this machine must not say.

    Attributes:
        project: the folder that the record is made in.
        homes: folders of people.
        secrets: words; see redaction.Secret.
    """

    project: str
    homes: Tuple[str, ...]
    secrets: Tuple[Secret, ...]


def private_of(
    root: str = "/", host: str = "", project: str = "", environ: Mapping[str, str] = {}
) -> Private:
    """Return this machine's private words.

    Args:
        host: its name; empty asks the kernel.
        environ: tells who asks, for accounts that /etc/passwd does not hold.
    """
    found = [s for s in secrets_of(root, host) if s.word.lower() not in PRODUCT_WORDS]
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        word = environ.get(name, "")
        if len(word) > 1 and word.lower() not in PRODUCT_WORDS | GENERIC_USERS:
            found.append(Secret(word, "<user>"))
    found += [Secret(word, "<serial>") for word in _words(root, SERIALS) if _is_serial(word)]
    for word in _words(root, (_ADDRESSES,)):
        if word.strip("0:"):
            found.append(Secret(word.replace(":", ""), "<mac>"))
    return Private(project.rstrip("/"), _homes(root, environ), tuple(found))


def public(tree: Any, private: Private) -> Any:
    """Return a JSON tree with every text in it redacted, names of fields as well."""
    if isinstance(tree, str):
        return public_text(tree, private)
    if isinstance(tree, dict):
        return {public_text(name, private): public(value, private) for name, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [public(item, private) for item in tree]
    return tree


def public_text(text: str, private: Private) -> str:
    """Return the text without what is private."""
    if private.project:
        text = text.replace(private.project, "<project>")
    for home in private.homes:
        text = re.sub(r"(?<![\w.>])" + re.escape(home) + r"(?!\w)" + _PATH_REST, "<home>", text)
    return redacted(_HOMES.sub("<home>", text), list(private.secrets))


def _homes(root: str, environ: Mapping[str, str]) -> Tuple[str, ...]:
    """Return the folders of people, also those outside /home, the longest first."""
    found: Set[str] = {environ.get("HOME", "")}
    for line in (kernel_files.text(root, "etc/passwd") or "").splitlines():
        fields = line.split(":")
        if len(fields) > 5 and fields[2].isdigit() and int(fields[2]) >= 1000:
            found.add(fields[5])
    public_places = {"", "/nonexistent", "/var/lib/plantd"}
    homes = {os.path.normpath(home) for home in found if home} - {"/", "."} - public_places
    return tuple(sorted(homes, key=lambda home: (-len(home), home)))


def _words(root: str, patterns: Tuple[str, ...]) -> List[str]:
    words: Set[str] = set()
    for pattern in patterns:
        for path in glob.glob(os.path.join(root, pattern)):
            words.add(kernel_files.text(path) or "")
    return sorted(words - {""})


def _is_serial(word: str) -> bool:
    # A USB host controller gives its place on the bus: "3530000.xhci", "0000:00:14.0".
    return len(word) >= SERIAL_MIN and "." not in word
