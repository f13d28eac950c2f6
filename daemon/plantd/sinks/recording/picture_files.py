"""The pictures beside the record: one folder a thousand verdicts, written so that a power cut
leaves a picture whole or absent.

    pictures/000001/1042.jpg          what the camera saw, or what was sent in
    pictures/000001/1042-input.png    what the network saw, lossless
"""

import os
import re
from contextlib import ExitStack
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from plantd.errors import NotFoundError
from plantd.system.durable import sync_directory

SHARD = 1000
_NAME = re.compile(r"[0-9]{6,}/([0-9]+)(-input)?\.(jpg|png)(\.tmp)?$")
_PNG = b"\x89PNG"


class Saved(NamedTuple):
    """Names relative to the folder, None where there was nothing to save."""

    frame: Optional[str]
    input: Optional[str]
    size_bytes: int


class PictureFiles:
    """The folder of pictures. Methods raise OSError, for the record thread to judge."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def save(self, seq: int, frame: Optional[bytes], tensor_png: Optional[bytes]) -> Saved:
        """Write both pictures durably: when this returns they survive a power cut."""
        shard = self._shard(seq)
        saved = Saved(
            _frame_name(seq, frame) if frame else None,
            "{:06d}/{}-input.png".format(seq // SHARD, seq) if tensor_png else None,
            len(frame or b"") + len(tensor_png or b""),
        )
        pairs = ((saved.frame, frame), (saved.input, tensor_png))
        try:
            _write_durably(
                [(os.path.join(self.folder, name), data) for name, data in pairs if name and data]
            )
            sync_directory(shard)
        except OSError:
            self.remove([name for name in (saved.frame, saved.input) if name is not None])
            raise
        return saved

    def hold(self, saved: Saved) -> bool:
        """Return whether what was saved is still there."""
        names = [name for name in (saved.frame, saved.input) if name is not None]
        return all(os.path.exists(os.path.join(self.folder, name)) for name in names)

    def load(self, name: str) -> bytes:
        """Return one picture. Raises NotFoundError when it is gone."""
        try:
            with open(self._path(name), "rb") as picture:
                return picture.read()
        except FileNotFoundError as error:
            raise NotFoundError("the picture {} is missing on the disk".format(name)) from error

    def remove(self, names: Iterable[str]) -> None:
        """Delete pictures; those that are gone already are no error."""
        for name in names:
            path = self._path(name)
            for leftover in (path, path + ".tmp"):
                try:
                    os.unlink(leftover)
                except FileNotFoundError:
                    continue

    def shards(self) -> List[str]:
        """Return the names of the folders, oldest first."""
        try:
            return sorted(name for name in os.listdir(self.folder) if name.isdigit())
        except FileNotFoundError:
            return []

    def names(self, shard: str) -> List[str]:
        """Return what lies in one folder, as names relative to the pictures' folder."""
        return sorted(shard + "/" + name for name in os.listdir(os.path.join(self.folder, shard)))

    def highest_seq(self) -> int:
        """Return the highest sequence number that any picture bears; 0 when there is none."""
        shards = self.shards()
        names = self.names(shards[-1]) if shards else []
        return max([seq_from_name(name) or 0 for name in names], default=0)

    def remove_file(self, name: str) -> None:
        """Delete anything that lies in the folder under this name."""
        os.unlink(os.path.join(self.folder, name))

    def remove_empty(self, shard: str) -> None:
        """Delete one folder if nothing is left in it."""
        path = os.path.join(self.folder, shard)
        if not os.listdir(path):
            os.rmdir(path)

    def _path(self, name: str) -> str:
        if _NAME.match(name) is None:
            raise NotFoundError("the record names a picture {!r}, which is not a name".format(name))
        return os.path.join(self.folder, name)

    def _shard(self, seq: int) -> str:
        path = os.path.join(self.folder, "{:06d}".format(seq // SHARD))
        if not os.path.isdir(path):
            os.makedirs(path)
            sync_directory(self.folder)
        return path


def seq_from_name(name: str) -> Optional[int]:
    """Return the verdict a picture, also a half-written one, belongs to; None if it is not ours."""
    match = _NAME.match(name)
    return int(match.group(1)) if match else None


def _frame_name(seq: int, data: bytes) -> str:
    suffix = "png" if data.startswith(_PNG) else "jpg"
    return "{:06d}/{}.{}".format(seq // SHARD, seq, suffix)


def _write_durably(pictures: Sequence[Tuple[str, bytes]]) -> None:
    with ExitStack() as opened:
        files = [opened.enter_context(open(path + ".tmp", "wb")) for path, _ in pictures]
        for picture, (_, data) in zip(files, pictures):
            picture.write(data)
            picture.flush()
        # All written before the first is synced: one journal commit can serve both.
        for picture in files:
            os.fsync(picture.fileno())
    for path, _ in pictures:
        os.rename(path + ".tmp", path)
