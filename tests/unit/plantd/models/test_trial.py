"""What is known of a model on trial, and what of it holds after a power cut at any step."""

import json
import os
from pathlib import Path
from typing import List

import pytest

from plantd.errors import NotFoundError
from plantd.health.trials import BACK, PASSED
from plantd.models.store import ModelStore
from plantd.models.trial import FILE, Trial

OLD, NEW, OTHER = "tiny-1.0.0", "tiny-2.0.0", "tiny-3.0.0"


class Cut(Exception):
    """The power goes."""


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    made = ModelStore(str(tmp_path))
    for name in (OLD, NEW, OTHER):
        os.makedirs(os.path.join(made.folder, name))
    made.activate(OLD)
    return made


def failed() -> Trial:
    return Trial(NEW, OLD, 3, failed=3, ended=BACK, reason="the engine failed in 3 presses")


def cut_after(last: str) -> "Cutter":
    return Cutter(last)


class Cutter:
    """A step's listener that ends everything after one step."""

    def __init__(self, last: str) -> None:
        self._last = last
        self.seen: List[str] = []

    def __call__(self, step: str) -> None:
        self.seen.append(step)
        if step == self._last:
            raise Cut


def test_a_model_is_on_trial_from_its_activation_on(store: ModelStore) -> None:
    store.activate(NEW, presses=3)
    assert store.trial() == Trial(NEW, OLD, 3)


def test_without_presses_there_is_no_trial_and_an_old_one_is_forgotten(store: ModelStore) -> None:
    store.activate(NEW, presses=3)
    store.activate(OTHER)
    store.activate(NEW)
    assert store.trial() is None


def test_the_first_model_of_a_box_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    store = ModelStore(str(tmp_path / "new"))
    os.makedirs(os.path.join(store.folder, NEW))
    store.activate(NEW, presses=3)
    assert store.trial() is None


@pytest.mark.parametrize("last", ["trial", "previous", "link", "active"])
def test_a_cut_in_an_activation_leaves_the_old_model_or_the_new_one_on_trial(
    store: ModelStore, last: str
) -> None:
    cutter = cut_after(last)
    with pytest.raises(Cut):
        store.activate(NEW, cutter, presses=3)
    assert cutter.seen[-1] == last
    if last == "active":
        assert (store.listing().active, store.trial()) == (NEW, Trial(NEW, OLD, 3))
    else:
        assert (store.listing().active, store.trial()) == (OLD, None)


@pytest.mark.parametrize("last", ["trial", "previous", "link", "active"])
def test_a_cut_on_the_way_back_leaves_what_the_next_start_ends(
    store: ModelStore, last: str
) -> None:
    store.activate(NEW, presses=3)
    with pytest.raises(Cut):
        store.go_back(failed(), cut_after(last))
    found = store.trial()
    assert found == failed()
    if store.listing().active == NEW:
        store.go_back(found)
    assert store.listing().active == OLD
    assert store.trial() == failed()


def test_what_failed_is_told_until_a_model_is_activated(store: ModelStore) -> None:
    store.activate(NEW, presses=3)
    store.go_back(failed())
    assert store.trial() == failed()
    store.activate(OLD)
    assert store.trial() is None


def test_a_trial_that_was_passed_is_of_the_past_after_a_rollback(store: ModelStore) -> None:
    store.activate(NEW, presses=3)
    store.put_trial(Trial(NEW, OLD, 3, answered=3, ended=PASSED))
    store.activate(OLD)
    assert store.trial() is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"model": 7}', json.dumps(dict(Trial(NEW, OLD, 3)._asdict(), presses="3"))],
)
def test_a_damaged_file_is_no_trial(store: ModelStore, content: str) -> None:
    store.activate(NEW, presses=3)
    Path(store.folder, FILE).write_text(content)
    assert store.trial() is None


def test_a_removed_model_is_none_to_go_back_to(store: ModelStore) -> None:
    store.activate(NEW, presses=3)
    store.remove(OLD, force=True)
    assert store.trial() is None
    with pytest.raises(NotFoundError, match="tiny-1.0.0 is not there any more; tiny-2.0.0 stays"):
        store.go_back(failed())
    assert store.listing().active == NEW


def test_a_model_that_follows_one_on_trial_goes_back_to_the_one_that_has_passed(
    store: ModelStore,
) -> None:
    store.activate(NEW, presses=3)
    store.activate(OTHER, presses=3)
    assert store.trial() == Trial(OTHER, OLD, 3)
    store.activate(OLD, presses=3)
    assert store.trial() == Trial(OLD, OTHER, 3)


def test_a_model_that_follows_one_on_trial_goes_back_to_it_where_there_is_no_other(
    store: ModelStore,
) -> None:
    store.activate(NEW, presses=3)
    store.remove(OLD, force=True)
    store.activate(OTHER, presses=3)
    assert store.trial() == Trial(OTHER, NEW, 3)
