"""Which pictures belong together, and which of them are trained on, tuned on and tested with. Pure.

How this works: presses in front of one plant follow each other within a minute and show nearly the
same. Such an occasion is one group and lies in one split whole, or what is tested with would have
been learned. The occasions of a label are dealt in turn, so that an export of more verdicts deals
those before as it dealt them:

    occasion of a label    1      2    3      4      5     6      7      8 ...
    split                  train  val  train  train  test  train  train  again from the first
"""

from typing import Dict, NamedTuple

TRAIN, VAL, TEST = "train", "val", "test"
DEALT = (TRAIN, VAL, TRAIN, TRAIN, TEST, TRAIN, TRAIN)
APART_S = 60.0


class Place(NamedTuple):
    """Where a picture belongs."""

    group: str
    split: str


class _Last(NamedTuple):
    """The latest picture of a label."""

    boot_id: str
    mono_s: float
    number: int
    place: Place


class Occasions:
    """Deals pictures in the order of their numbers; remembers one picture a label."""

    def __init__(self, apart_s: float = APART_S) -> None:
        """Args: pictures of a label that are no further apart, in seconds, are one occasion."""
        self._apart_s = apart_s
        self._last: Dict[str, _Last] = {}

    def place(self, label: str, seq: int, boot_id: str, mono_s: float) -> Place:
        """Return the place of the next picture of a label.

        Args:
            mono_s: monotonic seconds of the boot that `boot_id` names.
        """
        last = self._last.get(label)
        if last is not None and boot_id == last.boot_id and mono_s - last.mono_s < self._apart_s:
            number, place = last.number, last.place
        else:
            number = 0 if last is None else last.number + 1
            place = Place("{}-{}".format(label, seq), DEALT[number % len(DEALT)])
        self._last[label] = _Last(boot_id, mono_s, number, place)
        return place
