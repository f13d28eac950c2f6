"""Pixels become the network's input exactly as the bundle says."""

import numpy as np
import pytest
from support import tiny_bundle

from plantd import tensor
from plantd.errors import BundleError

SPEC = tiny_bundle.INPUT


def ramp(width_px: int, height_px: int) -> np.ndarray:
    pixels = np.zeros((height_px, width_px, 3), np.uint8)
    pixels[:, :, 2] = np.linspace(0, 255, width_px).astype(np.uint8)
    return pixels


@pytest.mark.parametrize("size", [(320, 240), (240, 320), (32, 32), (7, 500), (33, 31)])
@pytest.mark.parametrize("rule", tensor.RULES)
def test_any_picture_becomes_the_declared_shape(size, rule):
    made = tensor.to_tensor(ramp(*size), SPEC._replace(rule=rule))
    assert made.shape == SPEC.shape == (1, 32, 32, 3)
    assert made.dtype == np.float32
    assert made.flags["C_CONTIGUOUS"]


def test_normalisation_is_pixel_times_scale_minus_mean_over_std():
    spec = SPEC._replace(scale=0.5, mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 8.0))
    made = tensor.normalise(np.full((1, 3), 200, np.uint8), spec)
    np.testing.assert_allclose(made, [[45.0, 20.0, 8.75]])


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (3, 1, 0, 2), (1, 2, 0, 3)])
def test_each_value_is_normalised_alone_however_the_pixels_lie_in_memory(axes):
    spec = SPEC._replace(mean=(10.0, 20.0, 30.0), std=(2.0, 4.0, 8.0))
    pixels = np.arange(3**4, dtype=np.uint8).reshape(3, 3, 3, 3).transpose(axes)
    made = tensor.normalise(pixels, spec)
    assert made.shape == pixels.shape
    expected = (pixels - np.array(spec.mean)) / np.array(spec.std)
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("colour", tensor.COLOURS)
def test_what_is_served_is_what_training_normalises_to_the_bit(colour):
    spec = SPEC._replace(
        width_px=16, height_px=48, colour=colour, scale=0.7, mean=(10.0, 20.5, 30.0), std=(3, 5, 7)
    )
    levels = np.arange(48 * 16 * 3).astype(np.uint8).reshape(48, 16, 3)[:, :, [1, 0, 2]]
    ordered = levels[:, :, ::-1] if colour == "RGB" else levels
    made = tensor.from_resized(levels, spec)
    np.testing.assert_array_equal(made[0], tensor.normalise(ordered, spec))


def test_rgb_networks_get_red_first():
    red = np.zeros((64, 64, 3), np.uint8)
    red[:, :, 2] = 255
    rgb = tensor.to_tensor(red, SPEC)
    bgr = tensor.to_tensor(red, SPEC._replace(colour="BGR"))
    assert rgb[0, 0, 0].tolist() == pytest.approx([1.0, -127 / 128, -127 / 128])
    assert bgr[0, 0, 0].tolist() == pytest.approx([-127 / 128, -127 / 128, 1.0])


def test_constants_are_in_the_networks_colour_order():
    spec = SPEC._replace(mean=(255.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    red = np.zeros((32, 32, 3), np.uint8)
    red[:, :, 2] = 255
    assert not tensor.to_tensor(red, spec).any()


def test_channels_first_holds_the_same_values():
    pixels = ramp(100, 80)
    last = tensor.to_tensor(pixels, SPEC)
    first = tensor.to_tensor(pixels, SPEC._replace(layout="NCHW"))
    assert first.shape == SPEC._replace(layout="NCHW").shape == (1, 3, 32, 32)
    assert first.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


def test_center_crop_cuts_both_ends_of_the_longer_side():
    pixels = np.zeros((32, 96, 3), np.uint8)
    pixels[:, 32:64] = 255
    assert (tensor.resize(pixels, SPEC) == 255).all()


def test_stretch_keeps_the_whole_picture():
    resized = tensor.resize(ramp(640, 32), SPEC._replace(rule="stretch"))
    assert resized[0, 0, 2] < 10
    assert resized[0, -1, 2] > 245


def test_letterbox_adds_black_bars_and_keeps_the_aspect():
    white = np.full((16, 64, 3), 255, np.uint8)
    resized = tensor.resize(white, SPEC._replace(rule="letterbox"))
    assert (resized[:12] == 0).all()
    assert (resized[20:] == 0).all()
    assert (resized[12:20] == 255).all()


@pytest.mark.parametrize("name", sorted(tensor.INTERPOLATIONS))
def test_every_interpolation_keeps_a_flat_colour(name):
    pixels = np.full((50, 70, 3), (10, 100, 200), np.uint8)
    resized = tensor.resize(pixels, SPEC._replace(interpolation=name))
    assert (resized == (10, 100, 200)).all()


def test_to_tensor_is_resize_then_from_resized():
    pixels = ramp(321, 123)
    np.testing.assert_array_equal(
        tensor.to_tensor(pixels, SPEC), tensor.from_resized(tensor.resize(pixels, SPEC), SPEC)
    )


@pytest.mark.parametrize(
    "kept", [np.zeros((31, 32, 3), np.uint8), np.zeros((32, 32, 3), np.float32)]
)
def test_a_kept_input_of_another_model_is_refused(kept):
    with pytest.raises(BundleError, match=r"expected|expects"):
        tensor.from_resized(kept, SPEC)


def test_the_picture_itself_is_not_changed():
    pixels = ramp(64, 64)
    before = pixels.copy()
    tensor.to_tensor(pixels, SPEC)
    np.testing.assert_array_equal(pixels, before)


def test_a_burst_that_is_kept_as_one_picture_comes_apart_again():
    random = np.random.RandomState(0)
    frames = [
        random.randint(0, 255, (SPEC.height_px, SPEC.width_px, 3)).astype(np.uint8)
        for _ in range(3)
    ]
    apart = tensor.unstacked(np.concatenate(frames), SPEC)
    assert len(apart) == 3
    for before, after in zip(frames, apart):
        np.testing.assert_array_equal(before, after)


def test_a_single_frame_is_kept_as_it_is():
    frame = np.zeros((SPEC.height_px, SPEC.width_px, 3), np.uint8)
    assert tensor.unstacked(frame, SPEC)[0] is frame


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("stretch", (0.0, 0.0, 480.0, 640.0)),
        ("center_crop", (0.0, 80.0, 480.0, 480.0)),
        # Beyond the picture above and below: there are the bars.
        ("letterbox", (-80.0, 0.0, 640.0, 640.0)),
    ],
)
def test_the_field_of_view_is_where_resize_looks(rule, expected):
    square = SPEC._replace(width_px=32, height_px=32, rule=rule)
    assert tensor.field_of_view(480, 640, square) == expected


def test_the_words_of_a_manifest_for_an_input():
    assert tensor.LAYOUTS == ("NHWC", "NCHW")
    assert tensor.COLOURS == ("RGB", "BGR")
    assert tensor.RULES == ("center_crop", "stretch", "letterbox")
    assert set(tensor.INTERPOLATIONS) == {"area", "bilinear", "bicubic", "nearest"}


def drawn(width_px, height_px):
    random = np.random.RandomState(0)
    return random.randint(1, 256, (height_px, width_px, 3)).astype(np.uint8)


def test_center_crop_takes_the_middle_to_the_pixel():
    nearest = SPEC._replace(interpolation="nearest")
    tall, wide = drawn(64, 96), drawn(96, 64)
    np.testing.assert_array_equal(tensor.resize(tall, nearest), tall[16:80:2, ::2])
    np.testing.assert_array_equal(tensor.resize(wide, nearest), wide[::2, 16:80:2])


def test_letterbox_takes_the_whole_picture_to_the_pixel():
    boxed = SPEC._replace(rule="letterbox", interpolation="nearest")
    tall, wide = np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32, 3), np.uint8)
    tall[:, 8:24] = drawn(32, 64)[::2, ::2]
    wide[8:24] = drawn(64, 32)[::2, ::2]
    np.testing.assert_array_equal(tensor.resize(drawn(32, 64), boxed), tall)
    np.testing.assert_array_equal(tensor.resize(drawn(64, 32), boxed), wide)


def test_a_refused_input_says_what_was_seen_and_what_helps():
    with pytest.raises(
        BundleError,
        match=r"^the kept .* is \(31, 32, 3\) uint8; .* uint8; replay it with the .*it$",
    ):
        tensor.from_resized(np.zeros((31, 32, 3), np.uint8), SPEC)


def test_of_a_narrow_picture_one_pixel_is_left_in_a_letterbox():
    boxed = SPEC._replace(rule="letterbox")
    white = np.full((200, 2, 3), 255, np.uint8)
    assert (tensor.resize(white, boxed) > 0).any(axis=(0, 2)).sum() == 1
    assert (tensor.resize(white.transpose(1, 0, 2), boxed) > 0).any(axis=(1, 2)).sum() == 1


def test_of_a_small_picture_one_row_is_enough_for_a_flat_input():
    flat = SPEC._replace(width_px=32, height_px=2, interpolation="nearest")
    upright = flat._replace(width_px=2, height_px=32)
    pixels = drawn(8, 9)
    expected = np.repeat(np.repeat(pixels[4:5], 2, axis=0), 4, axis=1)
    np.testing.assert_array_equal(tensor.resize(pixels, flat), expected)
    turned = pixels.transpose(1, 0, 2)
    np.testing.assert_array_equal(tensor.resize(turned, upright), expected.transpose(1, 0, 2))
