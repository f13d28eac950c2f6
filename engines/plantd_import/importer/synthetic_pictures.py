"""Pictures drawn for comparing graphs: every place, channel and contrast level matters in them.

They are drawn from a seed, so a golden output can be made again, and no photograph travels along.
"""

import numpy as np

WIDTH_PX = 320
HEIGHT_PX = 240


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """Return (count, HEIGHT_PX, WIDTH_PX, 3) uint8 BGR pictures: blades and petals on earth."""
    random = np.random.default_rng(seed)
    return np.stack([_picture(random) for _ in range(count)])


def _picture(random: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    canvas = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    canvas += random.uniform(20, 90, 3)
    canvas += (y / HEIGHT_PX * random.uniform(0, 80))[:, :, np.newaxis]
    for _ in range(24):
        center = random.uniform((0, 0), (WIDTH_PX, HEIGHT_PX))
        turn = random.uniform(0, np.pi)
        along = (x - center[0]) * np.cos(turn) + (y - center[1]) * np.sin(turn)
        across = (y - center[1]) * np.cos(turn) - (x - center[0]) * np.sin(turn)
        inside = (along / random.uniform(20, 70)) ** 2 + (across / random.uniform(5, 25)) ** 2
        shade = np.clip(1.3 - inside, 0.0, 1.0)[:, :, np.newaxis]
        canvas = canvas * (1 - shade) + shade * random.uniform((0, 30, 0), (255, 255, 255))
    canvas += random.normal(0, 8, canvas.shape)
    return np.clip(canvas, 0, 255).astype(np.uint8)
