"""A whole plantd that knows every answer by heart, with its page; what stands before it changes."""

import os
from typing import Any, Dict

from running import RunningService

from support import every_answer
from support.picture_bytes import encode_png

TOKEN = "wild-leek-basket-42"
# A name that a file can have: no slash.
HOSTILE_FILE = "<img src=x onerror=alert(1)> \"'&.png"


class Box(RunningService):
    """A plantd that knows every answer by heart, with its page."""

    def __init__(self, directory: str, sections: Dict[str, Dict[str, Any]]) -> None:
        super().__init__(directory, sections)
        self.url = "http://" + sections["api"]["http"]

    def stand(self, scene: str) -> None:
        """Put a scene before the camera."""
        stand(self.directory, scene)

    def unplug(self) -> None:
        """Take away what the camera sees."""
        os.unlink(os.path.join(self.directory, HOSTILE_FILE))

    def classify(self, scene: str) -> int:
        """Send a scene in; return the number of its answer."""
        data = encode_png(every_answer.picture_of(scene))
        return int(self.client.post_bytes("/v1/classify", data)["seq"])

    def press_and_hear(self) -> Dict[str, Any]:
        """Press the button and return the verdict."""
        before = self.newest_seq()
        self.finger.press()
        heard = self.client.events(types="verdict", after=before)
        return next(event for event in heard if event["type"] == "verdict")

    def newest_seq(self) -> int:
        """Return the highest number in the record."""
        found = self.client.get("/v1/verdicts", newest=1, limit=1)["verdicts"]
        return int(found[0]["seq"]) if found else 0


def stand(directory: str, scene: str) -> None:
    """Put a scene where the camera looks; whole at every moment."""
    path = os.path.join(directory, HOSTILE_FILE)
    with open(path + ".new", "wb") as target:
        target.write(encode_png(every_answer.picture_of(scene)))
    os.rename(path + ".new", path)
