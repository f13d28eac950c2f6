"""Scenes as pictures: compared with those that somebody has looked at."""

from typing import Any, Dict, List, Tuple

import pytest
from PIL import Image
from support import answered_scenes, every_answer
from support.checkout import TOP

from plantd.light.interface import Pattern
from plantd.notifiers.display import scene as scenes
from plantd.notifiers.display.drawing import (
    HEAD_PX,
    LINE_PX,
    NEAREST,
    layout_of,
    pages_of,
    picture_of,
    printable,
    title_of,
)
from plantd.notifiers.display.scene import NOTHING, Scene
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import texts_of

# Drawn anew, to be looked at, by: PLANTD_REDRAW=1 .venv/bin/python -m pytest -n 0 -q THIS_FILE
FOLDER = TOP / "tests" / "golden" / "display"
SIZE = (128, 64)
LOST = {
    "part": "camera",
    "state": "RECOVERING",
    "detail": "no frame for 5 s; what helps: look at its cable",
}
SHAPES = ("poisonous", "edible", "unsure", "waiting", "looking", "starting", "fault", "offer")
# The smallest, the usual OLEDs, and the displays of e-readers that one would draw for.
SIZES = [
    (122, 32),
    (128, 32),
    (128, 64),
    (128, 128),
    (250, 122),
    (122, 250),
    (296, 128),
    (800, 480),
]
LONG = Scene("unsure", "Unsure", ("Wie eine giftige behandeln. " * 12,))


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


def resting(name: str, language: str) -> Scene:
    health, texts = Health(), texts_of(language)
    if name == "no_camera":
        health.take(LOST)
    if name == "looking":
        return scenes.looking_scene(Pattern.ACKNOWLEDGED, texts)
    told = "herbs-1.1.0 offered: signed by Ada"
    return scenes.resting_scene(Pattern(name), health, texts, told)


RESTING = ("starting", "ready", "looking", "no_camera", "fault", "offer")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", [*sorted(every_answer.SCENES), *RESTING])
def test_each_scene_looks_as_it_was_looked_at(
    verdicts: Dict[str, Dict[str, Any]], name: str, language: str, redraw: bool
) -> None:
    if name in RESTING:
        scene = resting(name, language)
    else:
        scene = scenes.verdict_scene(verdicts[name], texts_of(language))
    drawn = stacked(
        [picture_of(scene, SIZE, 1, page) for page in range(len(pages_of(scene, SIZE)))]
    )
    path = FOLDER / "{}-{}.png".format(name, language)
    if redraw:
        drawn.save(str(path), optimize=True)
    with Image.open(str(path)) as looked_at:
        assert looked_at.size == drawn.size
        assert looked_at.convert("1").tobytes() == drawn.tobytes()


def stacked(pages: List[Image.Image]) -> Image.Image:
    """Return the pages of a scene below each other, as they lie in the folder."""
    sheet = Image.new("1", (SIZE[0], SIZE[1] * len(pages)))
    for place, page in enumerate(pages):
        sheet.paste(page, (0, SIZE[1] * place))
    return sheet


def test_the_picture_of_the_documents_is_what_is_drawn(
    verdicts: Dict[str, Dict[str, Any]], redraw: bool
) -> None:
    shown = [
        scenes.verdict_scene(verdicts[name], texts_of("en"))
        for name in ("poisonous", "deadly", "edible")
    ]
    sheet = Image.new("L", (2 * SIZE[0] + 8, 2 * SIZE[1] + 8), 160)
    for place, scene in enumerate([*shown, resting("ready", "en")]):
        at = (place % 2 * (SIZE[0] + 8), place // 2 * (SIZE[1] + 8))
        sheet.paste(picture_of(scene, SIZE, 8), at)
    large = sheet.resize((sheet.size[0] * 3, sheet.size[1] * 3), NEAREST)
    path = TOP / "docs" / "display.png"
    if redraw:
        large.save(str(path), optimize=True)
    with Image.open(str(path)) as committed:
        assert committed.tobytes() == large.tobytes()


def test_no_picture_lies_there_for_nothing() -> None:
    names = {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.png")}
    assert names == {*every_answer.SCENES, *RESTING}


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_lost_on_any_size(size: Tuple[int, int]) -> None:
    pages = pages_of(LONG, size)
    assert " ".join(line for page in pages for line in page) == LONG.paragraphs[0].strip()
    layout = layout_of(size)
    for page in pages:
        assert len(page) <= layout.lines
        assert (HEAD_PX + len(page) * LINE_PX) * layout.scale <= size[1]
        assert max(len(line) for line in page) * 6 * layout.scale <= size[0]


@pytest.mark.parametrize("page", range(3))
def test_each_page_is_another_and_after_the_last_comes_the_first(page: int) -> None:
    count = len(pages_of(LONG, SIZE))
    assert count > 3
    drawn = picture_of(LONG, SIZE, 1, page).tobytes()
    assert drawn != picture_of(LONG, SIZE, 1, page + 1).tobytes()
    assert drawn == picture_of(LONG, SIZE, 1, page + count).tobytes()


def test_each_answer_has_a_shape_of_its_own_without_colour() -> None:
    drawn = {picture_of(Scene(shape), SIZE, 1).tobytes() for shape in SHAPES}
    assert len(drawn) == len(SHAPES)
    assert picture_of(NOTHING, SIZE, 1).tobytes() not in drawn


@pytest.mark.parametrize("depth", [8, 24])
def test_other_depths_show_the_same_letters(depth: int) -> None:
    deep = picture_of(LONG, SIZE, depth).crop((0, 22, 128, 64))
    assert deep.convert("L").point(lambda grey: 255 * (grey > 0)).tobytes() == (
        picture_of(LONG, SIZE, 1).convert("L").crop((0, 22, 128, 64)).tobytes()
    )


@pytest.mark.parametrize(
    ("answer", "colour"), [("poisonous", "red"), ("edible", "green"), ("unsure", "yellow")]
)
def test_a_colour_display_shows_the_answer_s_shape_in_its_colour(answer: str, colour: str) -> None:
    drawn = {ink for _, ink in picture_of(Scene(answer), SIZE, 24).getcolors()}
    (ink,) = drawn - {(0, 0, 0)}
    assert nearest_colour(ink) == colour


def nearest_colour(ink: Tuple[int, int, int]) -> str:
    """Return which of the lamp's colours it is like."""
    lamp = {"red": (255, 0, 0), "green": (0, 255, 0), "yellow": (255, 255, 0)}
    return min(lamp, key=lambda name: sum(abs(a - b) for a, b in zip(lamp[name], ink)))


def test_nothing_is_dark() -> None:
    assert picture_of(NOTHING, SIZE, 1).getbbox() is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bärlauch, süß", "Bärlauch, süß"),
        ("Zürgelbaum \u2013 \u201cit\u2019s\u201d …", 'Zürgelbaum - "it\'s" ...'),
        ("Łopian černý", "?opian cerný"),
        ("鈴蘭", "??"),
    ],
)
def test_what_the_font_lacks_is_shown_plain(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_an_umlaut_is_no_bare_letter() -> None:
    umlaut, bare = (Scene("unsure", "", (word,)) for word in ("Ää", "Aa"))
    assert picture_of(umlaut, SIZE, 1).tobytes() != picture_of(bare, SIZE, 1).tobytes()


def test_no_page_calls_a_plant_edible_without_its_doubt(
    verdicts: Dict[str, Dict[str, Any]],
) -> None:
    scene = scenes.verdict_scene(verdicts["edible"], texts_of("en"))
    assert scene.head == "Edible species, by its looks"
    assert "Check every look-alike: poison hemlock." in scene.paragraphs[0]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", SIZES)
def test_every_head_is_whole_on_every_size(
    verdicts: Dict[str, Dict[str, Any]], size: Tuple[int, int], language: str
) -> None:
    for verdict in verdicts.values():
        head = scenes.verdict_scene(verdict, texts_of(language)).head
        assert " ".join(title_of(head, size).lines) == head


@pytest.mark.parametrize("size", SIZES)
def test_poisonous_and_unsure_stand_in_large_letters_on_every_size(size: Tuple[int, int]) -> None:
    for head in ("Poisonous", "Unsure", "Giftig", "Unsicher"):
        assert title_of(head, size).is_large
