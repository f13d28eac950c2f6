"""Draws docs/wiring.svg and the pin tables of docs/wiring.md from plantd.gpio.boards.

usage: tools/draw_wiring.py [--check]      --check fails where what lies there is not what is drawn
"""

import sys
from pathlib import Path
from typing import Iterator, List
from xml.sax.saxutils import escape

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "daemon"))

from plantd.gpio.boards import BOARDS, TX2, Board  # noqa: E402

SVG = TOP / "docs" / "wiring.svg"
PAGE = TOP / "docs" / "wiring.md"
BEGIN, END = "<!-- tables: make wiring -->", "<!-- end of tables -->"

# The same on every board of this family.
POWER = {1: "3.3 V", 17: "3.3 V", 2: "5 V", 4: "5 V"}
GROUND = (6, 9, 14, 20, 25, 30, 34, 39)

BUTTON_PIN, LAMP_PIN = 18, 29
ROW, LEFT, FIRST = 24, 210, 70

STYLE = """
text { font: 13px sans-serif; fill: #222; }
.title { font-size: 17px; font-weight: bold; }
.small { font-size: 11px; fill: #555; }
.pin { fill: #ddd; stroke: #444; }
.good { fill: #7bc67b; } .power { fill: #f4a6a0; } .ground { fill: #9a9a9a; }
.shifted { stroke-width: 4; stroke: #d08000; }
.wire { stroke: #222; stroke-width: 2; fill: none; }
.part { stroke: #222; stroke-width: 2; fill: #fff; }
"""


def drawing(board: Board) -> str:
    """Return the SVG: the header on the left, a button and a lamp on the right."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 620" role="img">',
        "<title>Wiring of button and lamps to the 40-pin header</title>",
        "<style>%s</style>" % STYLE,
        '<rect width="900" height="620" fill="#fff"/>',
        _text(20, 30, "%s: 40-pin header, seen from above" % board.title, "title"),
        *_header(board),
        *_legend(),
        *_button(board),
        *_lamp(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def tables() -> str:
    """Return one table of pins a board, in Markdown."""
    return "\n".join(_table(name, board) for name, board in BOARDS.items())


def page(old: str) -> str:
    """Return the page with its tables made anew."""
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return "%s%s\n\n%s\n%s%s" % (head, BEGIN, tables(), END, tail)


def _table(name: str, board: Board) -> str:
    rows = [
        "### %s (`board: %s`), JetPack %s" % (board.title, name, board.jetpack),
        "",
        "| pin | chip | line | shares | for |",
        "|---|---|---|---|---|",
    ]
    for number, pin in sorted(board.pins.items()):
        uses = [
            "a button" if number in board.button_pins else "",
            "output only" if not pin.can_read else "input only" if not pin.can_write else "",
            "behind a level shifter: pull up with 1 kΩ" if number in board.shifted_pins else "",
        ]
        told = ", ".join(use for use in uses if use)
        rows.append("| %d | %s | %d | %s | %s |" % (number, pin.chip, pin.line, pin.signal, told))
    return "\n".join(rows) + "\n"


def _text(x: int, y: int, words: str, kind: str = "", anchor: str = "start") -> str:
    return '<text x="%d" y="%d" class="%s" text-anchor="%s">%s</text>' % (
        x,
        y,
        kind,
        anchor,
        escape(words),
    )


def _header(board: Board) -> Iterator[str]:
    for number in range(1, 41):
        odd = number % 2
        x, y = LEFT + (0 if odd else 30), FIRST + ROW * ((number - 1) // 2)
        yield '<circle cx="%d" cy="%d" r="10" class="pin %s"/>' % (x, y, _kind(board, number))
        yield _text(x, y + 4, str(number), "small", "middle")
        label = _label(board, number)
        yield _text(x - 18 if odd else x + 18, y + 4, label, "", "end" if odd else "start")


def _kind(board: Board, number: int) -> str:
    kinds: List[str] = []
    if number in POWER:
        kinds.append("power")
    elif number in GROUND:
        kinds.append("ground")
    elif number in board.button_pins:
        kinds.append("good")
    if number in board.shifted_pins:
        kinds.append("shifted")
    return " ".join(kinds)


def _label(board: Board, number: int) -> str:
    if number in POWER:
        return POWER[number]
    if number in GROUND:
        return "ground"
    pin = board.pins.get(number)
    return pin.signal if pin else "I2C expander" if number in board.expander_pins else "-"


def _legend() -> Iterator[str]:
    rows = (
        ("good", "good for a button"),
        ("shifted", "behind a level shifter: pull up with 1 kΩ"),
        ("power", "supply"),
        ("ground", "ground"),
    )
    for place, (kind, words) in enumerate(rows):
        x, y = (30 if place % 2 == 0 else 200), 574 + 24 * (place // 2)
        yield '<circle cx="%d" cy="%d" r="8" class="pin %s"/>' % (x, y, kind)
        yield _text(x + 14, y + 4, words, "small")


def _resistor(x: int, y: int, words: str) -> Iterator[str]:
    yield '<rect x="%d" y="%d" width="14" height="44" class="part"/>' % (x - 7, y)
    yield _text(x + 16, y + 26, words)


def _button(board: Board) -> Iterator[str]:
    x = 560
    shifted = BUTTON_PIN in board.shifted_pins
    yield _text(480, 62, "Button (active low)", "title")
    yield _text(x, 88, "3.3 V (pin 1)", "", "middle")
    yield '<path class="wire" d="M%d 94 V110"/>' % x
    yield from _resistor(x, 110, "1 kΩ" if shifted else "4.7 kΩ or less")
    yield '<path class="wire" d="M%d 154 V200 M%d 176 H700 M%d 200 l26 34 M%d 236 V262"/>' % (
        (x,) * 4
    )
    yield '<circle cx="%d" cy="200" r="3"/><circle cx="%d" cy="236" r="3"/>' % (x, x)
    yield _text(706, 180, "pin %d" % BUTTON_PIN)
    yield _text(x + 40, 222, "push button")
    yield _text(x, 280, "ground (pin 6)", "", "middle")
    yield _text(480, 304, "No pull-up is set inside the board: without the resistor the", "small")
    yield _text(480, 320, "line floats. 4.7 kΩ misses presses behind a level shifter.", "small")


def _lamp() -> Iterator[str]:
    x = 640
    yield _text(480, 362, "A lamp or the buzzer (active high)", "title")
    yield _text(x, 386, "5 V (pin 2)", "", "middle")
    yield '<path class="wire" d="M%d 392 V402"/>' % x
    yield from _resistor(x, 402, "330 Ω (none for a buzzer)")
    yield '<path class="wire" d="M%d 446 V456 M%d 478 V500"/>' % (x, x)
    yield '<path class="part" d="M%d 456 h24 l-12 20 z M%d 478 h24"/>' % (x - 12, x - 12)
    yield _text(x + 20, 472, "LED")
    yield '<path class="wire" d="M%d 500 V540 M%d 510 L%d 500 M%d 530 L%d 540 V566"/>' % (
        x - 20,
        x - 20,
        x,
        x - 20,
        x,
    )
    yield '<path d="M%d 538 l-12 -1 l6 -9 z"/>' % (x - 2)
    yield '<path class="wire" d="M%d 520 H590 M546 520 H520"/>' % (x - 20)
    yield '<rect x="546" y="513" width="44" height="14" class="part"/>'
    yield _text(548, 506, "1 kΩ")
    yield _text(x + 14, 526, "NPN transistor")
    yield _text(512, 524, "pin %d" % LAMP_PIN, "", "end")
    yield _text(x, 584, "ground (pin 6)", "", "middle")


def main() -> int:
    """Write both files, or with --check compare them; return the exit code."""
    wanted = {SVG: drawing(TX2), PAGE: page(PAGE.read_text(encoding="utf-8"))}
    if sys.argv[1:] == ["--check"]:
        stale = [str(path) for path, text in wanted.items() if path.read_text("utf-8") != text]
        for name in stale:
            print("%s is not what the pin tables draw: make wiring" % name, file=sys.stderr)
        return 1 if stale else 0
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
        print("wrote %s" % path.relative_to(TOP))
    return 0


if __name__ == "__main__":
    sys.exit(main())
