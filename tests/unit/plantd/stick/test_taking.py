"""From a stick to a model that answers: agreed to, signed, and harmless wherever it is cut."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator, List, Optional

import pytest
from support import tiny_bundle
from support.signer import Signer

from plantd import bundle
from plantd.api.stick_news import (
    AGREED,
    INSTALLED,
    INSTALLING,
    OFFERED,
    REFUSED,
    SEEN,
    WITHDRAWN,
    StickNews,
)
from plantd.config import Config, EngineConfig, ModelConfig, PathsConfig
from plantd.errors import BundleError, BusyError, ConfigError, PlantdError, UnavailableError
from plantd.models.installing import Installed, install
from plantd.models.self_test_process import Prover
from plantd.models.store import ModelStore
from plantd.stick.taking import Hands, take
from plantd.stick.telling import Telling
from plantd.stick.vouching import signature_check, vouched

TIMEOUT_S = 60


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    # The agent's socket lies in the home, and its path has at most 107 bytes.
    home = "/tmp/plantd-stick-gpg-{}".format(os.getpid())
    made = Signer(home)
    for name in ("owner", "stranger"):
        made.make(name)
    yield made
    made.close()


class Box:
    """A box with tiny 1.0.0 active, and a finger that agrees or does not."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.stick = folder / "stick"
        self.signer = signer
        keys = folder / "keys.d"
        keys.mkdir()
        signer.export("owner", keys / "owner.gpg")
        self.config = Config(
            engine=EngineConfig(threads=1),
            model=ModelConfig(keys=str(keys)),
            paths=PathsConfig(state=str(folder / "state")),
        )
        self.store = ModelStore(self.config.paths.state)
        tiny_bundle.make(os.path.join(self.store.folder, "tiny-1.0.0"))
        self.store.activate("tiny-1.0.0")
        self.agrees = True
        self.ends_in: Optional[str] = None
        self.in_the_way: Optional[PlantdError] = None
        self.news: List[StickNews] = []
        self.said: List[str] = []

    def put(self, version: str = "2.0.0", by: str = "owner", called: str = "tiny") -> str:
        """Put a bundle on the stick."""
        made = tiny_bundle.make(str(self.stick / "plantd" / called), version=version)
        if by:
            self.signer.sign(os.path.join(made, "manifest.yaml"), by)
        return made

    def take(self) -> None:
        with Telling(self._post, again_s=TIMEOUT_S) as telling:
            hands = Hands(
                telling,
                self._make_sure,
                lambda path: vouched(path, self.store, self._check()),
                self._install,
                self._activate,
                self.said.append,
                TIMEOUT_S if self.agrees else 0.01,
            )
            take(str(self.stick), hands)

    def states(self) -> List[str]:
        return [news.state for news in self.news]

    def _post(self, news: StickNews) -> str:
        self.news.append(news)
        return AGREED if self.agrees else news.state

    def _make_sure(self, _mounted: str) -> None:
        if self.in_the_way:
            raise self.in_the_way

    def _check(self) -> object:
        return signature_check(self.config.model, self.said.append)

    def _install(self, path: str) -> Installed:
        self._end("install")
        check = signature_check(self.config.model, self.said.append)
        return install(path, self.store, Prover(self.config), vouch=check)

    def _activate(self, name: str) -> None:
        self._end("activate")
        self.store.activate(name)

    def _end(self, here: str) -> None:
        if self.ends_in == here:
            sys.exit(75)


@pytest.fixture
def box(tmp_path: Path, signer: Signer) -> Box:
    return Box(tmp_path, signer)


def test_a_signed_model_is_offered_and_answers_after_a_long_press(box: Box) -> None:
    box.put()
    box.take()
    assert box.states() == [OFFERED, INSTALLING, INSTALLED]
    assert box.news[0].name == "tiny-2.0.0"
    assert box.news[0].detail.startswith("signed by owner (key ")
    assert (box.store.listing().active, box.store.listing().previous) == (
        "tiny-2.0.0",
        "tiny-1.0.0",
    )


def test_a_stick_that_was_not_mounted_is_told_and_not_looked_at(box: Box) -> None:
    box.put()
    box.in_the_way = BusyError("/dev/sda1 is in use")
    with pytest.raises(BusyError):
        box.take()
    assert box.news == [StickNews(REFUSED, "stick", "/dev/sda1 is in use")]


def test_without_a_long_press_nothing_is_installed(box: Box) -> None:
    box.put()
    box.agrees = False
    box.take()
    assert box.states() == [OFFERED, WITHDRAWN]
    assert box.store.listing().installed == ["tiny-1.0.0"]


@pytest.mark.parametrize(("by", "told"), [("", "is not signed"), ("stranger", "which is none of")])
def test_what_no_key_of_the_box_signed_is_refused_and_never_offered(
    box: Box, by: str, told: str
) -> None:
    box.put(by=by)
    with pytest.raises(BundleError, match=told):
        box.take()
    assert box.states() == [REFUSED]
    assert told in box.news[0].detail


def test_what_was_changed_after_it_was_signed_is_refused(box: Box) -> None:
    made = box.put()
    with open(os.path.join(made, "manifest.yaml"), "a", encoding="utf-8") as manifest:
        manifest.write("# changed\n")
    with pytest.raises(BundleError, match="signature is wrong"):
        box.take()
    assert box.states() == [REFUSED]


def test_a_file_that_was_changed_beside_a_good_signature_installs_nothing(box: Box) -> None:
    with open(os.path.join(box.put(), "model.onnx"), "ab") as model:
        model.write(b"x")
    with pytest.raises(BundleError, match="model.onnx has sha256"):
        box.take()
    assert box.states() == [OFFERED, INSTALLING, REFUSED]
    assert box.store.listing().installed == ["tiny-1.0.0"]


def test_a_box_without_keys_takes_nothing_from_a_stick(box: Box) -> None:
    box.put()
    os.unlink(os.path.join(box.config.model.keys, "owner.gpg"))
    with pytest.raises(ConfigError, match="from a stick only a model that a key of this box"):
        box.take()
    assert box.states() == [REFUSED]


def test_of_two_models_none_is_offered(box: Box) -> None:
    box.put()
    box.put(version="3.0.0", called="other")
    with pytest.raises(BundleError, match="holds 2 models: other, tiny"):
        box.take()
    assert box.states() == [REFUSED]


def test_the_model_that_answers_already_is_not_offered_again(box: Box) -> None:
    box.put()
    box.take()
    box.news.clear()
    box.take()
    assert box.news == []
    assert box.said[-1] == "tiny-2.0.0 on the stick is the model that answers already"


def test_packages_are_named_and_left_where_they_are(box: Box) -> None:
    release = box.stick / "plantd" / "dists" / "stable" / "InRelease"
    release.parent.mkdir(parents=True)
    release.write_bytes(b"")
    box.take()
    assert [(news.state, news.name) for news in box.news] == [(SEEN, "packages")]
    assert "sudo apt-get update && sudo apt-get install plantd" in box.news[0].detail


@pytest.mark.parametrize(
    ("where", "installed", "told"),
    [("install", 1, "the model before stays"), ("activate", 2, "it is installed; ")],
)
def test_a_stick_that_is_pulled_out_is_told_with_what_holds(
    box: Box, where: str, installed: int, told: str
) -> None:
    box.put()
    box.ends_in = where
    with pytest.raises(SystemExit):
        box.take()
    assert box.news[-1].state == WITHDRAWN
    assert told in box.news[-1].detail
    assert len(box.store.listing().installed) == installed
    assert box.store.listing().active == "tiny-1.0.0"


def test_a_stick_that_is_gone_when_it_is_read_leaves_the_model_before(box: Box) -> None:
    made = box.put()
    hidden = box._post

    def pull_out(news: StickNews) -> str:
        if news.state == INSTALLING:
            shutil.rmtree(made)
        return hidden(news)

    box._post = pull_out  # type: ignore[method-assign]  # the stick goes while it is being read
    with pytest.raises(PlantdError):
        box.take()
    assert box.states() == [OFFERED, INSTALLING, REFUSED]
    assert box.store.listing().installed == ["tiny-1.0.0"]


def test_a_service_that_is_away_for_a_moment_is_asked_again() -> None:
    heard = threading.Event()
    answers = iter([OFFERED, None, AGREED])

    def post(news: StickNews) -> str:
        answer = next(answers, AGREED)
        if answer is None:
            raise UnavailableError("plantd is being restarted")
        if answer == AGREED:
            heard.set()
        return answer

    with Telling(post, again_s=0.001) as telling:
        telling.tell(OFFERED, "tiny-2.0.0", "")
        assert telling.wait_for_press(TIMEOUT_S)
        assert heard.is_set()


CUTS = (
    *("looked", "told offered", "told installing"),
    *("room", "staged", "vouched", "checked", "proven", "placed"),
    *("previous", "link", "active"),
)


@pytest.mark.parametrize("cut", CUTS)
def test_sigkill_after_any_step_leaves_the_old_model_or_the_whole_new_one(
    box: Box, cut: str
) -> None:
    box.put()
    arguments = [box.config.paths.state, box.config.model.keys, str(box.stick), cut]
    done = subprocess.run(
        [sys.executable, "-m", "support.stick_victim", *arguments],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == -signal.SIGKILL, done
    assert done.stdout.decode().splitlines()[-1] == cut
    listing = box.store.listing()
    assert listing.active == ("tiny-2.0.0" if cut == "active" else "tiny-1.0.0")
    for name in listing.installed:
        assert bundle.load(box.store.path_of(name)).manifest.title == name.replace("-", " ")
    box.take()
    assert box.store.listing().active == "tiny-2.0.0"
