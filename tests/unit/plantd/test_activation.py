"""Where the network found what spoke: a small map becomes a tint over the picture."""

import numpy as np
import pytest

from plantd import activation, verdict
from plantd.answers import Rule
from plantd.frame import FieldOfView
from plantd.heads import Background, Candidate, HeadSpec, Prediction
from plantd.tensor import InputSpec, field_of_view, resize
from plantd.verdict import Decision

LABELS = ("clover", "hemlock", "foxglove", "else", "nothing")
HEAD = HeadSpec(
    "species",
    LABELS,
    poisonous=(False, True, True, False, False),
    background=Background("else", "nothing"),
)
SPECIES = (
    Candidate("clover", 0.5, False),
    Candidate("foxglove", 0.4, True),
    Candidate("hemlock", 0.1, True),
)
PREDICTION = Prediction(poison_p=0.5, species=SPECIES, poisonous_mass=0.5, energy=1.0)
WHOLE = FieldOfView(0.0, 0.0, 60.0, 80.0)


def input_spec(rule: str) -> InputSpec:
    of_pixels = ("NHWC", "RGB", rule, "area", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return InputSpec("input", 40, 40, *of_pixels)


@pytest.mark.parametrize(
    ("answer", "rule", "label"),
    [
        ("edible", "edible", "clover"),
        ("unsure", "low_confidence", "clover"),
        ("poisonous", "poison_head", "foxglove"),
        ("unsure", "no_plant", "nothing"),
        ("unsure", "another_plant", "else"),
    ],
)
def test_the_map_is_of_the_label_that_explains_the_answer(answer, rule, label):
    assert activation.label_that_spoke(Decision(answer, Rule(rule), ()), PREDICTION, HEAD) == label


def test_without_a_poisonous_label_nothing_explains_poisonous():
    prediction = PREDICTION._replace(species=SPECIES[:1])
    decision = Decision("poisonous", Rule.POISON_HEAD, ())
    assert activation.label_that_spoke(decision, prediction, HEAD) is None


def test_without_a_prediction_nothing_does():
    assert activation.label_that_spoke(verdict.engine_fault(), None, HEAD) is None


def test_a_map_is_the_label_s_own():
    maps = np.arange(30, dtype=np.float32).reshape(2, 3, 5)
    np.testing.assert_array_equal(activation.map_of(maps, "foxglove", HEAD), maps[:, :, 2])


def test_without_maps_or_label_there_is_none():
    assert activation.map_of(None, "clover", HEAD) is None
    assert activation.map_of(np.zeros((2, 3, 5)), None, HEAD) is None


def test_the_strongest_place_is_1_and_what_speaks_against_it_0():
    np.testing.assert_allclose(activation.heat([[4.0, 1.0], [-3.0, 0.0]]), [[1, 0.25], [0, 0]])


@pytest.mark.parametrize("values", [[[-1.0, -2.0]], [[np.nan, 3.0]], [[np.inf, 3.0]]])
def test_where_nothing_spoke_or_a_value_is_no_number_there_is_no_heat(values):
    assert not activation.heat(values).any()


def test_what_spoke_keeps_its_light_and_is_tinted_and_the_rest_is_darkened():
    pixels = np.full((60, 80, 3), 200, np.uint8)
    drawn = activation.overlay(pixels, np.array([[0.0, 5.0]]), WHOLE)
    assert drawn.shape == pixels.shape
    assert drawn.dtype == np.uint8
    assert drawn[30, 0].tolist() == [90, 90, 90]
    assert drawn[30, 79, 2] > 200 > drawn[30, 79, 0]


def test_a_map_lies_where_the_network_looked():
    """A wide picture is cropped to its middle: what sticks out was not looked at."""
    view = field_of_view(60, 100, input_spec("center_crop"))
    assert view == FieldOfView(0.0, 20.0, 60.0, 60.0)
    drawn = activation.overlay(np.full((60, 100, 3), 200, np.uint8), np.ones((7, 7)), view)
    assert drawn[30, 10].tolist() == drawn[30, 90].tolist() == [90, 90, 90]
    assert drawn[30, 50, 2] > 200


def test_black_bars_reach_beyond_the_picture():
    assert field_of_view(60, 100, input_spec("letterbox")) == FieldOfView(-20.0, 0.0, 100.0, 100.0)
    assert field_of_view(60, 100, input_spec("stretch")) == FieldOfView(0.0, 0.0, 60.0, 100.0)


@pytest.mark.parametrize("rule", ["center_crop", "letterbox", "stretch"])
@pytest.mark.parametrize(("height", "width"), [(60, 100), (100, 60)])
def test_what_resize_shows_in_a_corner_is_where_the_map_s_corner_lies(rule, height, width):
    """A bright spot: its place in the network's input, and the same place of a map, meet again."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[32:44, 32:44] = 255
    spec = input_spec(rule)
    seen = resize(pixels, spec)[:, :, 0].astype(float)
    values = seen.reshape(20, 2, 20, 2).mean(axis=(1, 3))
    drawn = activation.overlay(
        np.full_like(pixels, 100), values, field_of_view(height, width, spec)
    )
    warm = drawn[:, :, 2] > 120
    rows, columns = np.nonzero(warm)
    assert abs(rows.mean() - 37.5) < 2
    assert abs(columns.mean() - 37.5) < 2
