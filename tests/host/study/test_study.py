"""The study's own networks, a ResNet-50 at 300 px a head: a few steps, frozen, imported, served."""

import tempfile
from pathlib import Path

import pytest
import yaml
from host.support.drawn_photos import KINDS, draw_photos, write_facts
from host.support.serving import serving

from plantd import bundle, heads
from plantd_calibration.data.photo_lists import read_photos
from plantd_calibration.data.photos import in_split
from plantd_import.cli import main as import_main
from plantd_training.cli import arguments
from plantd_training.cli import main as train_main
from plantd_training.data.pictures import tensors
from plantd_training.evaluation.outputs import head_specs
from plantd_training.experiments import runs

STUDY = arguments.ROOM / "recipes" / "study.yaml"
# Nothing is fetched in a test, and twelve photographs make three steps of four.
FEW_STEPS = {"weights": "random", "epochs": 1, "batch": 4}


@pytest.fixture(scope="module")
def places():
    # Large: not kept, as pytest's folders are.
    with tempfile.TemporaryDirectory(prefix="plantd-", dir="/tmp") as folder:
        trained_frozen_and_imported(Path(folder))
        yield Path(folder)


def trained_frozen_and_imported(folder):
    data = str(draw_photos(folder / "drawn", each=(4, 2, 1), side_px=320))
    facts = str(write_facts(folder / "facts.yaml"))
    config = {**yaml.safe_load(STUDY.read_text(encoding="utf-8")), **FEW_STEPS}
    (folder / "study.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    training, frozen = folder / "training", folder / "frozen"
    words = ["fit", str(folder / "study.yaml"), "--data", data, "--out", str(training)]
    assert train_main(words) == 0
    assert train_main(["freeze", str(training), "--out", str(frozen)]) == 0
    graphs = ["--poison", str(frozen / "poison.pb"), "--species", str(frozen / "species.pb")]
    named = ["--name", "study", "--bundle-version", "1", "--species-file", facts]
    said = [*graphs, "--metadata", str(frozen / "metadata.yaml"), *named]
    assert import_main(["import", str(folder / "bundle"), *said]) == 0


def test_the_bundle_has_the_study_s_input_and_the_labels_of_the_training(places):
    manifest = bundle.load(str(places / "bundle")).manifest
    assert (manifest.input.width_px, manifest.input.height_px) == (300, 300)
    _, labels = runs.read_labels(places / "training")
    assert manifest.species.labels == labels.species == tuple(sorted(KINDS))


@pytest.mark.gstreamer
def test_the_service_answers_a_photograph_as_keras_does(places):
    run = runs.read_run(places / "training")
    photo = in_split(read_photos(places / "drawn"), "test")[0]
    specs, values = head_specs(run.labels), tensors([photo], run.spec)
    poison = heads.probabilities(runs.logits(run.heads.poison, values)[0], specs["poison"])
    species = heads.probabilities(runs.logits(run.heads.species, values)[0], specs["species"])
    with serving(places / "bundle", photo.path) as service:
        told = service.client.post_bytes("/v1/classify", photo.path.read_bytes())
        assert service.client.post("/v1/capture")["model"] == "study 1"
    assert told["poison"]["p"] == pytest.approx(poison[1], abs=1e-3)
    by_label = {one["label"]: one["p"] for one in told["species"]}
    assert by_label == pytest.approx(dict(zip(run.labels.species, species)), abs=1e-3)
