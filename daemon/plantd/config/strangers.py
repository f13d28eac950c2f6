"""What is said of sections and keys that the configuration does not have. Pure."""

from typing import Any

from plantd.config import nodes
from plantd.config.schema import SECTIONS
from plantd.config.schema.keys import KEYS
from plantd.messages import nearest
from plantd.tree_reader import stranger

# The whole, as sentences call it.
WHOLE = "the configuration"


def unknown_section(name: str) -> str:
    """Return what is said of a section that there is not."""
    owners = [key.section for key in KEYS.values() if key.name == name]
    if owners:
        return "is a key of the section {}; put it below it".format(" or ".join(owners))
    if name in KEYS:
        section, _, key = name.partition(".")
        return "write '{}:' and below it, indented, '{}: ...'".format(section, key)
    return stranger(name, WHOLE, SECTIONS)


def unknown_key(section: str, name: str) -> str:
    """Return what is said of a key that a section does not have."""
    known = SECTIONS[section].keys
    owners = [key.section for key in KEYS.values() if key.name == name]
    if owners and nearest(name, known) is None:
        return stranger(name, section, ()) + "; it belongs to " + " or ".join(owners)
    return stranger(name, section, known)


def seen(node: Any) -> str:
    """Return the beginning of what stands where keys are expected."""
    return nodes.scalar_of(node).text[:40]


def bare(text: str) -> str:
    """Return a text that is no key, unless it holds digits: then it may say where somebody is."""
    return "a text" if any(letter.isdigit() for letter in text) else text
