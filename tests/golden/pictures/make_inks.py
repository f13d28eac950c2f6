"""Make cmyk.jpg and ycck.jpg: one drawn picture in printing inks, coded both ways Adobe does.

    .venv-host/bin/python tests/golden/pictures/make_inks.py

Needs Pillow, which the device's environment does not have; so the files are kept.
"""

import os

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


def inks() -> np.ndarray:
    """Return (48, 64, 4) uint8 as Adobe stores inks: 255 is none. Smooth, so that JPEG keeps it."""
    rows, columns = np.mgrid[0:48, 0:64]
    planes = (columns * 4, rows * 5, 255 - columns * 3, 255 - rows * 3)
    return np.stack(planes, axis=2).astype(np.uint8)


def ycck_from_inks(stored: np.ndarray) -> np.ndarray:
    """Return the planes that a YCCK file holds. Source: JFIF 1.02, with R = 255 - C and so on."""
    red, green, blue = (255.0 - stored[:, :, channel] for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = (128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402)
    planes = (luma,) + chroma + (stored[:, :, 3],)
    return np.clip(np.rint(np.stack(planes, axis=2)), 0, 255).astype(np.uint8)


def write(name: str, planes: np.ndarray, transform: int) -> None:
    """Write the four planes as they are, with Adobe's mark saying how they are coded."""
    path = os.path.join(HERE, name)
    # Pillow inverts inks on their way into the file.
    Image.fromarray(255 - planes, "CMYK").save(path, "JPEG", quality=95, subsampling=0)
    with open(path, "rb") as source:
        data = bytearray(source.read())
    data[data.index(b"Adobe") + 11] = transform
    with open(path, "wb") as target:
        target.write(data)


if __name__ == "__main__":
    write("cmyk.jpg", inks(), 0)
    write("ycck.jpg", ycck_from_inks(inks()), 2)
