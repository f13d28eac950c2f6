"""From a source to the store: proven or not there, and what SIGKILL leaves after each step."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import List

import numpy as np
import pytest
from support import gpu, tiny_bundle
from support.as_nobody import NOBODY

from plantd import bundle
from plantd.config import Config, EngineConfig, ModelConfig, PathsConfig, file
from plantd.doctor import service_checks
from plantd.doctor.probes import Probes
from plantd.errors import BundleError, EngineError, PlanError, UnavailableError
from plantd.models.installing import STEPS, Installed, install
from plantd.models.plan_build import PlanBuild
from plantd.models.privileges import as_owner_of
from plantd.models.self_test_process import Prover, settings_of
from plantd.models.store import ModelStore

TIMEOUT_S = 100


@pytest.fixture
def source(tmp_path: Path) -> str:
    return tiny_bundle.make(str(tmp_path / "stick" / "tiny"))


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path / "state")


@pytest.fixture
def store(state: str) -> ModelStore:
    return ModelStore(state)


@pytest.fixture
def prover(state: str) -> Prover:
    return Prover(Config(engine=EngineConfig(threads=1), paths=PathsConfig(state=state)))


def wrong_golden(path: str) -> None:
    """Make the golden outputs those of another network, with the right hashes."""
    golden = os.path.join(path, bundle.GOLDEN)
    with np.load(golden) as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["poison"] = -changed["poison"]
    np.savez_compressed(golden, **changed)
    bundle.write_manifest(path, tiny_bundle.manifest())


def left_over(store: ModelStore) -> List[str]:
    return [name for name in os.listdir(store.folder) if name.startswith(".new")]


def test_a_directory_is_installed_and_nothing_becomes_active(
    source: str, store: ModelStore, prover: Prover
) -> None:
    steps: List[str] = []
    assert install(source, store, prover, step=steps.append) == Installed("tiny-1.0.0", True)
    assert tuple(steps) == STEPS
    assert store.listing() == (None, None, ["tiny-1.0.0"])
    assert bundle.load(store.path_of("tiny-1.0.0")).manifest.title == "tiny 1.0.0"
    assert left_over(store) == []


def test_an_archive_from_a_stick_is_installed(
    source: str, tmp_path: Path, store: ModelStore, prover: Prover
) -> None:
    path = str(tmp_path / "stick" / "tiny-1.0.0.tar.gz")
    with tarfile.open(path, "w:gz") as made:
        made.add(source, "tiny")
    assert install(path, store, prover).name == "tiny-1.0.0"


def test_the_same_once_more_is_not_new(source: str, store: ModelStore, prover: Prover) -> None:
    install(source, store, prover)
    assert install(source, store, prover) == Installed("tiny-1.0.0", False)


def test_other_contents_under_the_same_version_are_refused(
    source: str, tmp_path: Path, store: ModelStore, prover: Prover
) -> None:
    install(source, store, prover)
    other = tiny_bundle.make(str(tmp_path / "other"), created="2026-02-02")
    with pytest.raises(BundleError, match=r"its manifest.yaml differs; .* another version"):
        install(other, store, prover)
    assert bundle.load(store.path_of("tiny-1.0.0")).manifest.created == "2026-01-01"


def test_a_damaged_file_is_refused(source: str, store: ModelStore, prover: Prover) -> None:
    with open(source + "/model.onnx", "ab") as model:
        model.write(b"x")
    with pytest.raises(BundleError, match=r"model.onnx has sha256"):
        install(source, store, prover)
    assert store.listing().installed == []
    assert left_over(store) == []


def test_a_model_that_fails_its_self_test_is_not_installed(
    source: str, store: ModelStore, prover: Prover
) -> None:
    wrong_golden(source)
    with pytest.raises(BundleError, match=r"poison head differs by"):
        install(source, store, prover)
    assert store.listing().installed == []


def test_a_graph_that_no_runtime_opens_is_not_installed(
    source: str, store: ModelStore, prover: Prover
) -> None:
    with open(source + "/model.onnx", "wb") as model:
        model.write(b"\x08\x07garbage")
    bundle.write_manifest(source, tiny_bundle.manifest())
    with pytest.raises(EngineError):
        install(source, store, prover)
    assert store.listing().installed == []


def test_a_full_disk_is_said_before_anything_is_written(
    source: str, store: ModelStore, prover: Prover
) -> None:
    with pytest.raises(UnavailableError, match=r"has 10 MiB free; this model needs 65 MiB"):
        install(source, store, prover, free=lambda path: 10 << 20)
    assert os.listdir(store.folder) == []


def test_a_plan_that_cannot_be_built_installs_nothing(
    source: str, store: ModelStore, prover: Prover
) -> None:
    def build(staged: str) -> None:
        assert os.path.exists(os.path.join(staged, "model.onnx"))
        raise PlanError("out of memory")

    with pytest.raises(PlanError):
        install(source, store, prover, build)
    assert store.listing().installed == []


def test_the_plan_is_built_by_a_program_of_its_own(state: str, tmp_path: Path) -> None:
    config = Config(engine=EngineConfig(backend="tensorrt"), paths=PathsConfig(state=state))
    build = PlanBuild(config)
    command = build.command("/a b/model")
    assert command[1:4] == ["-m", "plantd_engines.cli", "build"]
    assert command[-2:] == ["--bundle", "/a b/model"]
    assert "engine.backend=tensorrt" in command
    failing = PlanBuild(config, "/bin/false")
    with pytest.raises(PlanError, match="ended with code 1"):
        failing(str(tmp_path))
    PlanBuild(config, "/bin/true")(str(tmp_path))


def test_the_child_gets_all_of_engine_and_paths(state: str) -> None:
    config = Config(engine=EngineConfig(threads=3), paths=PathsConfig(state=state))
    arguments = settings_of(config)
    assert set(arguments[::2]) == {"--set"}
    assert {"engine.threads=3", "engine.precision=auto", "paths.state=" + state} <= set(arguments)
    told = file.load(None, arguments[1::2]).config
    assert (told.engine, told.paths) == (config.engine, config.paths)


def test_the_child_gets_paths_with_spaces_as_they_are() -> None:
    config = Config(paths=PathsConfig(state="/media/usb stick/#1: plantd"))
    told = file.load(None, settings_of(config)[1::2]).config
    assert told.paths == config.paths


def test_plantd_engine_understands_what_it_is_told(state: str, source: str) -> None:
    config = Config(engine=EngineConfig(threads=1), paths=PathsConfig(state=state))
    done = subprocess.run(
        PlanBuild(config).command(source),
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT_S,
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    assert "tiny 1.0.0" in said


def test_children_of_root_run_as_the_models_owner(source: str, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root has rights to let go of")
    models = tmp_path / "owned" / "models"
    models.mkdir(parents=True)
    os.chown(str(models), NOBODY, NOBODY)
    demote = as_owner_of(str(models / "not" / "there" / "yet"))
    assert demote is not None
    said = subprocess.check_output(["id", "-u"], preexec_fn=demote)
    assert said.decode().strip() == str(NOBODY)
    assert as_owner_of("/") is None


def test_a_crashing_self_test_is_a_sentence(
    source: str, prover: Prover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    (tmp_path / "sitecustomize.py").write_text(crash)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EngineError, match="was ended by signal 11"):
        prover.prove(source)


def test_a_library_that_talks_on_standard_output_is_not_listened_to(
    source: str, prover: Prover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = "import atexit\nprint('[1]')\natexit.register(lambda: print('{\\n[TRT] bye\\n7'))\n"
    (tmp_path / "sitecustomize.py").write_text(talk)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert prover.check(source) == ("tiny", "1.0.0")


def test_a_self_test_that_hangs_is_ended(source: str, state: str) -> None:
    prover = Prover(Config(paths=PathsConfig(state=state)), timeout_s=0.01)
    with pytest.raises(EngineError, match="did not end within 0 s"):
        prover.prove(source)


def test_a_closed_prover_proves_nothing(source: str, prover: Prover) -> None:
    prover.close()
    with pytest.raises(EngineError, match="plantd is stopping"):
        prover.prove(source)


CUTS = (*STEPS, "installed", "previous", "link", "active")


@pytest.mark.parametrize("cut", CUTS)
def test_sigkill_after_any_step_leaves_the_old_model_or_the_whole_new_one(
    tmp_path: Path, state: str, store: ModelStore, prover: Prover, cut: str
) -> None:
    old = "tiny-1.0.0"
    tiny_bundle.make(os.path.join(store.folder, old))
    store.activate(old)
    new = tiny_bundle.make(str(tmp_path / "new"), version="2.0.0")
    done = subprocess.run(
        [sys.executable, "-m", "support.installing_victim", state, new, cut],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == -signal.SIGKILL, done
    assert done.stdout.decode().split()[-1] == cut
    listing = store.listing()
    assert listing.active == ("tiny-2.0.0" if cut == "active" else old)
    for name in listing.installed:
        assert bundle.load(store.path_of(name)).manifest.title == name.replace("-", " ")
    # The next one finds its way through what was left.
    assert install(new, store, prover).name == "tiny-2.0.0"
    store.activate("tiny-2.0.0")
    assert left_over(store) == []
    shutil.rmtree(state)


@pytest.fixture
def tx2(state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration for TensorRT, whose strict stand-in the children will find."""
    monkeypatch.setenv("PLANTD_TEST_TENSORRT", "8.2")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([gpu.STACK, *sys.path]))
    return Config(
        engine=EngineConfig(backend="tensorrt"),
        paths=PathsConfig(state=state, cache=str(tmp_path / "cache")),
    )


def test_with_tensorrt_the_plan_is_built_and_proven_first(
    source: str, store: ModelStore, tx2: Config
) -> None:
    assert install(source, store, Prover(tx2), PlanBuild(tx2)).new
    check = next(service_checks.plan(Probes(tx2._replace(model=ModelConfig(source)))))
    assert (check.state, check.detail.partition(";")[0]) == (
        "ok",
        "fp16 for NVIDIA Tegra X2 with TensorRT 8.2.1.8, L4T none",
    )


def test_with_tensorrt_a_build_that_fails_installs_nothing(
    source: str, store: ModelStore, tx2: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTD_TEST_FAULT", "enqueue")
    with pytest.raises(PlanError, match="no plan could be built"):
        install(source, store, Prover(tx2), PlanBuild(tx2))
    assert store.listing().installed == []


def test_with_tensorrt_a_model_without_its_plan_is_not_proven(source: str, tx2: Config) -> None:
    with pytest.raises(BundleError, match="no TensorRT plan in"):
        Prover(tx2).prove(source)
