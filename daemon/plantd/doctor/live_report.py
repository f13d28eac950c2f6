"""What a live look says: a line for people, or a JSON object, at once in either case."""

from typing import NamedTuple, Optional

from plantd.system.terminal import Terminal, wrapped


class LiveOptions(NamedTuple):
    """What is asked of a live look.

    Attributes:
        presses: end after so many presses; None: never.
        seconds: end after so long; None: never, until Ctrl-C.
        source: of the camera, instead of the configured one; empty: that one.
        save: where one frame is written; empty: nowhere.
    """

    presses: Optional[int] = None
    seconds: Optional[float] = None
    source: str = ""
    save: str = ""

    def ends_at(self, began: float) -> float:
        """Return the monotonic second at which a look that begins then ends by itself."""
        return float("inf") if self.seconds is None else began + self.seconds


class LiveReport:
    """One live look's way out."""

    def __init__(self, terminal: Terminal, as_json: bool) -> None:
        self._terminal = terminal
        self._as_json = as_json

    def say(self, event: str, text: str, **facts: object) -> None:
        """Say what happened: `event` labels it, `facts` stand beside the text in the JSON."""
        self._terminal.quiet()
        if self._as_json:
            self._terminal.json(dict(facts, event=event, text=text))
        else:
            self._terminal.lines(wrapped(event, text))

    def say_for_now(self, event: str, text: str, **facts: object) -> None:
        """Say what the next such line replaces on a terminal; elsewhere it is a line as well."""
        if self._terminal.shows_progress and not self._as_json:
            self._terminal.progress(text)
        else:
            self.say(event, text, **facts)
