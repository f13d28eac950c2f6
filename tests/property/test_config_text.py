"""The configuration: what is shown loads again to the same, and no text crashes the reader."""

import os
import shlex
import tempfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantd.config import Config
from plantd.config import text as config_text
from plantd.config.file import LoadedConfig, changes, load
from plantd.config.rules import problems_between
from plantd.config.schema import SECTIONS
from plantd.config.schema.keys import KEYS, Key
from plantd.config.values import CHECKS
from plantd.errors import ConfigError

WORDS = st.text("abcdefghijklmnopqrstuvwxyz 0123456789:#'\"\\-{}[]!&*%@`äß→", max_size=12)
PIECES = [
    *SECTIONS,
    "fps",
    ":",
    " ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "1",
    "'",
    "#",
    "&a",
    "*a",
]
SHAPES = {
    "": WORDS,
    "source": st.sampled_from(["csi://0", "test://plant", "gst:a ! b # 'c' \"d\": e", "fake://"]),
    "path": WORDS.map(lambda word: "/" + word),
    "run_path": WORDS.map(lambda word: "/run/" + word),
    "path_or_empty": WORDS.map(lambda word: "/" + word),
    "socket_or_empty": st.just("") | WORDS.map(lambda word: "/" + word),
    "address_or_empty": st.sampled_from(["", "127.0.0.1:8080", "[::1]:80"]),
    "command_or_empty": st.just("") | WORDS.map(lambda word: "/bin/echo " + shlex.quote(word)),
    "url_or_empty": st.sampled_from(["", "http://192.168.1.5:8123/api#x", "https://a.local/a: b"]),
    "host_or_empty": st.sampled_from(["", "192.168.1.5", "broker.local", "::1"]),
    "topic": st.sampled_from(["plantd", "garden/plantd", "a: b", "it's"]),
    "topic_or_empty": st.sampled_from(["", "garden/plantd", "a: b"]),
    "name": WORDS.map(lambda word: word + "1"),
    "endpoint_or_empty": st.sampled_from(["", "localhost:2947", "[::1]:2947"]),
    "group": st.from_regex(r"^[a-z_][a-z0-9_-]{0,9}\Z"),
    "client_or_empty": st.just("") | st.from_regex(r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,9}\Z"),
    "box_or_empty": st.just("") | st.from_regex(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,9}\Z"),
}


def test_every_form_of_a_text_has_its_values_here() -> None:
    assert set(SHAPES) == {"", *CHECKS}


def values(key: Key) -> "st.SearchStrategy[Any]":
    """Every value that a key may have."""
    if key.doc.choices:
        return st.sampled_from(key.doc.choices)
    if key.kind is bool:
        return st.booleans()
    if key.kind is str:
        return SHAPES[key.doc.form]
    number = st.integers if key.kind is int else st.floats
    some = number(key.doc.low, key.doc.high)
    return st.none() | some if key.optional else some


@st.composite
def configs(draw: Any) -> Config:
    """Configurations that are good key by key; rules between keys may be broken."""
    config = Config()
    for key in draw(st.lists(st.sampled_from(list(KEYS.values())), max_size=12)):
        section = getattr(config, key.section)._replace(**{key.name: draw(values(key))})
        config = config._replace(**{key.section: section})
    return config


def read(text: str) -> LoadedConfig:
    """Load a text through a file."""
    handle, path = tempfile.mkstemp(suffix=".yaml")
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(text.encode("utf-8", "surrogatepass"))
        return load(path)
    finally:
        os.unlink(path)


@given(configs())
def test_what_is_shown_loads_again_to_the_same(config: Config) -> None:
    shown = config_text.effective(LoadedConfig(config, dict.fromkeys(KEYS, "default")))
    broken = problems_between(config, set())
    if not broken:
        assert read(shown).config == config
        return
    with pytest.raises(ConfigError) as caught:
        read(shown)
    # Each value by itself was good: only the rules between them may object.
    told = [problem.partition(": ")[2] for problem in caught.value.problems]
    assert sorted(told) == sorted("{}: {}".format(*problem) for problem in broken)


@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_raises_anything_but_a_configuration_error(text: str) -> None:
    try:
        found = read(text)
    except ConfigError:
        return
    assert isinstance(found.config, Config)


@given(configs(), configs())
def test_every_difference_is_a_change_of_one_kind(old: Config, new: Config) -> None:
    live, restart = changes(old, new)
    differ = {path for path, key in KEYS.items() if key.of(old) != key.of(new)}
    assert set(live) | set(restart) == differ
    assert not set(live) & set(restart)
