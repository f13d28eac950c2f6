"""Types make play into a terminal and draws what was printed as docs/play.svg. For make recording.

How this works: the session is a real one, on the three drawn pictures with the default model; what
is drawn is what was printed, colours and all. No font is loaded from elsewhere.
"""

import os
import re
import sys
from typing import List

import drawn_pictures
from rich.console import Console
from rich.text import Text
from support.typed import CTRL_D, ENTER, Typed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PICTURE = os.path.join(ROOT, "docs", "play.svg")
COLUMNS = 100
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
# Named, so that a webcam does not come first; a folder is shown by its names.
COMMAND = ["make", "play", "PICTURES=" + drawn_pictures.FOLDER]
ANSWERS = ("POISONOUS", "edible", "UNSURE")
PROMPT = r"\[[a-z]+\.jpg\]"


def session() -> str:
    """Return what is printed while Enter is pressed three times."""
    drawn_pictures.write_all(os.path.join(ROOT, drawn_pictures.FOLDER))
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR", "PYTHONPATH")
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in hidden and not name.startswith("MAKE")
    }
    with Typed(COMMAND, ROOT, dict(environ, TERM="xterm-256color")) as play:
        for answer in ANSWERS:
            play.wait_for(PROMPT)
            play.type(ENTER)
            play.wait_for(answer)
        play.wait_for(PROMPT)
        play.type(CTRL_D)
        if play.wait() != 0:
            raise SystemExit("make play failed:\n" + play.printed)
    return play.printed


def drawn(lines: List[str]) -> str:
    """Return the lines as an SVG."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, force_terminal=True, file=nowhere)
        for line in lines:
            console.print(Text.from_ansi(line))
        return FONT_FACE.sub("", console.export_svg(title="make play"))


def main() -> int:
    """Record, and write the picture."""
    lines = ["$ " + " ".join(COMMAND), *session().strip().split("\n")]
    with open(PICTURE, "w", encoding="utf-8") as target:
        target.write(drawn(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
