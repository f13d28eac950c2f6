"""A model on trial: when it has passed, when it goes back by itself, and what is said of it."""

import os
from pathlib import Path
from typing import List, Optional

import pytest
from support import wire_samples

from plantd.answers import Rule
from plantd.config import Config, ModelConfig
from plantd.errors import EngineError
from plantd.health.states import ComponentState, ComponentStates, State
from plantd.health.trials import BACK, PASSED
from plantd.models.store import ModelStore
from plantd.models.switch import ModelSwitch
from plantd.models.trial import Trial
from plantd.service.model.trial import STARTS_MAX, Collaborators, ModelTrial
from plantd.verdict import engine_fault
from plantd.wire import Verdict

OLD, NEW = "tiny-1.0.0", "tiny-2.0.0"
TRIAL_S = 60.0


class StandInSwitch(ModelSwitch):
    """Opens no engine: the store is what changes."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self.error: Optional[EngineError] = None
        self.asked = 0

    def go_back(self, trial: Trial) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        self._store.go_back(trial)


class Box:
    """A service with a model on trial; `restarted` is the process that comes after it."""

    def __init__(self, state: str, bundle: str = "") -> None:
        self.state = state
        self.store = ModelStore(state)
        self.now = 0.0
        self.boot_id = "boot-1"
        self.bundle = bundle
        self.told: List[ComponentState] = []
        self.begin()

    def begin(self) -> None:
        self.parts = ComponentStates()
        self.parts.listen(self.told.append)
        self.switch = StandInSwitch(self.store)
        config = Config(model=ModelConfig(bundle=self.bundle, trial_s=TRIAL_S))
        self.trial = ModelTrial(
            Collaborators(self.store, self.switch, self.parts, lambda: config, self.boot_id),
            lambda: self.now,
        )
        self.trial.start()

    def press(
        self, rule: Rule = Rule.EDIBLE, model: str = "tiny 2.0.0", by: str = "button"
    ) -> None:
        self.trial.count(answer(rule, model, by))
        self.trial.look()

    @property
    def active(self) -> Optional[str]:
        return self.store.listing().active


def answer(rule: Rule, model: str, by: str) -> Verdict:
    return Verdict(
        seq=1,
        moment=wire_samples.MOMENT,
        trigger=by,
        frame=None,
        decision=engine_fault()._replace(rule=rule),
        prediction=None,
        look_alikes=(),
        caution="",
        model=model,
        calibrated=True,
        engine=None,
        latency_ms=(("total", 1.0),),
    )


@pytest.fixture
def box(tmp_path: Path) -> Box:
    store = ModelStore(str(tmp_path))
    for name in (OLD, NEW):
        os.makedirs(os.path.join(store.folder, name))
    store.activate(OLD)
    store.activate(NEW, presses=3)
    return Box(str(tmp_path))


def test_a_model_that_answers_its_presses_has_passed(box: Box) -> None:
    for _ in range(3):
        box.press()
    assert box.told[-1] == ComponentState("model", State.HEALTHY, NEW + " has passed its trial")
    assert box.active == NEW
    assert box.trial.to_json() is None


def test_any_answer_of_a_network_is_one(box: Box) -> None:
    for rule in (Rule.POISON_HEAD, Rule.POOR_PICTURE, Rule.LOW_CONFIDENCE):
        box.press(rule)
    found = box.store.trial()
    assert found is not None
    assert found.ended == PASSED


def test_a_model_that_fails_as_many_presses_goes_back_and_says_so(box: Box) -> None:
    for _ in range(3):
        box.press(Rule.ENGINE_FAULT)
    assert box.active == OLD
    assert box.told[-1] == ComponentState(
        "model",
        State.DEGRADED,
        "tiny-2.0.0 was on trial and went back by itself to tiny-1.0.0: "
        "the engine failed in 3 presses",
    )
    told = box.trial.to_json()
    assert told is not None
    assert told["ended"] == BACK


def test_counts_outlive_the_process(box: Box) -> None:
    box.press(Rule.ENGINE_FAULT)
    box.press(Rule.ENGINE_FAULT)
    box.begin()
    box.press(Rule.ENGINE_FAULT)
    assert box.active == OLD


def test_what_went_back_is_said_after_a_restart_too(box: Box) -> None:
    for _ in range(3):
        box.press(Rule.ENGINE_FAULT)
    box.told.clear()
    box.begin()
    assert "went back by itself" in box.told[-1].detail


def test_pictures_that_were_sent_in_and_answers_of_another_model_do_not_count(box: Box) -> None:
    box.press(Rule.ENGINE_FAULT, by="classify")
    box.press(Rule.ENGINE_FAULT, model="tiny 1.0.0")
    found = box.store.trial()
    assert found is not None
    assert (found.answered, found.failed) == (0, 0)


def test_an_engine_that_fails_for_too_long_sends_its_model_back(box: Box) -> None:
    box.parts.set("engine", State.FAILED, "model.onnx has sha256 ...")
    box.trial.look()
    box.now = TRIAL_S - 1
    box.trial.look()
    assert box.active == NEW
    box.now = TRIAL_S
    box.trial.look()
    assert box.active == OLD
    assert box.told[-1].detail.endswith("to tiny-1.0.0: model.onnx has sha256 ...")


def test_an_engine_that_mends_itself_in_time_stays(box: Box) -> None:
    box.parts.set("engine", State.FAILED, "no memory")
    box.trial.look()
    box.parts.set("engine", State.HEALTHY)
    box.now = TRIAL_S
    box.trial.look()
    box.parts.set("engine", State.FAILED, "no memory")
    box.trial.look()
    assert box.active == NEW


def test_nobody_presses_and_nothing_goes_back(box: Box) -> None:
    box.now = 1e7
    box.trial.look()
    assert box.active == NEW


def test_a_model_that_ends_the_process_again_and_again_goes_back_before_it_is_opened(
    box: Box,
) -> None:
    for _ in range(STARTS_MAX - 1):
        box.begin()
    assert box.active == NEW
    box.begin()
    assert box.active == OLD
    assert "the service ended 5 times with it" in box.told[-1].detail


def test_starts_of_other_boots_and_ends_on_demand_are_no_crashes(box: Box) -> None:
    for number in range(2 * STARTS_MAX):
        box.boot_id = "boot-{}".format(number)
        box.begin()
    for _ in range(2 * STARTS_MAX):
        box.trial.stop(blames_model=False)
        box.begin()
    assert box.active == NEW


def test_a_way_back_that_was_cut_is_ended_at_the_start(box: Box) -> None:
    box.store.put_trial(Trial(NEW, OLD, 3, failed=3, ended=BACK, reason="it failed"))
    box.begin()
    assert box.active == OLD
    assert box.told[-1].detail.endswith("went back by itself to tiny-1.0.0: it failed")


def test_where_the_old_model_does_not_open_either_the_new_one_stays(box: Box) -> None:
    box.switch.error = EngineError("no memory")
    for _ in range(5):
        box.press(Rule.ENGINE_FAULT)
    assert (box.active, box.switch.asked) == (NEW, 1)
    # The next process tries again.
    box.trial.stop(blames_model=False)
    found = box.store.trial()
    assert found is not None
    assert found.failed == 5


def test_counts_are_written_down_while_a_model_is_installed(box: Box) -> None:
    with box.store.locked():
        box.press()
        assert box.store.trial() == Trial(NEW, OLD, 3, 1, starts=1, boot_id="boot-1")
        box.trial.count(answer(Rule.EDIBLE, "tiny 2.0.0", "button"))
        box.trial.stop(blames_model=False)
        assert box.store.trial() == Trial(NEW, OLD, 3, 2, starts=0, boot_id="boot-1")


def test_a_model_that_fails_while_another_is_installed_goes_back_after_that(box: Box) -> None:
    with box.store.locked():
        for _ in range(3):
            box.press(Rule.ENGINE_FAULT)
        assert box.active == NEW
    box.trial.look()
    assert box.active == OLD


def test_a_disk_that_takes_nothing_loses_no_count_and_is_said_once(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = os.path.join(box.store.folder, ".trial-new")
    os.mkdir(in_the_way)
    box.press()
    box.press(Rule.ENGINE_FAULT)
    assert [each.levelname for each in caplog.records if "cannot go on" in each.message] == [
        "ERROR"
    ]
    os.rmdir(in_the_way)
    box.trial.look()
    assert box.store.trial() == Trial(NEW, OLD, 3, 1, 1, starts=1, boot_id="boot-1")


def test_a_bundle_that_the_configuration_names_is_on_no_trial(box: Box) -> None:
    box.bundle = "/srv/tiny"
    box.begin()
    for _ in range(3):
        box.press(Rule.ENGINE_FAULT)
    assert box.active == NEW


@pytest.mark.parametrize("blames_model", [True, False])
def test_an_end_keeps_what_was_counted_and_opens_no_model(box: Box, blames_model: bool) -> None:
    for _ in range(3):
        box.trial.count(answer(Rule.ENGINE_FAULT, "tiny 2.0.0", "button"))
    box.trial.stop(blames_model)
    assert (box.active, box.switch.asked) == (NEW, 0)
    box.begin()
    box.trial.look()
    assert (box.active, box.switch.asked) == (OLD, 1)
    assert box.told[-1].detail.endswith("to tiny-1.0.0: the engine failed in 3 presses")


def test_an_end_that_the_model_may_have_caused_counts_its_start(box: Box) -> None:
    for _ in range(STARTS_MAX):
        box.trial.stop(blames_model=True)
        box.begin()
    assert box.active == OLD
