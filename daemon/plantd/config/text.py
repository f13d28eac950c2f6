"""The configuration as text: documented, effective with its origins, or JSON. Pure."""

import re
import textwrap
from json import dumps
from typing import Any, List

from plantd.config.file import LoadedConfig
from plantd.config.nodes import scalar_of_text
from plantd.config.schema import SECTIONS
from plantd.config.schema.keys import KEYS, Key

WIDTH = 90
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./:?=&+-]*[A-Za-z0-9_/]\Z")

_HEAD = """\
# The configuration of plantd. Every key is here, commented out, with its default.
#
# To change one, remove the # in front of it. Then:
#   plantd check-config                   says what is wrong, with the line
#   systemctl reload plantd               takes the keys marked "Taken by reload"
#   systemctl restart plantd              takes all
#   plantd show-config                    shows what holds, and where each value comes from
#
# Where many boxes share their settings, these may stand in site.yaml beside this file, in the same
# form; what this file says wins, key by key.
"""


def documented() -> str:
    """Return systemd/plantd.yaml: every key explained, with its default commented out.

    Prose is "# text" and a default is "#key: value", so removing each # that a letter follows
    gives a file that says exactly the defaults.
    """
    parts = [_HEAD]
    for name, section in SECTIONS.items():
        keys = [key for key in KEYS.values() if key.section == name]
        head = "# {}\n{}:\n".format(section.help, name)
        parts.append(head + "\n".join(_documented_key(key) for key in keys))
    return "\n".join(parts)


def effective(loaded: LoadedConfig) -> str:
    """Return YAML that says every value, loads again, and has each origin in a comment."""
    rows = [
        ("  {}: {}".format(key.name, literal(key.of(loaded.config))), key) for key in KEYS.values()
    ]
    column = min(44, max(len(row) for row, _ in rows)) + 2
    lines: List[str] = ["# What holds, and where it comes from."]
    section = ""
    for row, key in rows:
        if key.section != section:
            section = key.section
            lines.append(section + ":")
        lines.append("{}  # {}".format(row.ljust(column), loaded.origins[key.path]))
    return "\n".join(lines) + "\n"


def as_json(loaded: LoadedConfig) -> str:
    """Return values, origins, and what each key means, as one JSON object."""
    keys = {
        key.path: {
            "value": key.of(loaded.config),
            "origin": loaded.origins[key.path],
            "default": key.default,
            "expected": key.expected,
            "help": key.doc.help,
            "live": key.doc.live,
        }
        for key in KEYS.values()
    }
    shown = {"schema": 1, "path": loaded.path, "site": loaded.site, "keys": keys}
    return dumps(shown, indent=2) + "\n"


def literal(value: Any) -> str:
    """Return a value as YAML that reads back as just that."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    is_plain = _PLAIN.match(value) and scalar_of_text(value, as_text=False).kind == "str"
    # JSON's strings are YAML's double-quoted ones.
    return value if is_plain else dumps(value, ensure_ascii=False)


def override(key: Key, value: Any) -> str:
    """Return SECTION.KEY=VALUE as --set reads it back: texts are taken literally there."""
    return "{}={}".format(key.path, value if isinstance(value, str) else literal(value))


def _documented_key(key: Key) -> str:
    facts = _capital(key.expected) + (". Taken by reload." if key.doc.live else ".")
    prose = textwrap.wrap(key.doc.help, WIDTH - 4, break_on_hyphens=False, break_long_words=False)
    prose += textwrap.wrap(facts, WIDTH - 4)
    lines = ["  # " + line for line in prose]
    lines.append("  #{}: {}".format(key.name, literal(key.default)))
    return "\n".join(lines) + "\n"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
