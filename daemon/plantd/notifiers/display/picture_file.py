"""The display of who has none: each picture becomes a PNG, whole or not at all."""

import os
from typing import Optional, Tuple

from PIL.Image import Image as Picture

from plantd.config import DisplayConfig
from plantd.notifiers.display.screen import Screen
from plantd.notifiers.queued import NotDelivered

FILE = "display.png"


class PictureFile(Screen):
    """Writes `display.png` into a folder; whoever reads it sees one picture or the next."""

    def __init__(self, config: DisplayConfig, folder: str) -> None:
        """Args: size and depth; where it lies."""
        self._config = config
        self._path = os.path.join(folder, FILE)
        self._written: Optional[bytes] = None

    def open(self) -> None:
        """Nothing to take."""

    @property
    def size(self) -> Tuple[int, int]:
        """See Screen."""
        return self._config.width_px, self._config.height_px

    @property
    def depth(self) -> int:
        """See Screen."""
        return self._config.depth

    @property
    def colour(self) -> str:
        """See Screen."""
        return self._config.colour if self._config.paper else ""

    def show(self, picture: Picture) -> None:
        """See Screen."""
        pixels, new = picture.tobytes(), self._path + ".new"
        if pixels == self._written and os.path.exists(self._path):
            return  # a card is not written to for nothing
        try:
            picture.save(new, format="PNG")
            os.replace(new, self._path)
        except OSError as error:
            raise NotDelivered(
                "{} cannot be written: {}; look at paths.cache and its disk".format(
                    self._path, error.strerror or error
                )
            ) from error
        self._written = pixels

    def renew(self) -> None:
        """A file needs nothing."""

    def close(self) -> None:
        """Nothing to give back."""
