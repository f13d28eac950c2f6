"""One HTML file that holds everything it shows: text, tables, plots and pictures."""

import base64
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import jinja2

from plantd.picture import encode_jpeg

JPEG_QUALITY = 80
ROOM = Path(__file__).parent


class KeyFigure(NamedTuple):
    """One figure of the first screen.

    Attributes:
        value: as it is shown.
        note: what it counts, or what it is measured against; a line below.
        bad: it stands out.
    """

    name: str
    value: str
    note: str = ""
    bad: bool = False


class Cell(NamedTuple):
    """A table's cell whose text is made by who asks for it; a number stands to the right."""

    text: str
    is_number: bool = True


class Page:
    """Collects parts in order; `text` is the whole file.

    >>> page = Page("Calibration of plants70")
    >>> page.key_figures([KeyFigure("called edible", "0.63", "237 of 409")])
    >>> page.heading("Missed")
    >>> "<h2" in page.text
    True
    """

    def __init__(self, title: str) -> None:
        """Args: the page's title and first heading."""
        self._title = title
        self._key: List[KeyFigure] = []
        self._parts: List[Dict[str, Any]] = []

    def key_figures(self, figures: Sequence[KeyFigure]) -> None:
        """Add figures to the first screen, above all sections."""
        self._key += figures

    def heading(self, text: str) -> None:
        """Begin a section; the page's contents list it."""
        self._parts.append({"kind": "heading", "text": text, "name": str(len(self._parts))})

    def paragraph(self, text: str, bad: bool = False) -> None:
        """Add a paragraph; a bad one stands out."""
        self._parts.append({"kind": "paragraph", "text": text, "bad": bad})

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add a table; figures get four digits."""
        cells = [[_cell(value) for value in row] for row in rows]
        self._parts.append({"kind": "table", "header": header, "rows": cells})

    def plot(self, svg: bytes, alternative: str) -> None:
        """Add a plot, SVG bytes as `plots` draws them; `alternative` says what it shows."""
        source = _embedded("image/svg+xml", svg)
        self._parts.append({"kind": "plot", "source": source, "alternative": alternative})

    def figures(self, shown: Sequence[Tuple[bytes, str]]) -> None:
        """Add small pictures, JPEG bytes, each with a line below."""
        pictures = [(_embedded("image/jpeg", jpeg), caption) for jpeg, caption in shown]
        self._parts.append({"kind": "figures", "pictures": pictures})

    def pictures(self, shown: Sequence[Tuple[Any, str]]) -> None:
        """Add small pictures, (height, width, 3) uint8 BGR, each with a line below."""
        self.figures([(encode_jpeg(pixels, JPEG_QUALITY), caption) for pixels, caption in shown])

    @property
    def text(self) -> str:
        """The whole file."""
        loader = jinja2.FileSystemLoader(str(ROOM))
        drawn = jinja2.Environment(
            loader=loader,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        ).get_template("page.html")
        return drawn.render(
            title=self._title,
            style=(ROOM / "page.css").read_text(encoding="utf-8"),
            key_figures=self._key,
            parts=self._parts,
        )


def _embedded(kind: str, content: bytes) -> str:
    return "data:{};base64,{}".format(kind, base64.b64encode(content).decode("ascii"))


def _cell(value: Any) -> Tuple[str, bool]:
    """Return a cell's text, and whether it is a number."""
    if isinstance(value, Cell):
        return value
    if value is None:
        return "not asked for", False
    if isinstance(value, float):
        return "{:.4f}".format(value), True
    return str(value), isinstance(value, int) and not isinstance(value, bool)
