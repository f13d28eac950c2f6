"""A scene as the one picture of it on e-ink: black on white, and a third ink. Pure.

How this works: on paper no page turns, so that all stands on one picture. Shape and head are as
large as the paper allows, the text below them is in the largest letters in which it is whole; if
none will do, shape and head are made smaller too, and what is too long even then ends in three
dots. "Poisonous" stands in a band: of the third ink where there is one, else black. Below a line
at the lower edge stands of when it is.
"""

import textwrap
from typing import Dict, List, NamedTuple, Tuple

from PIL import Image, ImageDraw
from PIL.Image import Image as Picture

from plantd.answers import POISONOUS
from plantd.config.displays import BLACK, RED, RED_HT, YELLOW
from plantd.notifiers.display.drawing import (
    CELL_PX,
    HEAD_PX,
    LINE_PX,
    Size,
    layout_of,
    printable,
    title_of,
    write,
)
from plantd.notifiers.display.scene import Scene
from plantd.notifiers.display.shapes import draw_shape

# The pixels of a picture: what the library inky calls WHITE, BLACK, and RED or YELLOW.
PAPER, INK, THIRD = 0, 1, 2
_THIRDS = {BLACK: (0, 0, 0), RED: (200, 20, 20), RED_HT: (200, 20, 20), YELLOW: (240, 200, 0)}
CUT = "..."


class Text(NamedTuple):
    """How the text is written.

    Attributes:
        head_scale: how many pixels one pixel of the font is wide and high in the head.
        scale: the same of the text below.
        lines, footer: each of them fits the width.
        is_whole: whether nothing was cut.
    """

    head_scale: int
    scale: int
    lines: List[str]
    footer: List[str]
    is_whole: bool


def sheet_of(scene: Scene, size: Size, colour: str) -> Picture:
    """Return a scene as a picture of mode "P", whose pixels are PAPER, INK and THIRD.

    Args:
        size: pixels, width and height, of `plantd.config.displays.PANELS` or as large.
        colour: the third ink, one of `plantd.config.displays.COLOURS`; BLACK is none.
    """
    picture = Image.new("P", size, PAPER)
    picture.putpalette(_palette(colour))
    text = text_of(scene, size)
    _draw_title(picture, scene, text.head_scale, colour)
    for row, line in enumerate(text.lines):
        top = HEAD_PX * text.head_scale + row * LINE_PX * text.scale
        write(picture, line, (0, top), text.scale, INK)
    # The last line needs its whole cell, else its lowest letters are cut.
    top = size[1] - _height_px(text.footer) + 1
    if text.footer:
        ImageDraw.Draw(picture).line((0, top - 1, size[0] - 1, top - 1), fill=INK)
    for row, line in enumerate(text.footer):
        write(picture, line, (0, top + row * LINE_PX), 1, INK)
    return picture


def text_of(scene: Scene, size: Size) -> Text:
    """Return the text of a scene as it stands on paper of that size."""
    most = layout_of(size).scale
    footer = textwrap.wrap(printable(scene.footer), size[0] // CELL_PX[0])
    scales = [(most, scale) for scale in range(most, 0, -1)]
    scales += [(head, 1) for head in range(most - 1, 0, -1)]
    for head_scale, scale in scales:
        room_px = size[1] - HEAD_PX * head_scale - _height_px(footer)
        lines = _wrapped(scene, size[0] // (CELL_PX[0] * scale))
        if len(lines) <= room_px // (LINE_PX * scale):
            return Text(head_scale, scale, lines, footer, True)
    lines = lines[: room_px // LINE_PX]
    lines[-1] = lines[-1][: size[0] // CELL_PX[0] - len(CUT)] + CUT
    return Text(1, 1, lines, footer, False)


def _wrapped(scene: Scene, columns: int) -> List[str]:
    return [
        line
        for paragraph in scene.paragraphs
        for line in textwrap.wrap(printable(paragraph), columns)
    ]


def _height_px(footer: List[str]) -> int:
    """Return how high a footer is with the line above it."""
    return len(footer) * LINE_PX + CELL_PX[1] - LINE_PX + 1 if footer else 0


def _draw_title(picture: Picture, scene: Scene, scale: int, colour: str) -> None:
    title = title_of(scene.head, picture.size, scale)
    ink, draw = INK, ImageDraw.Draw(picture)
    if scene.shape == POISONOUS:
        band = INK if colour == BLACK else THIRD
        # Black on yellow, white on red and on black: each is easy to read.
        ink = INK if colour == YELLOW else PAPER
        draw.rectangle((0, 0, picture.size[0] - 1, HEAD_PX * scale - 2), fill=band)
    draw_shape(draw, scene.shape, title.shape_px, ink)
    for row, line in enumerate(title.lines):
        top = -scale if title.is_large else row * LINE_PX * scale
        write(picture, line, (title.shape_px + scale, top), scale * (1 + title.is_large), ink)


def _palette(colour: str) -> List[int]:
    inks: Dict[int, Tuple[int, int, int]] = {
        PAPER: (255, 255, 255),
        INK: (0, 0, 0),
        THIRD: _THIRDS[colour],
    }
    told = [level for ink in sorted(inks) for level in inks[ink]]
    return told + [0] * (768 - len(told))
