"""What the schema says about a key and about a section."""

from typing import Dict, NamedTuple, Tuple, Union


class Doc(NamedTuple):
    """What the table says about one key.

    Attributes:
        help: one sentence or two for whoever edits the file.
        low, high: the smallest and the largest number allowed; both None for what is no number.
        choices: the words allowed; empty for any.
        form: what a text must look like, a name of schema.keys.FORMS; empty for any text.
        live: SIGHUP takes the change; otherwise the service must be restarted.
    """

    help: str
    low: Union[int, float, None] = None
    high: Union[int, float, None] = None
    choices: Tuple[str, ...] = ()
    form: str = ""
    live: bool = False


def live(
    told: str,
    low: Union[int, float, None] = None,
    high: Union[int, float, None] = None,
    choices: Tuple[str, ...] = (),
    form: str = "",
) -> Doc:
    """Return what the table says about a key of which SIGHUP takes the change."""
    return Doc(told, low, high, choices, form, live=True)


class Section(NamedTuple):
    """A group of keys and what they are about."""

    help: str
    keys: Dict[str, Doc]
