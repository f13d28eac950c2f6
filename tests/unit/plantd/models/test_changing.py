"""Another model in the running service: the order of things, and the old one after each failure."""

import os
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from plantd.errors import (
    BundleError,
    BusyError,
    EngineError,
    NotFoundError,
    PlantdError,
    UnavailableError,
    UsageError,
)
from plantd.health.states import ComponentState, ComponentStates, State
from plantd.health.trials import BACK
from plantd.health.watchdog import Watchdog
from plantd.inference.thread import InferenceThread, Model
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore
from plantd.models.switch import Collaborators, ModelSwitch
from plantd.models.trial import Trial
from plantd.pipeline import Pipeline

TIMEOUT_S = 10.0
OLD, NEW = "tiny-1.0.0", "tiny-2.0.0"


class Story:
    """A change of models with everything it calls written down in `said`."""

    def __init__(self, state: str) -> None:
        self.said: List[str] = []
        self.states: List[ComponentState] = []
        self.parts = ComponentStates()
        self.parts.listen(self.states.append)
        self.prove_error: Optional[PlantdError] = None
        self.load_error: Optional[Exception] = None
        self.available_mb: Optional[float] = 1e6
        self.configured = ""
        self.presses = 0
        self.at_proof = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.store = ModelStore(state)
        for name in (OLD, NEW):
            os.makedirs(os.path.join(self.store.folder, name))
            Path(self.store.folder, name, "model.onnx").write_bytes(b"x")
        self.store.activate(OLD)
        self.thread = InferenceThread(self.load_active, print, self.loaded, print)
        self.watchdog = Watchdog(lambda: None)
        self.change = ModelSwitch(
            Collaborators(
                self.store,
                StandInProver(self),
                self.thread,
                self.watchdog,
                self.parts,
                self.load,
                lambda: self.available_mb,
                lambda: self.configured,
                lambda: self.presses,
            )
        )
        self.thread.start()
        assert self.thread.ready.wait(TIMEOUT_S)
        self.said.clear()

    def load_active(self) -> Model:
        return self.opened(os.path.realpath(self.store.folder + "/active"))

    def load(self, path: str) -> Model:
        if self.load_error is not None:
            raise self.load_error
        return self.opened(path)

    def opened(self, path: str) -> Model:
        name = os.path.basename(path)
        self.said.append("open " + name)
        # A pipeline that is never asked here stands for one over this engine.
        pipeline = Pipeline.__new__(Pipeline)
        return Model(pipeline, lambda: self.said.append("close " + name))

    def loaded(self, error: Optional[PlantdError]) -> None:
        assert error is None


class StandInProver(Prover):
    """A prover whose child is the test."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def prove(self, path: str) -> Dict[str, Any]:
        story = self._story
        story.said.append("prove " + os.path.basename(path))
        story.at_proof.set()
        assert story.go_on.wait(TIMEOUT_S)
        if story.prove_error is not None:
            raise story.prove_error
        return {}


@pytest.fixture
def story(tmp_path: Path) -> Any:
    made = Story(str(tmp_path))
    yield made
    made.go_on.set()
    assert made.thread.stop(TIMEOUT_S)


def test_the_new_model_is_proven_while_the_old_one_answers(story: Story) -> None:
    assert story.change.activate(NEW)["active"] == NEW
    assert story.said == ["prove " + NEW, "close " + OLD, "open " + NEW]
    assert story.store.listing().previous == OLD


def test_rollback_is_an_activation_of_the_one_before(story: Story) -> None:
    story.change.activate(NEW)
    story.said.clear()
    assert story.change.rollback() == {"active": OLD, "previous": NEW, "installed": [OLD, NEW]}
    assert story.said == ["prove " + OLD, "close " + NEW, "open " + OLD]


def test_a_model_that_fails_its_proof_changes_nothing(story: Story) -> None:
    story.prove_error = BundleError("the poison head differs")
    with pytest.raises(BundleError):
        story.change.activate(NEW)
    assert story.said == ["prove " + NEW]
    assert story.store.listing() == (OLD, None, [OLD, NEW])


@pytest.mark.parametrize("error", [EngineError("no memory"), RuntimeError("a bug")])
def test_a_model_that_does_not_open_gives_way_to_the_old_one(
    story: Story, error: Exception
) -> None:
    story.load_error = error
    with pytest.raises(EngineError):
        story.change.activate(NEW)
    assert story.said == ["prove " + NEW, "close " + OLD, "open " + OLD]
    assert story.store.listing().active == OLD
    assert story.thread.pipeline is not None


def test_where_memory_holds_only_one_the_old_one_goes_first(story: Story) -> None:
    story.available_mb = 500.0
    story.change.activate(NEW)
    assert story.said == ["close " + OLD, "prove " + NEW, "open " + NEW]
    told = [state.detail for state in story.states if state.part == "model"]
    assert "memory would not hold the old and the new model" in told[1]


def test_where_memory_holds_only_one_the_old_one_comes_back(story: Story) -> None:
    story.available_mb = 500.0
    story.prove_error = BundleError("the poison head differs")
    with pytest.raises(BundleError):
        story.change.activate(NEW)
    assert story.said == ["close " + OLD, "prove " + NEW, "open " + OLD]
    assert story.store.listing().active == OLD


def test_a_disk_that_does_not_take_the_switch_brings_the_old_one_back(story: Story) -> None:
    with story.store.locked(), pytest.raises(BusyError):
        story.change.activate(NEW)
    assert story.said[-2:] == ["close " + NEW, "open " + OLD]
    assert story.store.listing().active == OLD


def test_every_change_is_told(story: Story) -> None:
    story.change.activate(NEW)
    story.prove_error = BundleError("it differs")
    with pytest.raises(BundleError):
        story.change.activate(OLD)
    assert [(state.state, state.detail) for state in story.states] == [
        (State.RECOVERING, NEW + " is being proven"),
        (State.HEALTHY, "{} is active; before it was {}".format(NEW, OLD)),
        (State.RECOVERING, OLD + " is being proven"),
        (State.HEALTHY, OLD + " is refused: it differs"),
    ]


def test_one_change_at_a_time(story: Story) -> None:
    story.go_on.clear()
    first = threading.Thread(target=story.change.activate, args=(NEW,))
    first.start()
    assert story.at_proof.wait(TIMEOUT_S)
    with pytest.raises(BusyError):
        story.change.activate(NEW)
    story.go_on.set()
    first.join(TIMEOUT_S)
    assert story.store.listing().active == NEW


def test_an_unknown_model_is_not_found(story: Story) -> None:
    with pytest.raises(NotFoundError):
        story.change.activate("tiny-9")
    assert story.states == []


def test_nothing_to_go_back_to(story: Story) -> None:
    with pytest.raises(NotFoundError):
        story.change.rollback()


def test_a_configured_bundle_makes_it_pointless(story: Story) -> None:
    story.configured = "/opt/model"
    with pytest.raises(UsageError, match="model.bundle names /opt/model"):
        story.change.activate(NEW)


def test_a_store_that_takes_no_more_links(story: Story) -> None:
    os.mkdir(os.path.join(story.store.folder, "previous"))
    with pytest.raises(UnavailableError, match="the active one stays"):
        story.change.activate(NEW)
    assert story.said[-1] == "open " + OLD


def test_an_activated_model_is_on_trial_and_a_rollback_ends_it(story: Story) -> None:
    story.presses = 2
    story.change.activate(NEW)
    assert story.store.trial() == Trial(NEW, OLD, 2)
    story.change.rollback()
    assert story.store.trial() is None


def test_going_back_opens_the_old_model_without_a_child(story: Story) -> None:
    story.presses = 2
    story.change.activate(NEW)
    story.said.clear()
    story.change.go_back(Trial(NEW, OLD, 2, ended=BACK, reason="it failed"))
    assert story.said == ["close " + NEW, "open " + OLD]
    assert story.store.listing() == (OLD, NEW, [OLD, NEW])


def test_going_back_to_a_model_that_does_not_open_stays(story: Story) -> None:
    story.presses = 2
    story.change.activate(NEW)
    story.load_error = EngineError("no memory")
    with pytest.raises(EngineError):
        story.change.go_back(Trial(NEW, OLD, 2, ended=BACK, reason="it failed"))
    assert story.store.listing().active == NEW
    assert story.thread.pipeline is not None


def test_going_back_opens_nothing_while_a_model_is_being_installed(story: Story) -> None:
    story.presses = 2
    story.change.activate(NEW)
    story.said.clear()
    with story.store.locked(), pytest.raises(BusyError):
        story.change.go_back(Trial(NEW, OLD, 2, ended=BACK, reason="it failed"))
    assert story.said == []
