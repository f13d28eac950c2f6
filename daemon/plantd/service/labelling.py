"""What a person says that a picture shows: which labels there are, and what waits for one."""

from typing import Any, Dict, List, Optional

from plantd.bundle import Bundle
from plantd.errors import EngineError, UsageError
from plantd.messages import did_you_mean
from plantd.sinks.recording.labels import ANOTHER_PLANT, NO_PLANT, Said, json_from_label
from plantd.sinks.recording.reader import Recorded, RecordReader, Selection

Json = Dict[str, Any]


def said_from_label(label: str, by: str, bundle: Optional[Bundle]) -> Said:
    """Return what `by` says, with what the bundle knows of it.

    Raises UsageError for a label that the bundle does not have, EngineError without one.
    """
    if label == NO_PLANT:
        return Said(label, False, by)
    if label == ANOTHER_PLANT:
        return Said(label, None, by)
    if bundle is None:
        raise EngineError("no model is loaded, so its labels are not known; see: plantd-cli status")
    head = bundle.species_head
    known = {name: bad for name, bad in zip(head.labels, head.poisonous) if name in bundle.species}
    if label not in known:
        raise UsageError(
            "{!r} is not a label of the model {}; expected one that plantd-cli review lists, {} or "
            "{}{}".format(
                *(label[:80], bundle.manifest.name, ANOTHER_PLANT, NO_PLANT),
                did_you_mean(label, known),
            )
        )
    return Said(label, known[label], by)


def review(reader: RecordReader, before: int, limit: int, again: bool) -> List[Json]:
    """Return what waits for a label, or for another one; see Appliance. Raises RecordError."""
    which = Selection(labelled=None if again else False, kept=True)
    return [
        {**_with_label(recorded), "picture_path": reader.picture_path(recorded)}
        for recorded in reader.selected_before(before, limit, which)
    ]


def labelled(reader: RecordReader, seq: int) -> Json:
    """Return one verdict with its label. Raises NotFoundError or RecordError."""
    return _with_label(reader.recorded(seq))


def _with_label(recorded: Recorded) -> Json:
    return {**recorded.verdict, "label": json_from_label(recorded.label)}
