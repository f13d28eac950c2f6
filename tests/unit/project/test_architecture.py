"""The drawings of docs/architecture.md show the imports that the code has."""

from pathlib import Path

import draw_architecture
import pytest
from draw_architecture import Drawing, dot_from_drawing, drawings_from_modules, telling
from support import layers
from support.checkout import TOP

DRAWINGS = drawings_from_modules(layers.modules_in(TOP))

SVG = """<svg xmlns="http://www.w3.org/2000/svg">
<g class="graph"><title>architecture</title>
<g class="node"><title>cli</title></g><g class="node"><title>errors</title></g>
<g class="edge"><title>cli&#45;&gt;errors</title></g></g></svg>"""


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_committed_drawing_is_not_stale(name: str) -> None:
    svg = (draw_architecture.FOLDER / (name + ".svg")).read_text(encoding="utf-8")
    boxes, arrows = draw_architecture.shown_in_svg(svg)
    hint = "docs/drawings/%s.svg is not what the code has: run make architecture" % name
    assert boxes == DRAWINGS[name].names(), hint
    # The backbone that keeps the rows in order leaves nothing in the file.
    assert arrows == DRAWINGS[name].arrows, hint


def test_every_drawing_is_shown_in_the_document() -> None:
    text = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = {path.name for path in draw_architecture.FOLDER.glob("*.svg")}
    assert drawn == {name + ".svg" for name in DRAWINGS}
    assert [name for name in sorted(drawn) if "(drawings/%s)" % name not in text] == []


def test_the_drawings_have_the_rooms_of_the_code(tmp_path: Path) -> None:
    for path, code in (("cli/arguments.py", "import plantd.errors\n"), ("errors.py", "")):
        (tmp_path / "daemon/plantd" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "daemon/plantd" / path).write_text(code)
    drawing = drawings_from_modules(layers.modules_in(tmp_path))["plantd"]
    assert drawing.names() == {"cli", "errors"}
    assert drawing.arrows == {("cli", "errors")}


def test_an_arrow_that_others_imply_is_left_out() -> None:
    assert telling({("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d")}) == {
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    }


def test_boxes_and_arrows_are_read_from_an_svg() -> None:
    assert draw_architecture.shown_in_svg(SVG) == ({"cli", "errors"}, {("cli", "errors")})


def test_the_same_drawing_is_the_same_text_whatever_the_order_of_its_arrows() -> None:
    arrows = [("a", "b"), ("a", "c"), ("b", "c")]
    texts = {
        dot_from_drawing(Drawing((("a",), ("b",), ("c",)), frozenset(order)))
        for order in (arrows, arrows[::-1])
    }
    assert len(texts) == 1
