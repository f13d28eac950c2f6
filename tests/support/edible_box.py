"""A whole plantd of its own that stands before an edible plant and knows every answer by heart."""

import shutil
import tempfile
from contextlib import contextmanager
from typing import Any, Dict, Iterator

from running import RunningService

from support import every_answer
from support.picture_bytes import encode_png


@contextmanager
def edible_box(**sections: Dict[str, Any]) -> Iterator[RunningService]:
    """Yield it running; `sections` are more of its configuration."""
    directory = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    with open(directory + "/edible.png", "wb") as target:
        target.write(encode_png(every_answer.picture_of("edible")))
    every_answer.make(directory + "/model")
    whole: Dict[str, Dict[str, Any]] = {
        "camera": {"source": "file://" + directory + "/edible.png", "fps": 20},
        "model": {"bundle": directory + "/model"},
        "engine": {"backend": "fake"},
        **sections,
    }
    made = RunningService(directory, whole)
    try:
        made.start()
        yield made
    finally:
        made.close()
        shutil.rmtree(directory)
