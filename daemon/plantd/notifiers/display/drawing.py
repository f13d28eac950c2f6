"""A scene as pictures of any size, page by page, on a display that shines: by Pillow. Pure.

How this works: everything is laid out in cells of Pillow's bitmap font, 6 by 11 pixels, which
knows Latin-1, umlauts too, and is the same in every version since 8.4; a larger display has
larger cells. On top stand a shape and the head, in letters twice as large where they fit; below
them the text, in as many pages as it takes. The bar at the lower edge, where there is room for
one, says which page it is.
"""

import textwrap
import unicodedata
from typing import Any, List, NamedTuple, Tuple

from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Image as Picture

from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.notifiers.display.scene import DARK, FAULT, Scene
from plantd.notifiers.display.shapes import draw_shape

Size = Tuple[int, int]

CELL_PX = (6, 11)
# Lines of text stand a little closer than the font's cells: only few letters touch both edges.
LINE_PX = 10
HEAD_PX = 22
SHAPE_PX = 19
# How far a shape gives way to a head that would else be written small.
NARROW_SHAPE_PX = 14
SMALLEST_PX = (122, 32)
# Bits of a pixel -> Pillow's mode. Source: Pillow's documentation, "Concepts", modes.
MODES = {1: "1", 8: "L", 24: "RGB"}
# Source: Pillow's Image.NEAREST, which has moved between versions.
NEAREST = 0
WHITE = (255, 255, 255)
COLOURS = {POISONOUS: (255, 64, 48), EDIBLE: (64, 224, 96), UNSURE: (255, 208, 0)}
COLOURS[FAULT] = COLOURS[POISONOUS]
# What many texts hold and Latin-1 does not.
_PLAIN = str.maketrans(
    {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2026: "..."}
)


class Layout(NamedTuple):
    """Where things stand on a display.

    Attributes:
        size: pixels, width and height.
        scale: how many pixels one pixel of the font is wide and high.
        columns, lines: characters of text below the head.
        has_bar: whether there is room for a bar.
    """

    size: Size
    scale: int
    columns: int
    lines: int
    has_bar: bool


class Title(NamedTuple):
    """What stands on top.

    Attributes:
        lines: the head, in one line or two.
        is_large: whether its letters are twice as large as those of the text.
        shape_px: the side of the shape before it.
    """

    lines: List[str]
    is_large: bool
    shape_px: int


def layout_of(size: Size) -> Layout:
    """Return the layout for a display of that size."""
    width, height = size
    scale = max(1, min(width // SMALLEST_PX[0], height // 60))
    left = height // scale - HEAD_PX - 1
    lines = max(1, left // LINE_PX)
    return Layout(size, scale, width // scale // CELL_PX[0], lines, left >= LINE_PX)


def pages_of(scene: Scene, size: Size) -> List[List[str]]:
    """Return the lines of text of each page; one page at least."""
    layout = layout_of(size)
    pages = []
    for paragraph in scene.paragraphs:
        lines = textwrap.wrap(printable(paragraph), layout.columns)
        pages += [lines[at : at + layout.lines] for at in range(0, len(lines), layout.lines)]
    return pages or [[]]


def title_of(head: str, size: Size, scale: int = 0) -> Title:
    """Return the head as it stands on a display of that size: large where it fits.

    Args:
        scale: how many pixels one pixel of the font is wide and high; 0 is as in the layout.
    """
    told, scale = printable(head), scale or layout_of(size).scale
    # The last column of a cell need not fit.
    left = size[0] - (len(told) * CELL_PX[0] * 2 - 1) * scale
    shape_px = min(SHAPE_PX * scale, left - scale)
    if shape_px >= NARROW_SHAPE_PX * scale:
        return Title([told], True, shape_px)
    columns = (size[0] // scale - SHAPE_PX - 1) // CELL_PX[0]
    return Title(textwrap.wrap(told, columns)[:2], False, SHAPE_PX * scale)


def picture_of(scene: Scene, size: Size, depth: int, page: int = 0) -> Picture:
    """Return a page of a scene as a picture.

    Args:
        size: pixels, width and height, SMALLEST_PX or more.
        depth: bits of a pixel: 1, 8 or 24.
        page: counted from 0; beyond the last it begins again.
    """
    picture = Image.new(MODES[depth], size)
    if scene.shape == DARK:
        return picture
    layout, pages = layout_of(size), pages_of(scene, size)
    page %= len(pages)
    title = title_of(scene.head, size)
    colour = COLOURS.get(scene.shape, WHITE)
    ink = {"1": 1, "L": 255, "RGB": colour}[MODES[depth]]
    draw_shape(ImageDraw.Draw(picture), scene.shape, title.shape_px, ink)
    for row, line in enumerate(title.lines):
        top = -layout.scale if title.is_large else row * LINE_PX * layout.scale
        scale = layout.scale * (2 if title.is_large else 1)
        write(picture, line, (title.shape_px + layout.scale, top), scale, _white(picture))
    for row, line in enumerate(pages[page]):
        top = (HEAD_PX + row * LINE_PX) * layout.scale
        write(picture, line, (0, top), layout.scale, _white(picture))
    if len(pages) > 1 and layout.has_bar:
        _draw_bar(picture, layout, page, len(pages))
    return picture


def printable(text: str) -> str:
    """Return text in Latin-1: another letter without its accent, or as a question mark."""
    found = ""
    for letter in unicodedata.normalize("NFC", text.translate(_PLAIN)):
        try:
            letter.encode("latin-1")
        except UnicodeEncodeError:
            bare = unicodedata.normalize("NFKD", letter).encode("latin-1", "ignore")
            letter = bare.decode("latin-1") or "?"
        found += letter
    return found


def font() -> Any:
    """Return Pillow's bitmap font; its default has been another one since 10.1."""
    load = getattr(ImageFont, "load_default_imagefont", ImageFont.load_default)
    return load()


def _draw_bar(picture: Picture, layout: Layout, page: int, count: int) -> None:
    width, height = layout.size
    left, right = width * page // count, width * (page + 1) // count - 1
    box = (left, height - layout.scale, right, height - 1)
    ImageDraw.Draw(picture).rectangle(box, fill=_white(picture))


def write(picture: Picture, text: str, at: Tuple[int, int], scale: int, ink: Any) -> None:
    """Write a line into a picture, in letters of `scale` cells, its upper left corner at `at`."""
    if not text:
        return
    mask = Image.new("1", (len(text) * CELL_PX[0], CELL_PX[1]))
    ImageDraw.Draw(mask).text((0, 0), text, fill=1, font=font())
    large = mask.resize((mask.size[0] * scale, mask.size[1] * scale), NEAREST)
    picture.paste(ink, at, large)


def _white(picture: Picture) -> Any:
    return WHITE if picture.mode == "RGB" else 1 if picture.mode == "1" else 255
