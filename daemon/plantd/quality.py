"""How good a picture is, measured on a grey thumbnail. Pure."""

from typing import NamedTuple, Sequence, Tuple

import numpy as np

DARK_LEVEL = 16
BRIGHT_LEVEL = 245
# A finger before the lens is out of focus: a tile of it has hardly any structure.
TILES = 8
FLAT_CONTRAST = 2.0

# What helps, by fault.
ADVICE = {
    "too_small": "come closer, or send the whole picture; then press again",
    "too_dark": "press again, with more light",
    "blown_out": "press again with the sun behind you, or in the plant's shade",
    "covered": "wipe the lens, keep fingers away from it, and press again",
    "blurred": "hold still, keep a hand's breadth away, and press again",
}


class Quality(NamedTuple):
    """What was measured of one picture.

    Attributes:
        width_px, height_px: of the picture itself.
        sharpness: variance of the Laplacian of the grey thumbnail; the higher, the sharper.
            Source: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000.
        brightness: mean grey level, 0 to 255.
        dark_share, bright_share: shares of the thumbnail at or below 16, at or above 245.
        contrast: standard deviation of the grey levels.
        flat_share: share of the thumbnail's 8 x 8 tiles whose own contrast is below 2.
        evenness: how alike in all directions it is sharp, 0 to 1: the smaller eigenvalue of the
            Laplacian's structure tensor by the larger one, of the thumbnail or of its half size,
            whichever is less. A camera that moved leaves streaks; its noise hides them at one size.
            Source: Bigün and Granlund, Optimal orientation detection of linear symmetry, 1987.
    """

    width_px: int
    height_px: int
    sharpness: float
    brightness: float
    dark_share: float
    bright_share: float
    contrast: float
    flat_share: float = 0.0
    evenness: float = 1.0


class QualityLimits(NamedTuple):
    """Outside these a picture is too poor to call a plant edible. From the bundle."""

    side_min_px: int = 96
    sharpness_min: float = 8.0
    brightness_min: float = 24.0
    brightness_max: float = 235.0
    dark_share_max: float = 0.85
    bright_share_max: float = 0.6
    contrast_min: float = 8.0
    flat_share_max: float = 1.0
    evenness_min: float = 0.0


def measure(grey: np.ndarray, width_px: int, height_px: int) -> Quality:
    """Return the quality of a picture from its grey thumbnail, (h, w) uint8, h and w >= 3."""
    levels = np.asarray(grey, np.float32)
    laplacian = _laplacian(levels)
    return Quality(
        width_px=width_px,
        height_px=height_px,
        sharpness=float(laplacian.var()),
        brightness=float(levels.mean()),
        dark_share=float((levels <= DARK_LEVEL).mean()),
        bright_share=float((levels >= BRIGHT_LEVEL).mean()),
        contrast=float(levels.std()),
        flat_share=_flat_share(levels),
        evenness=min(_evenness(laplacian), _evenness(_laplacian(_halved(levels)))),
    )


def burst_quality(frames: Sequence[Quality], limits: QualityLimits) -> Quality:
    """Return what the frames of one burst amount to, also where a few of them are spoilt.

    Broken blocks look sharp, and a hand that jerks blurs one frame: sharp is what more than half of
    the frames are, and the middle one tells how sharp. Light and cover do not change so fast: of
    these figures the poorest counts, and of the brightness the one nearest to a limit or farthest
    beyond one, so that no frame excuses another.
    """
    columns = dict(zip(Quality._fields, zip(*frames)))
    middle = sorted(frames, key=lambda one: (_is_sharp(one, limits), one.sharpness))
    beyond = [
        max(limits.brightness_min - level, level - limits.brightness_max)
        for level in columns["brightness"]
    ]
    return Quality(
        width_px=min(columns["width_px"]),
        height_px=min(columns["height_px"]),
        sharpness=middle[(len(frames) - 1) // 2].sharpness,
        # argmax takes the first NaN for the greatest.
        brightness=columns["brightness"][int(np.argmax(beyond))],
        dark_share=float(np.max(columns["dark_share"])),
        bright_share=float(np.max(columns["bright_share"])),
        contrast=float(np.min(columns["contrast"])),
        flat_share=float(np.max(columns["flat_share"])),
        evenness=middle[(len(frames) - 1) // 2].evenness,
    )


def faults(quality: Quality, limits: QualityLimits) -> Tuple[str, ...]:
    """Return what is wrong with a picture: too_small, too_dark, blown_out, covered, blurred.

    Every comparison is written so that NaN counts as a fault.
    """
    checks = (
        ("too_small", min(quality.width_px, quality.height_px) >= limits.side_min_px),
        (
            "too_dark",
            quality.brightness >= limits.brightness_min
            and quality.dark_share <= limits.dark_share_max,
        ),
        (
            "blown_out",
            quality.brightness <= limits.brightness_max
            and quality.bright_share <= limits.bright_share_max,
        ),
        (
            "covered",
            quality.contrast >= limits.contrast_min and quality.flat_share <= limits.flat_share_max,
        ),
        ("blurred", _is_sharp(quality, limits)),
    )
    return tuple(name for name, good in checks if not good)


def _is_sharp(quality: Quality, limits: QualityLimits) -> bool:
    return quality.sharpness >= limits.sharpness_min and quality.evenness >= limits.evenness_min


def _laplacian(levels: np.ndarray) -> np.ndarray:
    """Return (h - 2, w - 2); nothing of a picture with a side below 3."""
    return np.asarray(
        levels[:-2, 1:-1]
        + levels[2:, 1:-1]
        + levels[1:-1, :-2]
        + levels[1:-1, 2:]
        - 4.0 * levels[1:-1, 1:-1]
    )


def _halved(levels: np.ndarray) -> np.ndarray:
    """Return the means of 2 x 2 levels; a last odd row or column is left out."""
    height, width = levels.shape[0] // 2, levels.shape[1] // 2
    above, below = (levels[row : 2 * height : 2, : 2 * width] for row in (0, 1))
    # Whole levels are summed exactly, and four times as fast as numpy's mean of two axes.
    return (above[:, ::2] + above[:, 1::2] + below[:, ::2] + below[:, 1::2]) / np.float32(4.0)


def _flat_share(levels: np.ndarray) -> float:
    """Rows and columns that do not fill a tile are left out; a picture under 8 px is one tile."""
    height, width = levels.shape
    rows, columns = min(TILES, height // TILES or 1), min(TILES, width // TILES or 1)
    tall, wide = height // rows, width // columns
    tiles = levels[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide)
    return float((tiles.std(axis=(1, 3)) < FLAT_CONTRAST).mean())


def _evenness(edges: np.ndarray) -> float:
    """A picture without structure, or of less than 5 px, is as even as can be."""
    across = (edges[1:-1, 2:] - edges[1:-1, :-2]).ravel()
    down = (edges[2:, 1:-1] - edges[:-2, 1:-1]).ravel()
    xx, yy, xy = (float(np.dot(*pair)) for pair in ((across, across), (down, down), (across, down)))
    if xx + yy == 0.0:
        return 1.0
    # The eigenvalues of [[xx, xy], [xy, yy]] are (sum + difference) / 2 and (sum - difference) / 2.
    difference = float(np.hypot(xx - yy, 2.0 * xy))
    return (xx + yy - difference) / (xx + yy + difference)
