"""Every text that the page says has its German, and none stands there for nothing."""

import re
from pathlib import Path
from typing import Any, Dict, Set

import polib
import pytest
from support import answered_scenes, every_answer, wire_samples

from plantd import quality, words
from plantd.page import answer, box
from plantd.page.rendering import HERE, environment
from plantd.place.regions import REGIONS
from plantd.texts import catalogue, sentences

LANGUAGES = [language for language in catalogue.LANGUAGES if language != catalogue.ENGLISH]
TABLES = (
    words.REASONS,
    words.FAULTS,
    words.UNSURE_SENTENCES,
    words.ANSWERED,
    quality.ADVICE,
    answer.HEADS,
    answer.SHORT_HEADS,
    box.STATES,
)
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


def texts_asked_for() -> Set[str]:
    """Return every English text that somebody may want in another language."""
    found = {text for table in TABLES for text in table.values()}
    found |= {words.GROUP, words.SOME_POISONOUS, words.MOST, answer.NEAREST, box.LATENCY[0]}
    found |= {title for _, title, _ in box.TRENDS} | set(REGIONS)
    made = environment(catalogue.english(), {})
    for template in Path(HERE, "templates").glob("*.html"):
        for _, _, text in made.extract_translations(template.read_text(encoding="utf-8")):  # type: ignore[attr-defined] # of the extension
            # A text that is itself a variable comes as None: the tables above have it.
            found.update([text] if isinstance(text, str) else [each for each in text or () if each])
    for room in ("page", "texts", "notifiers/display"):
        for module in Path(HERE).parent.joinpath(room).glob("*.py"):
            code = module.read_text(encoding="utf-8")
            found |= set(re.findall(r'\bsay\("([^"]+)"\)', code))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_and_no_other(language: str) -> None:
    entries = polib.pofile(catalogue.po_file(language))
    assert {entry.msgid for entry in entries} == texts_asked_for()
    assert [entry.msgid for entry in entries if not entry.msgstr or entry.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    for entry in polib.pofile(catalogue.po_file(language)):
        assert set(PLACES.findall(entry.msgstr)) == set(PLACES.findall(entry.msgid)), entry.msgid


def test_texts_of_templates_and_code_are_found() -> None:
    found = texts_asked_for()
    assert {"Hold still.", "or", "Looks like %(name)s", "What they share: %(group)s."} <= found


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
def test_english_is_the_sentence_that_was_recorded(
    scenes: Dict[str, Dict[str, Any]], scene: str
) -> None:
    said = sentences.sentence_of(scenes[scene], catalogue.english())
    assert said == scenes[scene]["sentence"]


class Parroted(catalogue.Texts):
    """A language that says every text in the same words, and so must make the same sentence."""

    def say(self, text: str) -> str:
        return text and text + "\u200b"


@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
def test_a_sentence_is_made_again_as_it_was_made(
    scenes: Dict[str, Dict[str, Any]], scene: str
) -> None:
    parroted = Parroted("xx", catalogue.english().translations)
    said = sentences.sentence_of(scenes[scene], parroted).replace("\u200b", "")
    assert said == scenes[scene]["sentence"]


@pytest.mark.parametrize(
    "prediction", [wire_samples.POISONOUS, wire_samples.EDIBLE, wire_samples.UNCLEAR, None]
)
def test_so_are_those_of_other_answers(prediction: Any) -> None:
    verdict = wire_samples.verdict(1, prediction)
    parroted = Parroted("xx", catalogue.english().translations)
    said = sentences.sentence_of(verdict, parroted).replace("\u200b", "")
    assert said == verdict["sentence"]


def test_german_says_what_the_english_says(scenes: Dict[str, Dict[str, Any]]) -> None:
    german = catalogue.texts_of("de")
    assert sentences.sentence_of(scenes["deadly"], german) == (
        "Sieht aus wie Wild carrot, kann aber poison hemlock oder water hemlock sein, was töten "
        "oder verstümmeln kann: ein Foto kann das nicht entscheiden. Wie eine giftige behandeln."
    )
    assert sentences.sentence_of(scenes["poor"], german).startswith("Das Bild ist zu dunkel")


def test_an_answer_of_an_older_or_newer_version_stays_english() -> None:
    german = catalogue.texts_of("de")
    assert sentences.sentence_of({"verdict": "unsure"}, german) == ""
    newer = {"verdict": "unsure", "rule": "astrology", "sentence": "The stars say no."}
    assert sentences.sentence_of(newer, german) == "The stars say no."
    assert sentences.reasons_of({"reasons": ["astrology"]}, german) == ["astrology"]


@pytest.mark.parametrize(
    ("configured", "accepted", "language"),
    [
        ("auto", "", "en"),
        ("auto", "de", "de"),
        ("auto", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("auto", "en;q=0.8,de;q=0.9", "de"),
        ("auto", "xx,en;q=0.5,de;q=0.5", "en"),
        ("auto", "de;q=0", "en"),
        ("auto", "de;q=many,;;,*", "en"),
        ("en", "de", "en"),
        ("de", "en", "de"),
    ],
)
def test_the_language_is_the_configured_or_the_browser_s(
    configured: str, accepted: str, language: str
) -> None:
    assert catalogue.chosen(configured, accepted) == language
