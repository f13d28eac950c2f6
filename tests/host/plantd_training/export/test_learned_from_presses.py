"""The circle: pressed, reviewed, exported, trained on, installed; pressed again, it has learned."""

import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator

import numpy as np
import pytest
import yaml
from host.support.drawn_plant import drawn_plant
from host.support.recipes import PROBE, write_recipe
from running import RunningService
from support import tiny_bundle
from support.picture_bytes import encode_png

import plantd.cli
from plantd_training import cli

# A label of the tiny bundle -> petals in blue, green, red. To the tiny bundle they all look alike.
KINDS = {"clover": (220, 70, 60), "nettle": (40, 220, 250), "hemlock": (200, 40, 220)}
EACH = 6
SIDE_PX = 128


class Box(RunningService):
    """A plantd before whose camera drawn plants are put."""

    def __init__(self, directory: str) -> None:
        self.photo = os.path.join(directory, "photo.png")
        tiny_bundle.stand(self.photo, tiny_bundle.GREY)
        tiny_bundle.make(os.path.join(directory, "state", "models", "tiny-1.0.0"))
        os.symlink("tiny-1.0.0", os.path.join(directory, "state", "models", "active"))
        camera = {"source": "file://" + self.photo, "fps": 20}
        super().__init__(directory, {"camera": camera, "model": {"bundle": ""}})
        self._random = np.random.default_rng(11)

    def stand(self, kind: str) -> None:
        """Put another plant of a kind before the camera."""
        drawn = drawn_plant(self._random, SIDE_PX, SIDE_PX, KINDS[kind])
        with open(self.photo + ".new", "wb") as target:
            target.write(encode_png(drawn))
        os.rename(self.photo + ".new", self.photo)

    def press(self, kind: str) -> Dict[str, Any]:
        """Press the button before a plant of a kind, and return the verdict."""
        self.stand(kind)
        newest = self.client.get("/v1/verdicts", newest=1, limit=1)["verdicts"]
        self.finger.press()
        heard = self.client.events(types="verdict", after=newest[0]["seq"] if newest else 0)
        return next(event for event in heard if event["type"] == "verdict")

    def capture(self, kind: str) -> Dict[str, Any]:
        """Do what a press does, without the finger: nobody presses twenty times a second."""
        self.stand(kind)
        return dict(json.loads(self.ask("capture", "--json")))

    def ask(self, *words: str) -> str:
        """Run plantd-cli on this box; return what it prints."""
        out, err = io.StringIO(), io.StringIO()
        environ = {"PLANTD_SOCKET": self.socket_path}
        assert plantd.cli.main(words, out, err, environ) == 0, err.getvalue()
        return out.getvalue()


@pytest.fixture
def box() -> Iterator[Box]:
    # Short: a Unix socket's path has at most 107 bytes.
    folder = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    with Box(folder) as made:
        yield made
        assert made.stop() == 0
    shutil.rmtree(folder)


def nearest_of(verdict: Dict[str, Any]) -> str:
    return str((verdict["species"] or verdict["nearest"])[0]["label"])


def train(folder: Path, photos: Path) -> Path:
    """Train linear probes as a person does; return the bundle."""
    facts = {
        label: {
            "scientific_name": "Drawn " + label,
            "poisonous": label == "hemlock",
            "caution": "A drawing.",
        }
        for label in KINDS
    }
    (folder / "species.yaml").write_text(yaml.safe_dump({"species": facts}), encoding="utf-8")
    probe = {**PROBE, "inverse_penalties": [0.001, 0.1]}
    recipe = write_recipe(folder, trunk="lite0", weights="imagenet", linear_probe=probe)
    words = [
        "bundle",
        *("--data", str(photos), "--recipe", str(recipe), "--out", str(folder / "drawn")),
        *("--species", str(folder / "species.yaml"), "--cache", str(folder / "cache")),
        *("--looks", str(folder / "looks.csv")),
    ]
    assert cli.main(words) == 0
    return folder / "drawn"


def test_what_was_pressed_and_reviewed_is_what_the_next_model_knows(
    box: Box, tmp_path: Path
) -> None:
    kinds = list(KINDS) * EACH
    verdicts = [box.press(kinds[0]), *(box.capture(kind) for kind in kinds[1:])]
    assert [nearest_of(each) for each in verdicts] != kinds, "the tiny bundle knows them already"
    for verdict, kind in zip(verdicts, kinds):
        box.ask("review", str(verdict["seq"]), kind)
    photos = tmp_path / "reviewed"
    # One plant after the other within a minute, and each another one.
    box.ask(
        *("export", "--reviewed", "--pictures", str(photos)),
        *("--apart", "0", "--config", box.config_path),
    )
    box.ask("model", "install", str(train(tmp_path, photos)), "--config", box.config_path)
    answers = {kind: box.capture(kind) for kind in ("clover", "nettle")}
    answers["hemlock"] = box.press("hemlock")
    assert {kind: nearest_of(each) for kind, each in answers.items()} == {k: k for k in KINDS}
    assert {each["model"] for each in answers.values()} == {"drawn 0.0.1"}
    assert answers["hemlock"]["verdict"] == "poisonous"
