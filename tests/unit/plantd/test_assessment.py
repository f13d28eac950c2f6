"""What the frames of one press amount to together, from the outputs of the network."""

import numpy as np
import pytest
from support import tiny_bundle

from plantd import bundle as bundles
from plantd.answers import EDIBLE, POISONOUS, UNSURE, Rule
from plantd.assessment import assess
from plantd.heads import HeadOutputs
from plantd.quality import Quality

GOOD = Quality(640, 480, 200.0, 120.0, 0.0, 0.0, 50.0)
# In the order of tiny_bundle.LABELS; the poison head's labels are edible, poisonous.
CLOVER = HeadOutputs(np.float32([5, -5]), np.float32([8, 0, 0, 0, 0]))
HEMLOCK = HeadOutputs(np.float32([-5, 5]), np.float32([0, 0, 8, 0, 0]))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return bundles.load(tiny_bundle.make(str(tmp_path_factory.mktemp("model") / "tiny")))


def test_frames_that_all_show_an_edible_plant_are_edible(model):
    found = assess(model, [CLOVER, CLOVER], GOOD)
    assert found.decision.answer == EDIBLE
    assert found.prediction.species[0].label == "clover"
    assert found.quality == GOOD


@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_frame_that_warns_outweighs_those_that_do_not(model, at):
    frames = [CLOVER, CLOVER]
    frames.insert(at, HEMLOCK)
    assert assess(model, frames, GOOD).decision.answer == POISONOUS


def test_where_the_owner_wants_no_edible_answer_none_is_given(model):
    decision = assess(model, [CLOVER], GOOD, edible=False).decision
    assert (decision.answer, decision.rule) == (UNSURE, Rule.EDIBLE_OFF)
