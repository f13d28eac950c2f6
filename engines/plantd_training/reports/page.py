"""A report's page: what every report can show, and plots and pictures of a training."""

from typing import Any, Sequence, Tuple

from plantd_calibration.report import html_page
from plantd_training.reports.contact_sheets import jpeg


class Page(html_page.Page):
    """Collects parts in order; `text` is the whole file."""

    def plot(self, png: bytes, alternative: str) -> None:
        """Add a plot, PNG bytes."""
        self.add(html_page.image("image/png", png, alternative))

    def pictures(self, shown: Sequence[Tuple[Any, str]]) -> None:
        """Add small pictures, (height, width, 3) uint8 BGR, each with a line below."""
        self.figures([(jpeg(pixels), caption) for pixels, caption in shown])
