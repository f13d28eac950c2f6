"""Where the program writes: colour only on a terminal, progress only for people, lines that fit."""

import json
import os
import re
import textwrap
from typing import Any, Mapping, Sequence, TextIO

from plantd.messages import visible

WIDTH = 80
RESET = "\033[0m"
CLEAR_LINE = "\r\033[K"
COLOURS = {"red": "\033[1;31m", "green": "\033[32m", "yellow": "\033[1;33m", "dim": "\033[2m"}

_OURS = re.compile("({})".format("|".join(map(re.escape, ["\n", RESET, *COLOURS.values()]))))


class Terminal:
    """One run's two streams."""

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        """Args: standard output, standard error, the environment (NO_COLOR, TERM)."""
        self._out = out
        self._err = err
        # Source: no-color.org; any value but an empty one counts.
        plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
        self._colours = out.isatty() and not plain
        self._people = err.isatty()

    @property
    def shows_progress(self) -> bool:
        """Whether people look on."""
        return self._people

    def line(self, text: str = "") -> None:
        """Write one line of the answer."""
        self._out.write(printable(text, self._out) + "\n")
        self._out.flush()

    def lines(self, texts: Sequence[str]) -> None:
        """Write several lines of the answer."""
        for text in texts:
            self.line(text)

    def data(self, data: bytes) -> None:
        """Write UTF-8 that another program reads, as it is."""
        below = getattr(self._out, "buffer", None)
        if below is not None:
            below.write(data)
        else:
            self._out.write(data.decode("utf-8"))

    def json(self, value: Any) -> None:
        """Write one object as one line, in ASCII whatever the terminal's encoding is."""
        self.line(json.dumps(value))

    def complain(self, sentence: str) -> None:
        """Say what went wrong, on standard error."""
        self.quiet()
        self._err.write(printable("plantd-cli: {}\n".format(sentence), self._err))
        self._err.flush()

    def progress(self, text: str) -> None:
        """Show what is going on; the next progress replaces it, and a script never sees it."""
        if self._people:
            self._err.write(CLEAR_LINE + printable(text[: WIDTH - 1], self._err))
            self._err.flush()

    def quiet(self) -> None:
        """Take the progress away."""
        if self._people:
            self._err.write(CLEAR_LINE)
            self._err.flush()

    def coloured(self, text: str, colour: str) -> str:
        """Return the text in a colour, where there are any."""
        if not self._colours or colour not in COLOURS:
            return text
        return COLOURS[colour] + text + RESET


def printable(text: str, stream: TextIO) -> str:
    """Return the text with `?` for what the stream cannot write: on 3.6 LANG=C is ASCII.

    Controls in it are made visible, but for our own colours and ends of lines.
    """
    encoding = stream.encoding or "utf-8"
    parts = _OURS.split(text)
    parts[::2] = [visible(part) for part in parts[::2]]
    return "".join(parts).encode(encoding, "replace").decode(encoding)


def wrapped(label: str, text: str, indent: int = 11) -> Sequence[str]:
    """Return `label     text` in lines of at most 80 columns, continued under the text."""
    return textwrap.wrap(
        text,
        width=WIDTH,
        initial_indent=label.ljust(indent),
        subsequent_indent=" " * indent,
        break_long_words=True,
        break_on_hyphens=False,
    ) or [label]
