"""The story of an export: page after page of the record, each verdict written before the next.

How this works. The record is read in pages, each with a connection of its own: no transaction stays
open, so that the service beside it can write, expire and tidy as ever, and a million verdicts take
the memory of one page. What is recorded during the export is exported too, if it is in the range.
"""

import os
from typing import Callable, Iterator, NamedTuple, Optional

from plantd.errors import AccessError, NotFoundError, PictureError, RecordError
from plantd.export.dataset import Counts, Dataset
from plantd.export.lines import FORMATS
from plantd.sinks.recording.picture_files import PictureFiles
from plantd.sinks.recording.reader import Recorded, RecordReader, Selection
from plantd.sinks.recording.rows import KEPT
from plantd.sinks.recording.store import Place
from plantd.system.box import Box

PAGE = 200

Write = Callable[[bytes], object]


class Summary(NamedTuple):
    """What was exported.

    Attributes:
        verdicts: how many.
        labelled: how many of them a person labelled.
        pictures: how many went where; None where none were asked for.
        damaged: pictures that the disk does not give any more, or that are none.
    """

    verdicts: int = 0
    labelled: int = 0
    pictures: Optional[Counts] = None
    damaged: int = 0


class Recording:
    """A record on the disk, for reading alone, with a service beside it or without."""

    def __init__(self, state_path: str) -> None:
        """Args: paths.state. Raises NotFoundError or AccessError where nothing can be read."""
        place = Place(state_path)
        for folder in (state_path, place.folder):
            if os.path.exists(folder) and not os.access(folder, os.X_OK):
                raise _no_access(folder)
        if not os.path.exists(place.database):
            raise NotFoundError(
                "there is no record in {}; expected {}, which the service makes at its first "
                "verdict".format(state_path, place.database)
            )
        if not os.access(place.database, os.R_OK):
            raise _no_access(place.database)
        self._reader = RecordReader(place)
        self._files = PictureFiles(place.pictures)

    def verdicts(self, after: int, which: Selection) -> Iterator[Recorded]:
        """Yield those of the selection with seq > after, ascending. Raises RecordError."""
        while True:
            page = self._reader.selected(after, PAGE, which)
            for recorded in page:
                yield recorded
            if len(page) < PAGE:
                return
            after = int(page[-1].verdict["seq"])

    def picture(self, recorded: Recorded) -> Optional[bytes]:
        """Return its picture; None where none is kept. Raises RecordError where one is lost."""
        if recorded.frame_file is None or recorded.verdict["pictures"] != KEPT:
            return None
        try:
            return self._files.load(recorded.frame_file)
        except NotFoundError as error:
            # Between its row and its picture it may have gone to make room.
            raise RecordError(str(error)) from error
        except OSError as error:
            raise RecordError(
                "the picture {} cannot be read: {}".format(recorded.frame_file, error)
            ) from error


class Export:
    """Writes what it is given, and counts."""

    def __init__(
        self,
        recording: Recording,
        form: str,
        dataset: Optional[Dataset] = None,
        box: Optional[Box] = None,
    ) -> None:
        """Args: a key of FORMATS; where pictures go, if they do; whose record it is."""
        self._box = box
        self._recording = recording
        self._head, self._line = FORMATS[form]
        self._dataset = dataset
        self._written = Summary()

    @property
    def summary(self) -> Summary:
        """What has been written until now."""
        return self._written._replace(pictures=self._dataset.counts if self._dataset else None)

    def write(self, verdicts: Iterator[Recorded], write: Write) -> Iterator[Summary]:
        """Write all verdicts, and their pictures; yield after each what has been written."""
        write(self._head.encode("utf-8"))
        for recorded in verdicts:
            picture = self._keep_picture(recorded)
            write(self._line(recorded, picture, self._box).encode("utf-8"))
            self._written = self._written._replace(
                verdicts=self._written.verdicts + 1,
                labelled=self._written.labelled + (recorded.label is not None),
            )
            yield self._written

    def _keep_picture(self, recorded: Recorded) -> Optional[str]:
        if self._dataset is None:
            return None
        try:
            data = self._recording.picture(recorded)
            return None if data is None else self._dataset.add(recorded, data)
        except (PictureError, RecordError):
            # One that is broken is counted: the others are no worse for it.
            self._written = self._written._replace(damaged=self._written.damaged + 1)
            return None


def _no_access(path: str) -> AccessError:
    return AccessError(
        "{} may not be read by this user; ask as root: sudo plantd-cli export".format(path)
    )
