"""What kind of file some bytes are, told from how they begin."""

JPEG = "JPEG"
PNG = "PNG"

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", "a GIF"),
    (b"GIF89a", "a GIF"),
    (b"BM", "a BMP bitmap"),
    (b"II*\0", "a TIFF or a camera's raw file"),
    (b"MM\0*", "a TIFF or a camera's raw file"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"%PDF", "a PDF document"),
    (b"\0\x05\x16\x07", "what a Mac leaves beside a file (AppleDouble), not the file itself"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself: run 'git lfs pull'"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"8BPS", "a Photoshop document"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
)
_BRANDS = (
    ((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "a HEIC picture, as iPhones take them"),
    ((b"avif", b"avis"), "an AVIF"),
    ((b"crx ",), "a camera's raw file"),
)
_TEXT = bytes(range(32, 127)) + b"\t\n\r\f"


def kind_of(data: bytes) -> str:
    """Return JPEG, PNG, or in words what the bytes seem to be."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": "a WebP", b"AVI ": "an AVI video"}.get(data[8:12], "a RIFF file")
    if data[4:8] == b"ftyp":
        return _kind_of_brand(data[8:12])
    return _kind_of_unmarked(data)


def _kind_of_brand(brand: bytes) -> str:
    for brands, kind in _BRANDS:
        if brand in brands:
            return kind
    return "an MP4 or QuickTime video"


def _kind_of_unmarked(data: bytes) -> str:
    if not data.strip(b"\0"):
        return "nothing but zero bytes, as a power cut leaves them"
    if data[:512].translate(None, _TEXT):
        return "of an unknown kind"
    words = data[:512].lstrip().lower()
    if words.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if b"<svg" in words:
        return "an SVG drawing"
    return "text"
