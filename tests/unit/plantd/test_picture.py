"""plantd.picture: what is read, and what comes out."""

import os
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import picture_bytes
from support.checkout import TOP
from support.picture_bytes import drawn, encode_png, exif, jpeg, png, with_exif

from plantd import picture, quality
from plantd.errors import NotFoundError, PictureError
from plantd.picture import Limits

GOLDEN = TOP / "tests" / "golden" / "pictures"
# What JPEG at quality 95 may change of a smooth picture.
JPEG_LEVELS = 12


def difference(seen: np.ndarray, expected: np.ndarray) -> int:
    """Return by how many levels two pictures of one shape differ at most."""
    assert seen.shape == expected.shape
    assert seen.dtype == np.uint8
    return int(np.abs(seen.astype(int) - expected.astype(int)).max())


def as_seen_with(orientation: int, upright: np.ndarray) -> np.ndarray:
    """Return what the sensor saw. Source: Exif 2.3, table of tag 274, row by row."""
    inverse = {
        1: upright,
        2: upright[:, ::-1],  # row 0 top, column 0 right
        3: upright[::-1, ::-1],  # bottom, right
        4: upright[::-1],  # bottom, left
        5: upright.transpose(1, 0, 2),  # left, top
        6: np.rot90(upright, 1),  # right, top: to be turned clockwise
        7: np.rot90(upright, 2).transpose(1, 0, 2),  # right, bottom
        8: np.rot90(upright, -1),  # left, bottom: to be turned counter-clockwise
    }
    return np.ascontiguousarray(inverse[orientation])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_upright_exactly_once(orientation: int, order: str) -> None:
    sensor = as_seen_with(orientation, drawn())
    data = with_exif(jpeg(sensor), exif(orientation, order))
    assert difference(picture.decode(data), drawn()) <= JPEG_LEVELS


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_png_is_turned_upright_exactly_once(orientation: int) -> None:
    sensor = as_seen_with(orientation, drawn())
    size = (sensor.shape[1], sensor.shape[0])
    rows = [row[:, ::-1].tobytes() for row in sensor]
    data = png(size, 8, 2, rows, before=[(b"eXIf", exif(orientation))])
    assert np.array_equal(picture.decode(data), drawn())


@pytest.mark.parametrize(
    "tiff",
    [
        exif(0),
        exif(9),
        exif(6, kind=1),
        exif(6, count=0),
        exif(6, count=2),
        exif(6)[:20],
        b"II*\0\xff\xff\xff\xff",
        b"II*\0",
        b"",
        b"XX*\0" + exif(6)[4:],
    ],
)
def test_a_broken_orientation_counts_as_upright(tiff: bytes) -> None:
    data = with_exif(jpeg(drawn()), tiff)
    assert np.array_equal(picture.decode(data), picture.decode(jpeg(drawn())))


def is_turned(data: bytes) -> bool:
    """Say whether a picture of 64 x 48 px was laid on its side."""
    return picture.decode(data).shape == (64, 48, 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4, 8])
def test_an_orientation_may_be_short_long_or_signed(kind: int, order: str) -> None:
    assert is_turned(with_exif(jpeg(drawn()), exif(6, order, kind)))


@pytest.mark.parametrize("useless", [exif(0), exif(6, count=0), b"II*\0", b""])
def test_the_first_orientation_that_can_be_used_counts(useless: bytes) -> None:
    later = with_exif(jpeg(drawn()), exif(1))
    assert is_turned(with_exif(later, exif(6)))
    assert is_turned(with_exif(with_exif(later, exif(6)), useless))
    assert not is_turned(with_exif(with_exif(jpeg(drawn()), exif(6)), exif(1)))


TEXT = picture_bytes.raw_profile(exif(6))
OLD_TEXT = picture_bytes.raw_profile(exif(6), b"Raw profile type APP1")


@pytest.mark.parametrize(
    "part",
    [
        (b"eXIf", exif(6)),
        (b"tEXt", TEXT),
        (b"tEXt", OLD_TEXT),
        (b"zTXt", picture_bytes.packed(TEXT)),
    ],
)
def test_a_png_is_turned_by_what_stands_before_its_pixels(part: "tuple[bytes, bytes]") -> None:
    rows = [row[:, ::-1].tobytes() for row in drawn()]
    before = png((64, 48), 8, 2, rows, [part])
    plain = png((64, 48), 8, 2, rows)
    behind = plain[:-12] + picture_bytes.chunk(*part) + plain[-12:]
    assert is_turned(before)
    assert not is_turned(behind)


@pytest.mark.parametrize(
    "part",
    [
        (b"tEXt", TEXT.rstrip()[:-1]),
        (b"tEXt", b"Comment\0" + TEXT),
        (b"tEXt", b"Raw profile type exif"),
        (b"zTXt", TEXT),
        (b"zTXt", picture_bytes.packed(TEXT)[:-30]),
        (b"zTXt", picture_bytes.packed(b"Raw profile type exif\0" + b"0" * (64 << 20))),
        (b"tEXt", TEXT.replace(b"45", b"zz")),
    ],
)
def test_a_broken_raw_profile_counts_as_upright(part: "tuple[bytes, bytes]") -> None:
    rows = [row[:, ::-1].tobytes() for row in drawn()]
    assert np.array_equal(picture.decode(png((64, 48), 8, 2, rows, [part])), drawn())


@pytest.mark.parametrize("behind", [b"", b"\0" * 512, b"\xff", b"\xff\xd8\xff\xe0 another"])
@pytest.mark.parametrize("progressive", [0, 1])
def test_a_whole_jpeg_needs_no_end_mark(behind: bytes, progressive: int) -> None:
    noise = np.random.RandomState(1).randint(0, 256, (48, 64, 3)).astype(np.uint8)
    whole = jpeg(noise, 80, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert np.array_equal(picture.decode(whole[:-2] + behind), picture.decode(whole))


@pytest.mark.parametrize("numbers", [(0, 0, 0), (0, 4, 4), (7, 7, 1)])
def test_colours_of_one_number_are_told_apart_by_their_order(numbers: "tuple[int, ...]") -> None:
    data = bytearray(jpeg(drawn()))
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    for place, number in enumerate(numbers):
        data[frame + 10 + 3 * place] = number
        data[scan + 5 + 2 * place] = number
    assert np.array_equal(picture.decode(bytes(data)), picture.decode(jpeg(drawn())))


def test_a_sequential_scan_brings_everything_whatever_its_header_says() -> None:
    data = bytearray(jpeg(drawn()))
    scan = data.index(b"\xff\xda")
    assert data[scan + 11 : scan + 14] == b"\0\x3f\0"
    data[scan + 11] = 1
    assert np.array_equal(picture.decode(bytes(data)), picture.decode(jpeg(drawn())))


@pytest.mark.parametrize(
    "options", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)]
)
def test_baseline_progressive_and_restarting_jpegs_are_read(options: "tuple[int, ...]") -> None:
    assert difference(picture.decode(jpeg(drawn(), 95, *options)), drawn()) <= JPEG_LEVELS


def test_a_grey_jpeg_has_three_equal_channels() -> None:
    grey = drawn()[:, :, 1]
    expected = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    assert difference(picture.decode(jpeg(grey)), expected) <= JPEG_LEVELS


@pytest.mark.parametrize("name", ["cmyk.jpg", "ycck.jpg"])
def test_printing_inks_become_their_colours(name: str) -> None:
    rows, columns = np.mgrid[0:48, 0:64].astype(np.float64)
    lights = np.stack((255 - columns * 3, rows * 5, columns * 4), axis=2)
    expected = np.rint(lights * (255 - rows * 3)[:, :, np.newaxis] / 255).astype(np.uint8)
    assert difference(picture.read(str(GOLDEN / name)), expected) <= 4


def test_inks_without_adobes_mark_are_refused() -> None:
    data = (GOLDEN / "cmyk.jpg").read_bytes()
    start = data.index(b"\xff\xee")
    with pytest.raises(PictureError, match="CMYK without Adobe's mark"):
        picture.decode(data[:start] + data[start + 16 :])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_16_bit_png_becomes_the_nearest_8_bits(channels: int) -> None:
    levels = np.linspace(0, 65535, 64 * 48 * channels).reshape(48, 64, channels).astype(np.uint16)
    data = cv2.imencode(".png", levels)[1].tobytes()
    expected = np.rint(levels / 257.0).astype(np.uint8)
    expected = np.repeat(expected, 3, axis=2) if channels == 1 else expected
    assert np.array_equal(picture.decode(data), expected)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_transparency_is_laid_on_white(depth: type) -> None:
    full = np.iinfo(depth).max
    pixels = np.zeros((8, 9, 4), depth)
    pixels[:, 0:3, 3] = full  # opaque black
    pixels[:, 6:9, 3] = full // 2  # half transparent black; columns 3 to 5 are fully transparent
    seen = picture.decode(cv2.imencode(".png", pixels)[1].tobytes())
    assert [seen[0, column].tolist() for column in (0, 3, 6)] == [[0] * 3, [255] * 3, [128] * 3]


def test_grey_with_transparency_is_laid_on_white() -> None:
    rows = [bytes([40, 255] * 4 + [40, 0] * 4)] * 8
    seen = picture.decode(png((8, 8), 8, 4, rows))
    assert seen[0, :, 0].tolist() == [40] * 4 + [255] * 4


def test_a_palette_is_looked_up() -> None:
    palette = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    data = png((8, 8), 2, 3, [bytes([0b00011011, 0b00011011])] * 8, [(b"PLTE", palette)])
    expected = [[0, 0, 255], [0, 255, 0], [255, 0, 0], [9, 9, 9]] * 2
    assert picture.decode(data)[0].tolist() == expected


def test_a_palettes_transparency_is_laid_on_white() -> None:
    parts = [(b"PLTE", bytes([10, 20, 30, 40, 50, 60])), (b"tRNS", bytes([0, 255]))]
    seen = picture.decode(png((8, 8), 1, 3, [b"\x0f"] * 8, parts))
    assert seen[0].tolist() == [[255] * 3] * 4 + [[60, 50, 40]] * 4


def test_a_colour_declared_transparent_stays() -> None:
    key = (b"tRNS", bytes([0, 10, 0, 20, 0, 30]))
    seen = picture.decode(png((8, 8), 8, 2, [bytes([10, 20, 30] * 8)] * 8, [key]))
    assert seen[0, 0].tolist() == [30, 20, 10]


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_few_bits_is_spread_over_8(bits: int) -> None:
    row = bytes([0b00001111] * bits)
    seen = picture.decode(png((8, 8), bits, 0, [row] * 8))[0, :, 0]
    assert (seen.min(), seen.max()) == (0, 255)


def test_colour_profiles_and_gamma_are_ignored() -> None:
    rows = [row[:, ::-1].tobytes() for row in drawn()]
    parts = [(b"gAMA", (22222).to_bytes(4, "big")), (b"iCCP", b"no profile at all")]
    assert np.array_equal(picture.decode(png((64, 48), 8, 2, rows, parts)), drawn())


def test_an_interlaced_png_is_read() -> None:
    plain = png((8, 8), 8, 0, [])
    header = bytearray(plain[16:29])
    header[12] = 1
    # Adam7 on 8x8: passes of these sizes; every byte is its pixel's value.
    passes = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)]
    rows = b"".join((b"\0" + bytes([7] * width)) * height for width, height in passes)
    body = picture_bytes.chunk(b"IHDR", bytes(header))
    body += picture_bytes.chunk(b"IDAT", zlib.compress(rows)) + picture_bytes.chunk(b"IEND", b"")
    assert np.array_equal(picture.decode(plain[:8] + body), np.full((8, 8, 3), 7, np.uint8))


def test_what_is_stored_knows_no_place() -> None:
    data = with_exif(jpeg(drawn()), exif(1))
    assert picture_bytes.GPS_MARK in data
    assert picture_bytes.GPS_MARK not in picture.encode_jpeg(picture.decode(data), 90)


def test_garbage_behind_the_end_is_ignored() -> None:
    for data in (jpeg(drawn()), encode_png(drawn())):
        assert np.array_equal(picture.decode(data + b"\xff\xd8trailer"), picture.decode(data))


def test_a_png_comes_back_exactly() -> None:
    assert np.array_equal(picture.decode(encode_png(drawn())), drawn())


def test_a_better_quality_keeps_more() -> None:
    noise = np.random.RandomState(1).randint(0, 256, (48, 64, 3)).astype(np.uint8)
    poor, good = (picture.decode(picture.encode_jpeg(noise, q)) for q in (20, 98))
    assert difference(good, noise) < difference(poor, noise)


def test_pixels_that_are_a_view_can_be_encoded() -> None:
    mirrored = drawn()[:, ::-1]
    assert np.array_equal(picture.decode(encode_png(mirrored)), mirrored)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1280, 720), (256, 144)), ((720, 1280), (144, 256)), ((64, 48), (64, 48))],
)
def test_a_thumbnails_longer_side_is_256(
    size: "tuple[int, int]", expected: "tuple[int, int]"
) -> None:
    seen = picture.thumbnail_grey(drawn(*size))
    assert (seen.shape[1], seen.shape[0], seen.dtype) == expected + (np.dtype(np.uint8),)


def test_a_strip_still_gets_a_thumbnail_that_can_be_measured() -> None:
    thumbnail = picture.thumbnail_grey(drawn(4000, 8))
    assert thumbnail.shape == (3, 256)
    assert quality.measure(thumbnail, 4000, 8).contrast > 0


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "leaf.png"
    path.write_bytes(encode_png(drawn()))
    assert np.array_equal(picture.read(str(path)), drawn())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "leaf.jpg")
    with pytest.raises(NotFoundError, match="leaf.jpg cannot be read: No such file"):
        picture.read(path)


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="cannot be read: Is a directory"):
        picture.read(str(tmp_path))


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "leaf.jpg"
    path.write_bytes(b"GIF89a")
    with pytest.raises(PictureError, match=r"leaf.jpg: the file is a GIF; expected a JPEG"):
        picture.read(str(path))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with open(str(path), "wb") as target:
        os.truncate(target.fileno(), 1 << 40)  # a hole of 1 TB: reading it would end the test
    with pytest.raises(PictureError, match="has 1099511627776 bytes; expected at most 67108864"):
        picture.read(str(path))


def test_a_device_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(PictureError, match="has 1001 bytes; expected at most 1000"):
        picture.read("/dev/zero", Limits(size_bytes_max=1000))
