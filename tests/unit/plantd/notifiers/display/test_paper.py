"""Scenes as they stand on paper: compared with pictures that somebody has looked at."""

import time
from typing import Any, Dict, Iterator, List, Tuple

import pytest
import yaml
from PIL import Image
from support import answered_scenes, every_answer
from support.checkout import TOP
from support.verdict_json import WALL

from plantd.config.displays import PANELS, PAPER_HEIGHT_MIN_PX
from plantd.light.interface import Pattern
from plantd.notifiers.display import scene as scenes
from plantd.notifiers.display.drawing import CELL_PX, HEAD_PX, LINE_PX, NEAREST, layout_of
from plantd.notifiers.display.paper import sheet_of, text_of
from plantd.notifiers.display.scene import Scene
from plantd.notifiers.mqtt.topics import Health
from plantd.texts.catalogue import english, texts_of

# Drawn anew, to be looked at, by: PLANTD_REDRAW=1 .venv/bin/python -m pytest -n 0 -q THIS_FILE
FOLDER = TOP / "tests" / "golden" / "paper"
# Each size in one of the inks there are.
LOOKS = {"inky-phat": "yellow", "inky-phat-ssd1608": "red", "inky-what": "black"}
SIZES = sorted({panel.size for panel in PANELS.values()})
LOST = {
    "part": "camera",
    "state": "RECOVERING",
    "detail": "no frame for 5 s; what helps: look at its cable",
}
RESTING = ("starting", "ready", "no_camera", "fault", "offer")
GAP_PX = 4
FOOTER = "Seen 2026-06-01 10:12. Another plant: press again."
SPECIES = TOP / "engines" / "bundles" / "plants70" / "species.yaml"
ANSWERS = (
    {"verdict": "edible", "rule": "edible"},
    {"verdict": "poisonous", "rule": "poisonous_species"},
    {"verdict": "poisonous", "rule": "poison_head"},
    {"verdict": "unsure", "rule": "deadly_look_alike"},
    {"verdict": "unsure", "rule": "out_of_season", "reasons": ["out_of_place", "out_of_season"]},
)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


def every_scene(verdicts: Dict[str, Dict[str, Any]], language: str) -> Iterator[Scene]:
    texts = texts_of(language)
    for name in sorted(every_answer.SCENES):
        verdict = dict(verdicts[name], wall=WALL, clock="synchronised")
        yield scenes.verdict_sheet(verdict, texts, here)
    for pattern in RESTING:
        health = Health()
        if pattern == "no_camera":
            health.take(LOST)
        told = "herbs-1.1.0 offered: signed by Ada"
        yield scenes.resting_scene(Pattern(pattern), health, texts, told)
    yield scenes.off_scene(texts)


def here(seconds: float) -> time.struct_time:
    """Return the time of a place two hours east, wherever the test runs."""
    return time.gmtime(seconds + 7200)


def stacked(sheets: List[Image.Image]) -> Image.Image:
    """Return them below each other, in their colours."""
    width, height = sheets[0].size
    whole = Image.new("RGB", (width, (height + GAP_PX) * len(sheets)), (128, 128, 128))
    for place, each in enumerate(sheets):
        whole.paste(each.convert("RGB"), (0, place * (height + GAP_PX)))
    return whole


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("driver", sorted(LOOKS))
def test_each_scene_looks_as_it_was_looked_at(
    verdicts: Dict[str, Dict[str, Any]], driver: str, language: str, redraw: bool
) -> None:
    size, colour = PANELS[driver].size, LOOKS[driver]
    drawn = stacked([sheet_of(scene, size, colour) for scene in every_scene(verdicts, language)])
    path = FOLDER / "{}-{}.png".format(driver, language)
    if redraw:
        drawn.quantize(8).save(str(path), optimize=True)
    with Image.open(str(path)) as looked_at:
        assert looked_at.convert("RGB").tobytes() == drawn.tobytes()


def test_the_picture_of_the_documents_is_what_is_drawn(
    verdicts: Dict[str, Dict[str, Any]], redraw: bool
) -> None:
    texts, size = texts_of("en"), (250, 122)
    shown = [
        scenes.verdict_sheet(dict(verdicts[name], wall=WALL, clock="synchronised"), texts, here)
        for name in ("poisonous", "deadly", "edible")
    ]
    sheet = Image.new("RGB", (2 * size[0] + GAP_PX, 2 * size[1] + GAP_PX), (160, 160, 160))
    for place, scene in enumerate([*shown, scenes.off_scene(texts)]):
        at = (place % 2 * (size[0] + GAP_PX), place // 2 * (size[1] + GAP_PX))
        sheet.paste(sheet_of(scene, size, "red").convert("RGB"), at)
    large = sheet.resize((sheet.size[0] * 2, sheet.size[1] * 2), NEAREST)
    path = TOP / "docs" / "display-e-ink.png"
    if redraw:
        large.quantize(8).save(str(path), optimize=True)
    with Image.open(str(path)) as committed:
        assert committed.convert("RGB").tobytes() == large.tobytes()


def test_no_picture_lies_there_for_nothing() -> None:
    names = {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.png")}
    assert names == set(LOOKS)


@pytest.mark.parametrize("driver", PANELS)
def test_what_is_said_of_each_plant_of_the_default_model_is_whole(driver: str) -> None:
    texts = texts_of("de")  # the longer of the two
    tree = yaml.safe_load(SPECIES.read_text(encoding="utf-8"))["species"]
    for entry in tree.values():
        for answer in ANSWERS:
            # Beside deadly names the season may end in three dots on the smallest.
            deadly = [] if "reasons" in answer else entry.get("deadly_look_alikes")
            verdict = {
                **answer,
                "sentence": "in German it is made anew",
                "species": [{"name": entry["common_name"], "poisonous": entry["poisonous"]}],
                "deadly_look_alikes": deadly,
                "look_alikes": [each["name"] for each in entry.get("look_alikes") or ()],
            }
            scene = scenes.verdict_sheet(verdict, texts)
            assert text_of(scene, PANELS[driver].size).is_whole, scene


@pytest.mark.parametrize("size", SIZES)
def test_everything_fits_on_the_paper(size: Tuple[int, int]) -> None:
    for count in range(60):
        scene = Scene("unsure", "Unsure", ("Wie eine giftige behandeln. " * count,), FOOTER)
        text = text_of(scene, size)
        below_px = len(text.lines) * LINE_PX * text.scale
        footer_px = len(text.footer) * LINE_PX + 2
        assert HEAD_PX * text.head_scale + below_px + footer_px <= size[1]
        widest = [len(line) * text.scale for line in text.lines] + [len(x) for x in text.footer]
        assert max(widest) * CELL_PX[0] <= size[0]
        assert " ".join(text.footer) == FOOTER


@pytest.mark.parametrize("size", SIZES)
def test_what_is_whole_is_told_word_for_word_and_what_is_cut_says_so(
    size: Tuple[int, int],
) -> None:
    short, long = "Treat it as poisonous.", "Treat it as poisonous. " * 120
    text = text_of(Scene("unsure", "Unsure", (short,), FOOTER), size)
    assert (" ".join(text.lines), text.is_whole) == (short, True)
    text = text_of(Scene("unsure", "Unsure", (long,), FOOTER), size)
    assert not text.is_whole
    assert text.lines[-1].endswith("...")
    assert long.startswith(" ".join(text.lines)[: -len("...")])


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_lowest_paper_has_room_for_each_scene_whatever_its_width(
    verdicts: Dict[str, Dict[str, Any]], language: str
) -> None:
    for width in (122, 125, 250, 1024):
        for scene in every_scene(verdicts, language):
            assert text_of(scene, (width, PAPER_HEIGHT_MIN_PX)).lines


@pytest.mark.parametrize("size", SIZES)
def test_a_shorter_text_has_letters_as_large(size: Tuple[int, int]) -> None:
    scales = [
        text_of(Scene("unsure", "Unsure", ("Look at it. " * count,)), size).scale
        for count in range(40)
    ]
    assert scales == sorted(scales, reverse=True)
    assert scales[0] == layout_of(size).scale


def test_poisonous_alone_stands_in_the_third_ink() -> None:
    for answer in ("poisonous", "edible", "unsure", "fault", "waiting", "off"):
        inks = {ink for _, ink in sheet_of(Scene(answer, "Head"), (250, 122), "red").getcolors()}
        assert (2 in inks) == (answer == "poisonous")


def test_without_a_third_ink_poisonous_is_told_apart_too() -> None:
    drawn = {
        answer: sheet_of(Scene(answer, "Head"), (250, 122), "black").tobytes()
        for answer in ("poisonous", "edible", "unsure")
    }
    assert len(set(drawn.values())) == 3
    assert all(set(pixels) == {0, 1} for pixels in drawn.values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Seen 2026-06-01 12:12. Another plant: press again."),
        ({"clock": "unsynchronised"}, "Seen at the last press. Another plant: press again."),
        ({"wall": "yesterday"}, "Seen at the last press. Another plant: press again."),
    ],
)
def test_of_when_an_answer_is_stands_below_it_where_the_clock_is_known(
    changes: Dict[str, Any], told: str
) -> None:
    verdict = {"wall": WALL, "clock": "synchronised", **changes}
    assert scenes.footer_of(verdict, english(), here) == told
