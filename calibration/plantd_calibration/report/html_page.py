"""One HTML file that holds everything it shows: text, tables and pictures."""

import base64
import html
from typing import Any, List, Sequence, Tuple

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px; }
td, th { border-bottom: 1px solid #ddd; padding: .2em .6em; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; }
figure { display: inline-block; margin: .4em; font-size: 12px; max-width: 15em; }
img { max-width: 100%; }
.bad { color: #b00; font-weight: 600; }
"""


class Page:
    """Collects parts in order; `text` is the whole file."""

    def __init__(self, title: str) -> None:
        """Args: the page's title and first heading."""
        self._title = title
        self._parts: List[str] = []

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._parts.append("<h2>{}</h2>".format(html.escape(text)))

    def paragraph(self, text: str, bad: bool = False) -> None:
        """Add a paragraph; a bad one stands out."""
        mark = ' class="bad"' if bad else ""
        self._parts.append("<p{}>{}</p>".format(mark, html.escape(text)))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add a table; figures get four digits."""
        head = "".join("<th>{}</th>".format(html.escape(name)) for name in header)
        body = "".join("<tr>{}</tr>".format("".join(map(_cell, row))) for row in rows)
        self._parts.append("<table><tr>{}</tr>{}</table>".format(head, body))

    def figures(self, shown: Sequence[Tuple[bytes, str]]) -> None:
        """Add small pictures, JPEG bytes, each with a line below."""
        for jpeg, caption in shown:
            line = "<figcaption>{}</figcaption>".format(html.escape(caption))
            self.add("<figure>{}{}</figure>".format(image("image/jpeg", jpeg, caption), line))

    def add(self, markup: str) -> None:
        """Add markup as it is."""
        self._parts.append(markup)

    @property
    def text(self) -> str:
        """The whole file."""
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>{0}</title>'
            "<style>{1}</style><h1>{0}</h1>{2}</html>\n"
        ).format(html.escape(self._title), STYLE, "\n".join(self._parts))


def image(kind: str, content: bytes, alternative: str) -> str:
    """Return the markup of a picture that lies in the page itself; kind as image/png."""
    encoded = base64.b64encode(content).decode("ascii")
    return '<img alt="{}" src="data:{};base64,{}">'.format(
        html.escape(alternative, quote=True), kind, encoded
    )


def _cell(value: Any) -> str:
    if value is None:
        return "<td>not asked for</td>"
    if isinstance(value, float):
        return '<td class="number">{:.4f}</td>'.format(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return '<td class="number">{}</td>'.format(value)
    return "<td>{}</td>".format(html.escape(str(value)))
