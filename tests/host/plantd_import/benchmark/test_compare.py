"""Comparing runtimes: the same answers from each, what is absent said, nothing timed in a test."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import gpu, plans, tiny_bundle

from plantd import bundle
from plantd.errors import EX_OK, EX_USAGE, UnavailableError
from plantd.telemetry.interface import Core, Readings, Temperature
from plantd.telemetry.readings_json import json_from_readings
from plantd_import import cli
from plantd_import.benchmark import compare, report, runtimes, study_material, worker
from plantd_import.benchmark.compare import Comparison, Counts
from plantd_import.benchmark.interleaving import Absent
from plantd_import.benchmark.worker import Measurement
from plantd_import.cli import arguments, compare_command
from plantd_import.importer import child


def measured(name: str, material: runtimes.Material) -> Measurement:
    """Two inferences in two turns, in this process."""
    timed = worker.Timed(name, material, warm_up=1, threads=1)
    timed.turn(1)
    timed.turn(1)
    return timed.measurement()


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> runtimes.Material:
    """The study's two networks, tiny."""
    work = str(tmp_path_factory.mktemp("study"))
    return study_material.study_material(work, tiny=True, run=child.call_here)


@pytest.mark.parametrize(
    "name",
    [
        "tensorflow two sessions",
        "onnxruntime two sessions",
        "onnxruntime one graph",
        "openvino one graph",
    ],
)
def test_every_runtime_gives_the_same_answers(material: runtimes.Material, name: str) -> None:
    found = measured(name, material)
    assert found.difference < 1e-5
    assert len(found.latencies_ms) == 2
    assert found.size_bytes > 1000
    assert found.rss_mb <= found.peak_mb


def test_another_model_s_answers_are_seen_to_differ(
    material: runtimes.Material, tmp_path: Path
) -> None:
    with np.load(material.reference) as arrays:
        wrong = {"poison": arrays["poison"][:, ::-1], "species": arrays["species"]}
    np.savez(tmp_path / "wrong.npz", **wrong)
    other = material._replace(reference=str(tmp_path / "wrong.npz"))
    assert measured("onnxruntime one graph", other).difference > 1e-4


def test_one_graph_is_smaller_than_two(material: runtimes.Material) -> None:
    two = runtimes.TwoOnnxRuntimeSessions(material, 1)
    one = runtimes.OnnxRuntime(material, 1)
    assert runtimes.size_bytes(one.files) < runtimes.size_bytes(two.files)


def test_tensorflow_needs_the_frozen_graphs(material: runtimes.Material) -> None:
    with pytest.raises(UnavailableError, match="frozen graphs of this model are not at hand"):
        runtimes.TensorFlowSessions(material._replace(frozen=()), 1)


@pytest.mark.parametrize("name", ["openvino", "tensorrt"])
def test_a_library_that_is_absent_is_said_to_be(name: str) -> None:
    with pytest.raises(UnavailableError, match="no_such_{} is not installed".format(name)):
        runtimes._imported("no_such_" + name)


def test_tensorrt_is_asked_through_the_service_s_own_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the stand-in for TensorRT 8.2: that it is found, loaded, asked and let go."""
    loaded = bundle.load(tiny_bundle.make(str(tmp_path / "bundle")))
    stack = gpu.stand_in(monkeypatch, "8.2")
    plan = plans.build(stack, loaded, str(tmp_path / "engines"))
    material = compare.material_from_bundle(
        loaded.path, str(tmp_path), engines=str(tmp_path / "engines")
    )
    found = measured("tensorrt one graph", material)
    assert found.size_bytes == plan.size_bytes
    assert found.difference < 1e-4
    stack.assert_nothing_left()


def test_tensorrt_without_a_plan_says_what_builds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny_bundle.make(str(tmp_path / "bundle"))
    gpu.stand_in(monkeypatch, "8.2")
    material = compare.material_from_bundle(path, str(tmp_path), engines=str(tmp_path / "none"))
    with pytest.raises(UnavailableError, match="make engine"):
        measured("tensorrt one graph", material)


def test_a_bundle_alone_is_compared_in_processes_of_their_own(tmp_path: Path) -> None:
    tiny_bundle.make(str(tmp_path / "bundle"))
    (tmp_path / "work").mkdir()
    material = compare.material_from_bundle(str(tmp_path / "bundle"), str(tmp_path / "work"))
    said: list = []
    found = compare.compare(material, Counts(3, 1, 1, each=2), said.append)
    rows = {row.runtime: row for row in found.rows}
    assert list(rows) == list(runtimes.RUNTIMES)
    assert said[-2:] == ["tiny 1.0.0: round 1", "tiny 1.0.0: round 2"]
    assert isinstance(rows["onnxruntime one graph"], Measurement)
    assert len(rows["onnxruntime one graph"].latencies_ms) == 3
    assert rows["tensorflow two sessions"] == Absent(
        "tensorflow two sessions", "the frozen graphs of this model are not at hand"
    )
    assert found.nodes[0] == 0
    assert found.machine["before"]["memory"]["total_mb"] > 0


def test_the_tiny_study_is_compared_by_all_runtimes_in_turns(material: runtimes.Material) -> None:
    """TensorFlow's sessions too, all of them in memory together."""
    found = compare.compare(material, Counts(3, 0, 1, each=2), lambda _: None)
    rows = {row.runtime: row for row in found.rows if isinstance(row, Measurement)}
    assert {report.SLOW, report.FAST} <= set(rows)
    for row in rows.values():
        assert len(row.latencies_ms) == 3
        assert row.difference < 1e-5
    ratio = compare.side_by_side(found, report.SLOW, report.FAST)
    assert ratio is not None
    assert 0 < ratio.least <= ratio.median <= ratio.most


def row(name: str, latencies: Any, rss_mb: float) -> Measurement:
    times = tuple(latencies)
    cpu_ms = 1.5 * times[0]
    return Measurement(
        name, "1.0", 0.5, 1.5, 90.0, times, cpu_ms, rss_mb, rss_mb + 1, 3 << 20, 1e-6
    )


def device(load: float, hottest_c: float, mode: str = "MAXN") -> dict:
    return json_from_readings(
        Readings(
            source="drawn",
            cores=(Core(True, 50.0, 2035), Core(True, 50.0, 1190)),
            load_average=(load, 1.0, 1.0),
            temperatures=(Temperature("CPU", hottest_c), Temperature("GPU", 30.0)),
            power_mode=mode,
        )
    )


COMPARISON = Comparison(
    title="drawn 1",
    counts=Counts(),
    rows=(
        row("tensorflow two sessions", [200.0] * 90 + [300.0] * 9 + [400.0], 4000.0),
        row("onnxruntime one graph", [80.0] * 100, 400.0),
        Absent("tensorrt one graph", "tensorrt is not installed here"),
    ),
    nodes=(1778, 258, 135),
    machine={"cpu": "2 x Drawn", "before": device(1.5, 40.0), "after": device(2.5, 61.0)},
)


def test_the_table_shows_every_row_and_what_it_comes_to() -> None:
    lines = report.lines(COMPARISON)
    assert "1778 in two frozen graphs, 258 in two ONNX graphs, 135 in one" in lines[2]
    tensorflow = next(line for line in lines if line.startswith("tensorflow"))
    cells = tensorflow.split("sessions")[1].split()
    assert cells == ["2.0", "90", "200.0", "300.0", "300.0", "300.0", "4000", "3"]
    assert "tensorrt one graph       not measured: tensorrt is not installed here" in lines
    assert "every answer is within 1e-06 of the reference" in lines
    assert "2.5 times as fast, 2.5 times less cpu, 10.0 times less memory" in "\n".join(lines)
    assert all(len(part) <= 80 for line in lines[4:] for part in line.splitlines())


def test_the_state_of_the_machine_is_told() -> None:
    line = report.lines(COMPARISON)[3]
    assert line == (
        "machine: load average 1.5 before, 2.5 after, cores at 1190 2035 MHz, power mode MAXN, "
        "hottest 40 C before, 61 C after"
    )


def test_what_a_machine_does_not_say_is_left_out() -> None:
    silent = json_from_readings(Readings(source="drawn", load_average=(0.5, 1.0, 1.0)))
    quiet = COMPARISON._replace(machine={"cpu": "1 x Drawn", "before": silent, "after": silent})
    assert report.lines(quiet)[3] == "machine: load average 0.5 before, 0.5 after"


def test_nothing_is_concluded_from_what_was_not_measured() -> None:
    less = COMPARISON._replace(rows=COMPARISON.rows[1:])
    assert compare.ratios_of(less, report.SLOW, report.FAST) is None
    assert not any("times as fast" in line for line in report.lines(less))


def test_a_spell_of_noise_falls_on_both_and_leaves_their_ratio() -> None:
    """The machine is four times slower in the second of two rounds."""
    found = COMPARISON._replace(
        counts=Counts(runs=4, each=2),
        rows=(
            row("tensorflow two sessions", [200.0, 200.0, 800.0, 800.0], 4000.0),
            row("onnxruntime one graph", [80.0, 80.0, 320.0, 320.0], 400.0),
            Absent("tensorrt one graph", "tensorrt is not installed here"),
        ),
    )
    ratio = compare.side_by_side(found, report.SLOW, report.FAST)
    assert ratio == (2.5, 2.5, 2.5)
    assert report.lines(found)[-2:] == [
        "median latency of a round, as a multiple of that of onnxruntime one graph:",
        "  tensorflow two sessions  2.50 times (from 2.50 to 2.50)",
    ]
    tree = json.loads(json.dumps(report.tree(found)))
    assert tree["rows"][0]["side_by_side"]["median"] == 2.5


def test_side_by_side_needs_turns_and_both_runtimes() -> None:
    alone = COMPARISON._replace(counts=Counts(each=None))
    less = COMPARISON._replace(rows=COMPARISON.rows[1:])
    for found in (alone, less):
        assert compare.side_by_side(found, report.SLOW, report.FAST) is None
        assert not any("median latency of a round" in line for line in report.lines(found))
    assert report.lines(alone)[1] == "one runtime after the other"


def test_json_has_every_latency() -> None:
    tree = json.loads(json.dumps(report.tree(COMPARISON)))
    first = tree["rows"][0]
    assert len(first["latencies_ms"]) == 100
    assert (first["median_ms"], first["p95_ms"], first["p99_ms"]) == (200.0, 300.0, 300.0)
    assert tree["nodes"] == {"frozen": 1778, "onnx_separate": 258, "onnx_merged": 135}


def test_the_page_shows_table_latency_and_memory_of_each_model() -> None:
    text = report.page([COMPARISON, COMPARISON]).text
    assert text.count("data:image/svg+xml") == 4
    assert text.count("latency of both heads, ms") == 2
    assert "<td>onnxruntime one graph</td>" in text


def test_the_command_writes_table_json_and_page(tmp_path: Path, capsys: Any) -> None:
    tiny_bundle.make(str(tmp_path / "bundle"))
    argv = ["compare", "--bundle", str(tmp_path / "bundle"), "--runs", "2", "--warm-up", "0"]
    given = arguments.parser().parse_args([*argv, "--out", str(tmp_path / "out")])
    assert compare_command.compare_as_asked(given, run=child.call_here) == EX_OK
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["comparison.html", "comparison.json", "comparison.txt"]
    shown = capsys.readouterr().out
    assert (tmp_path / "out" / "comparison.txt").read_text() == shown


@pytest.mark.parametrize(
    ("argv", "release", "each"),
    [
        ([], "", 5),
        ([], "# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t186ref", None),
        (["--each", "3"], "# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t186ref", 3),
        (["--one-by-one"], "", None),
    ],
)
def test_a_jetson_holds_one_runtime_at_a_time_unless_told(
    argv: list, release: str, each: Any, tmp_path: Path
) -> None:
    if release:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc" / "nv_tegra_release").write_text(release)
    given = arguments.parser().parse_args(["compare", "--study", "tiny", *argv])
    assert compare_command.counts_from_arguments(given, str(tmp_path)).each == each


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "name what to compare"),
        (["--study", "tiny", "--runs", "0"], "at least 1"),
        (["--study", "tiny", "--each", "0"], "at least 1"),
        (["--study", "tiny", "--each", "2", "--one-by-one"], "not allowed with"),
        (["--bundle", "b", "--poison", "p.pb"], "needs both graphs"),
    ],
)
def test_a_comparison_of_nothing_is_a_usage_error(argv: list, words: str, capsys: Any) -> None:
    assert cli.main(["compare", *argv]) == EX_USAGE
    assert words in capsys.readouterr().err
