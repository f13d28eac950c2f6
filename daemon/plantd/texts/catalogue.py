"""The languages there are, and the texts of one: gettext, from one file of texts a language.

How this works: every text stands in English where it is used, and is its own key. `de.po` holds
what translators work on, with any editor of gettext's. It is read as it is: polib makes of it, in
memory, the form that the standard library's gettext reads. A text that a language lacks stays
English.
"""

import gettext
import io
import os
from typing import Any, Callable, Dict

from plantd.errors import UnavailableError

ENGLISH = "en"
FOLDER = os.path.dirname(__file__)
LANGUAGES = (ENGLISH, "de")
AUTO = "auto"


class Texts:
    """The texts of one language.

    Attributes:
        language: as HTML and BCP 47 call it, such as "de".
        translations: what the standard library's gettext makes of the file.
    """

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self.translations = translations

    def say(self, text: str) -> str:
        """Return an English text in this language."""
        return self.translations.gettext(text) if text else ""

    def count(self, one: str, many: str, n: int) -> str:
        """Return the form that fits a number, with the number in the place of %(n)s."""
        return self.translations.ngettext(one, many, n) % {"n": n}


def english() -> Texts:
    """Return the texts as they stand in the code."""
    return Texts(ENGLISH, gettext.NullTranslations())


def texts_of(language: str) -> Texts:
    """Return the texts of one of LANGUAGES.

    Raises ImportError without polib, UnavailableError where its file is gone or damaged.
    """
    if language == ENGLISH:
        return english()
    return Texts(language, _translations(po_file(language)))


def texts_for_notifier(language: str) -> Texts:
    """Return what `texts_of` does. Raises UnavailableError, one sentence, also without polib."""
    try:
        return texts_of(language)
    except ImportError as error:
        raise UnavailableError(
            "the library polib, for languages other than English, cannot be used: sudo make "
            "install, in plantd's folder"
        ) from error


def po_file(language: str) -> str:
    """Return where the texts of a language lie."""
    return os.path.join(FOLDER, language + ".po")


def every_language() -> Dict[str, Texts]:
    """Return language -> its texts. Raises as `texts_of` does."""
    return {language: texts_of(language) for language in LANGUAGES}


def chosen(configured: str, accepted: str) -> str:
    """Return the language to speak: the configured one, or the best of an Accept-Language header.

    Source: RFC 9110, 12.5.4; "de-AT" is content with "de". What is not understood counts as not
    said, and English is what remains.
    """
    if configured != AUTO:
        return configured
    wishes = [_wish(part) for part in accepted.split(",")[:20]]
    known = [(quality, language) for quality, language in wishes if language in LANGUAGES]
    best = max((quality for quality, _ in known), default=0.0)
    return next((language for q, language in known if q == best and q > 0.0), ENGLISH)


def _wish(part: str) -> Any:
    tag, _, parameter = part.strip().partition(";")
    language = tag.strip().lower().partition("-")[0]
    name, _, value = parameter.strip().partition("=")
    try:
        quality = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        quality = 0.0
    return (quality if 0.0 <= quality <= 1.0 else 0.0), language


def _translations(path: str) -> gettext.NullTranslations:
    import polib  # An extra: only what speaks other languages needs it.

    try:
        with open(path, encoding="utf-8") as source:
            binary = polib.pofile(source.read()).to_binary()
        return gettext.GNUTranslations(io.BytesIO(binary))
    except Exception as error:  # what polib raises on foreign bytes is not said anywhere
        raise UnavailableError(
            "the texts in {} cannot be read ({}); install plantd again".format(path, error)
        ) from error


Say = Callable[[str], str]
