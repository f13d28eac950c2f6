"""The pictures as a folder to train on, with what a person said they show.

    FOLDER/manifest.csv             labelled plants: file, class, poisonous, split, ...
    FOLDER/labelled/000001/1042.jpg
    FOLDER/strangers/manifest.csv   labelled "another plant" and "no plant": file, kind, label, ...
    FOLDER/strangers/000001/1043.jpg
    FOLDER/unlabelled/000001/1044.jpg
    FOLDER/verdicts.jsonl           the verdicts, each with its picture's path

What the network said is in verdicts.jsonl alone: it is no truth to train on.
"""

import os
from contextlib import ExitStack
from typing import Dict, List, NamedTuple, Optional, TextIO

from plantd.export.bare_picture import bare_picture
from plantd.export.lines import csv_row
from plantd.export.occasions import TRAIN, VAL, Occasions
from plantd.sinks.recording.labels import NO_PLANT, Label
from plantd.sinks.recording.reader import Recorded
from plantd.system.durable import sync_directory

MANIFEST = "manifest.csv"
LABELLED, STRANGERS, UNLABELLED = "labelled", "strangers", "unlabelled"
SOURCE = "plantd"
_COLUMNS: Dict[str, List[str]] = {
    LABELLED: ["file", "class", "poisonous", "split", "source_repo", "group"],
    STRANGERS: ["file", "kind", "label", "poisonous", "source_repo", "group"],
}


class Counts(NamedTuple):
    """How many pictures went where."""

    labelled: int = 0
    strangers: int = 0
    unlabelled: int = 0

    @property
    def pictures(self) -> int:
        """All of them."""
        return sum(self)


class Dataset:
    """Writes one folder that nobody reads yet. Methods raise OSError.

    `counts` and `splits` say what has been written.
    """

    def __init__(self, folder: str, occasions: Occasions) -> None:
        """Args: an empty folder; what deals the pictures."""
        self._folder = folder
        self._occasions = occasions
        self._files = ExitStack()
        self._manifests: Dict[str, TextIO] = {}
        self.counts = Counts()
        self.splits: Dict[str, int] = {}

    def add(self, recorded: Recorded, data: bytes) -> str:
        """Write one picture and its row; return its path in the folder. Raises PictureError."""
        data, label = bare_picture(data), recorded.label
        part = _part_of(label)
        file = os.path.join(part, str(recorded.frame_file))
        path = os.path.join(self._folder, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as picture:
            picture.write(data)
        if label is not None:
            self._write_row(part, recorded, label)
        self.counts = self.counts._replace(**{part: getattr(self.counts, part) + 1})
        return file

    def finish(self) -> None:
        """Make everything durable."""
        self._files.close()
        # All written before the first is synced: the disk has begun with most of it.
        for folder, _, names in os.walk(self._folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as whole:
                    os.fsync(whole.fileno())
            sync_directory(folder)

    def close(self) -> None:
        """Close the manifests; may be called twice."""
        self._files.close()

    @property
    def cannot_be_trained_on(self) -> bool:
        """Whether labelled pictures lack what a training asks for: some to train, some to tune."""
        return bool(self.counts.labelled) and not (self.splits.get(TRAIN) and self.splits.get(VAL))

    def _write_row(self, part: str, recorded: Recorded, label: Label) -> None:
        verdict = recorded.verdict
        seq, mono_s = int(verdict["seq"]), float(verdict["mono_s"])
        place = self._occasions.place(label.label, seq, str(verdict["boot_id"]), mono_s)
        flag = "" if label.poisonous is None else str(int(label.poisonous))
        file = str(recorded.frame_file)
        if part == LABELLED:
            self.splits[place.split] = self.splits.get(place.split, 0) + 1
            row = [LABELLED + "/" + file, label.label, flag, place.split, SOURCE, place.group]
        else:
            kind = "thing" if label.label == NO_PLANT else "plant"
            row = [file, kind, label.label, flag, SOURCE, place.group]
        self._manifest(part).write(csv_row(row))

    def _manifest(self, part: str) -> TextIO:
        if part not in self._manifests:
            below = "" if part == LABELLED else part
            path = os.path.join(self._folder, below, MANIFEST)
            opened = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115 - held by the stack
            self._manifests[part] = self._files.enter_context(opened)
            opened.write(csv_row(_COLUMNS[part]))
        return self._manifests[part]


def _part_of(label: Optional[Label]) -> str:
    if label is None:
        return UNLABELLED
    return LABELLED if label.is_of_a_known_plant else STRANGERS
