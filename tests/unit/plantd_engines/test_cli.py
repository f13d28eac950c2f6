"""`plantd-engine` as a person meets it; the stand-in for TensorRT is on the path where one is."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from support import calibration_sets, gpu, tiny_bundle
from support.checkout import TOP

from plantd import bundle
from plantd_engines.calibration import calibration_set
from plantd_engines.cli import main


@pytest.fixture
def tiny(tmp_path):
    return tiny_bundle.make(str(tmp_path / "tiny"))


@pytest.fixture
def places(tiny, tmp_path):
    """What keeps a build inside the test's folder."""
    return [
        "--bundle=" + tiny,
        "--set=paths.state={}".format(tmp_path / "state"),
        "--set=paths.cache={}".format(tmp_path / "cache"),
    ]


@pytest.fixture
def stack(monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_TENSORRT", "8.2")
    monkeypatch.setattr(sys, "path", [gpu.STACK] + sys.path)


@pytest.fixture(autouse=True)
def _no_configuration_of_this_host(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANTD_CONFIG", str(tmp_path / "absent.yaml"))
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


def test_without_tensorrt_it_says_so_proves_the_graph_and_succeeds(places, capsys):
    assert main(["build"] + places) == 0
    out, err = capsys.readouterr()
    assert err.startswith("TensorRT is not installed here")
    assert "onnxruntime" in out
    assert "agrees with 3 golden pictures" in out


def test_without_tensorrt_a_wrong_graph_fails(places, tiny, capsys):
    import numpy as np

    golden = dict(np.load(os.path.join(tiny, "golden.npz")))
    np.savez(os.path.join(tiny, "golden.npz"), **dict(golden, species=golden["species"][::-1]))
    bundle.write_manifest(tiny, tiny_bundle.manifest())
    assert main(["build"] + places) == 65
    assert "golden picture 0: the species head differs" in capsys.readouterr().err


def test_a_configured_tensorrt_that_is_not_there_is_an_error(places, capsys):
    assert main(["build", "--set=engine.backend=tensorrt"] + places) == 69
    assert "TensorRT is not installed for" in capsys.readouterr().err


def test_build_then_nothing_to_do_then_verify(stack, places, capfd, monkeypatch):
    places = places + ["--set=engine.backend=tensorrt"]
    assert main(["build", "--json"] + places) == 0
    built = json.loads(capfd.readouterr().out)
    assert (built["built_now"], built["precision"], built["reason"]) == (True, "fp16", "")
    assert built["machine"]["sm"] == "6.2"
    assert main(["build", "--json"] + places) == 0
    assert json.loads(capfd.readouterr().out) == dict(built, built_now=False)
    gpu.stand_in(monkeypatch, "8.2")
    assert main(["verify", "--json"] + places) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["backend"], told["plan"]) == ("tensorrt", built["plan"])


@pytest.fixture
def pictures(tiny, tmp_path):
    graph = bundle.load(tiny).manifest.files["model.onnx"]
    return calibration_sets.make(str(tmp_path / "set"), graph)


def test_int8_is_calibrated_in_a_child_and_up_to_date_then(
    stack, places, pictures, capfd, monkeypatch
):
    monkeypatch.setenv("PLANTD_TEST_SM", "7.2")
    asked = ["build", "--json", "--precision=int8", "--calibration", pictures] + places
    assert main(asked) == 0
    built = json.loads(capfd.readouterr().out)
    assert (built["precision"], built["reason"], built["built_now"]) == ("int8", "", True)
    assert built["calibration"] == calibration_set.digest_of(pictures)
    assert built["proof"]["same_answer"] == calibration_sets.JUDGING
    assert main(asked) == 0
    assert json.loads(capfd.readouterr().out) == dict(built, built_now=False)


def test_the_configuration_names_the_set_for_the_unit(stack, places, pictures, capfd, monkeypatch):
    monkeypatch.setenv("PLANTD_TEST_SM", "7.2")
    keys = ["--set=engine.precision=int8", "--set=engine.calibration=" + pictures]
    assert main(["build", "--json"] + keys + places) == 0
    assert json.loads(capfd.readouterr().out)["precision"] == "int8"


def test_a_picture_that_calibrates_and_is_none_ends_the_build(
    stack, places, pictures, tmp_path, capfd, monkeypatch
):
    monkeypatch.setenv("PLANTD_TEST_SM", "7.2")
    calibration_sets.replace_picture(pictures, 1, b"no picture")
    assert main(["build", "--precision=int8", "--calibration", pictures] + places) == 65
    assert "INT8 calibration failed at picture 2 of 5: the file is" in capfd.readouterr().err
    assert os.listdir(str(tmp_path / "state/engines")) == [".lock"]


def test_a_folder_that_is_no_set_is_refused(stack, places, tmp_path, capsys):
    assert main(["build", "--precision=int8", "--calibration", str(tmp_path)] + places) == 65
    assert "expected the list of a calibration set" in capsys.readouterr().err


def test_a_set_serves_int8_only(stack, places, pictures, capsys):
    assert main(["build", "--calibration", pictures] + places) == 64
    assert "--calibration serves INT8, and the precision is auto" in capsys.readouterr().err


def test_what_tensorrt_itself_prints_is_no_part_of_the_answer(stack, places, capfd, monkeypatch):
    places = places + ["--set=engine.backend=tensorrt"]
    assert main(["build", "--json"] + places) == 0
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert "linked against cuDNN" in err
    gpu.stand_in(monkeypatch, "8.2")
    assert main(["verify", "--json"] + places) == 0
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert "linked against cuDNN" in err


def test_verify_without_a_plan_names_what_builds_one(places, capsys, monkeypatch):
    gpu.stand_in(monkeypatch, "8.2")
    assert main(["verify", "--set=engine.backend=tensorrt"] + places) == 65
    assert "make engine" in capsys.readouterr().err


def test_verify_proves_the_configured_backend(places, capsys):
    assert main(["verify", "--json"] + places) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["backend"], told["proof"]["pictures"]) == ("onnxruntime", 3.0)


@pytest.mark.parametrize("name", ["model.onnx", "manifest.yaml"])
def test_a_bundle_that_is_none_is_refused(stack, places, tiny, name, capsys):
    os.unlink(os.path.join(tiny, name))
    assert main(["build"] + places) == 65
    assert "is not a model bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: [1,\n b: }", "manifest.yaml is not YAML: line 2: "),
        (b"\xff\xfe\x00", "manifest.yaml is not YAML: unacceptable character"),
        (b"name: tiny", "manifest.yaml has no files.model.onnx"),
    ],
    ids=["broken", "binary", "of something else"],
)
def test_a_manifest_that_is_none_is_told_in_one_line(stack, places, tiny, content, words, capsys):
    with open(os.path.join(tiny, "manifest.yaml"), "wb") as target:
        target.write(content)
    assert main(["build"] + places) == 65
    told = capsys.readouterr().err
    assert told.startswith("plantd-engine: {} is not a model bundle ({}".format(tiny, words))
    assert told.count("\n") == 1


@pytest.mark.parametrize("kept", [0.5, 0.0])
def test_a_graph_that_is_cut_short_is_named(stack, places, tiny, kept, capsys):
    """Its hash is right: somebody made the bundle so."""
    path = os.path.join(tiny, "model.onnx")
    with open(path, "r+b") as target:
        target.truncate(int(kept * os.path.getsize(path)))
    bundle.write_manifest(tiny, tiny_bundle.manifest())
    assert main(["build"] + places) == 65
    assert "plantd-engine: {}: the graph is not an ONNX".format(path) in capsys.readouterr().err


@pytest.mark.parametrize("state", ["/proc/plantd", "/dev/null"])
def test_plans_that_cannot_be_written_are_told_with_what_helps(stack, tiny, state, capsys):
    assert main(["build", "--bundle=" + tiny, "--set=paths.state=" + state]) == 73
    told = capsys.readouterr().err
    assert "{}/engines cannot be written".format(state) in told
    assert "--set paths.state=DIRECTORY" in told


def test_a_damaged_plan_is_never_proven_and_is_built_again(
    stack, places, tmp_path, capsys, monkeypatch
):
    places = places + ["--set=engine.backend=tensorrt"]
    assert main(["build", "--json"] + places) == 0
    built = json.loads(capsys.readouterr().out)
    (plan,) = (tmp_path / "state/engines").glob("*.plan")
    plan.write_bytes(plan.read_bytes()[:10])
    with monkeypatch.context() as here:
        gpu.stand_in(here, "8.2")
        assert main(["verify"] + places) == 65
    assert "it is damaged or another file; build it: make engine" in capsys.readouterr().err
    assert main(["build", "--json"] + places) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["built_now"], again["plan"]) == (True, built["plan"])


def test_a_changed_graph_is_refused_before_anything_is_built(stack, places, tiny, tmp_path, capsys):
    with open(os.path.join(tiny, "model.onnx"), "ab") as target:
        target.write(b" ")
    assert main(["build"] + places) == 65
    assert "its manifest says" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_any_other_damaged_file_of_the_bundle_is_refused_too(stack, places, tiny, capsys):
    with open(os.path.join(tiny, "species.yaml"), "ab") as target:
        target.write(b"#")
    assert main(["build"] + places) == 65
    assert "species.yaml has sha256" in capsys.readouterr().err


def test_unknown_options_are_a_usage_error(capsys):
    assert main(["build", "--fast"]) == 64
    assert main([]) == 64


def test_problems_of_the_configuration_are_all_named(capsys, tiny):
    wrong = ["--set=engine.precision=fp8", "--set=engine.threads=0"]
    assert main(["build", "--bundle", tiny] + wrong) == 78
    err = capsys.readouterr().err
    assert "engine.precision" in err
    assert "engine.threads" in err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_signal_ends_the_build_and_leaves_no_child(places, tmp_path, number, code):
    pid_path = str(tmp_path / "pid")
    environment = dict(
        os.environ,
        PLANTD_TEST_TENSORRT="8.2",
        PLANTD_TEST_BUILD_HANGS=pid_path,
        PYTHONPATH=os.pathsep.join([gpu.STACK] + [path for path in sys.path if path]),
    )
    command = [sys.executable, "-m", "plantd_engines.cli", "build", "--force"] + places
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        for line in process.stderr:
            if line.startswith(b"building fp16"):
                break
        # As a terminal does: to every process that belongs to it.
        os.killpg(process.pid, number)
        told = process.communicate(timeout=30.0)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code
    assert b"Traceback" not in told
    assert os.listdir(str(tmp_path / "state/engines")) == [".lock"]
    assert processes_with(str(tmp_path / "state")) == []


def processes_with(words):
    """Return the command lines of living processes that hold the words."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/{}/cmdline".format(pid), "rb") as source:
            found.append(source.read().decode("utf-8", "replace"))
    return [line for line in found if words in line]


def test_the_default_bundle_is_proven(tmp_path, capsys):
    """What `make engine` does on a machine without TensorRT."""
    path = str(TOP / "engines/bundles/plants70")
    copy = shutil.copytree(path, str(tmp_path / "plants70"))
    assert main(["build", "--bundle", copy]) == 0
    assert "plants70" in capsys.readouterr().out
