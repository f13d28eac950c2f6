"""A report's page: what every report can show, and plots and pictures of a training."""

import base64
import html
from typing import Any, Sequence, Tuple

from plantd_calibration import page
from plantd_training.sheets import jpeg


class Page(page.Page):
    """Collects parts in order; `text` is the whole file."""

    def plot(self, png: bytes, alternative: str) -> None:
        """Add a plot, PNG bytes."""
        self.add(_image("image/png", png, alternative))

    def pictures(self, shown: Sequence[Tuple[Any, str]]) -> None:
        """Add small pictures, (height, width, 3) uint8 BGR, each with a line below."""
        for pixels, caption in shown:
            image = _image("image/jpeg", jpeg(pixels), caption)
            line = "<figcaption>{}</figcaption>".format(html.escape(caption))
            self.add("<figure>{}{}</figure>".format(image, line))


def _image(kind: str, content: bytes, alternative: str) -> str:
    encoded = base64.b64encode(content).decode("ascii")
    return '<img alt="{}" src="data:{};base64,{}">'.format(
        html.escape(alternative, quote=True), kind, encoded
    )
