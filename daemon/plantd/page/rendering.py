"""Templates to pages, in each language: everything that is shown goes through Jinja2's escaping."""

import hashlib
import os
from typing import Any, Dict, Mapping, cast

import jinja2

from plantd.texts.catalogue import Texts, chosen, every_language

HERE = os.path.dirname(__file__)
STATIC = os.path.join(HERE, "static")


class Renderer:
    """Renders the templates of this folder, in every language. Raises ImportError without polib."""

    def __init__(self, language: str) -> None:
        """Args: language: what the page speaks, or auto."""
        self._language = language
        self.texts = every_language()
        self.static = _read_static()
        addresses = addresses_of(self.static)
        made = {name: environment(texts, addresses) for name, texts in self.texts.items()}
        # Read and compiled here: no request waits for the disk.
        self._pages = {
            language: {name: each.get_template(name) for name in each.list_templates()}
            for language, each in made.items()
        }

    def texts_for(self, accepted: str) -> Texts:
        """Return the texts for whoever sends this Accept-Language."""
        return self.texts[chosen(self._language, accepted)]

    def page(self, name: str, texts: Texts, **facts: Any) -> str:
        """Return a page; `facts` are what its template asks for."""
        return str(self._pages[texts.language][name].render(language=texts.language, **facts))


def environment(texts: Texts, addresses: Mapping[str, str]) -> jinja2.Environment:
    """Return the templates in one language; a fact that a page lacks is an error of ours.

    Args:
        addresses: of what `addresses_of` is asked for.
    """
    # Any: what its extension adds is in no type.
    made: Any = jinja2.Environment(
        loader=jinja2.FileSystemLoader(os.path.join(HERE, "templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(texts.translations, newstyle=True)
    # A text that is a value: unlike `_` it says nothing of whether that may stand in HTML.
    made.filters["say"] = texts.say
    made.globals["static"] = dict(addresses)
    return cast(jinja2.Environment, made)


def addresses_of(static: Mapping[str, bytes]) -> Dict[str, str]:
    """Return file -> address, which changes with its content: a browser keeps it until then."""
    return {
        name: "/static/{}?{}".format(name, hashlib.sha256(data).hexdigest()[:12])
        for name, data in static.items()
    }


def _read_static() -> Dict[str, bytes]:
    found = {}
    for name in sorted(os.listdir(STATIC)):
        with open(os.path.join(STATIC, name), "rb") as source:
            found[name] = source.read()
    return found
