"""The figures as Prometheus reads them: its own parser takes them; they are the status's."""

import sys
from typing import Dict, List, Tuple

import metrics_reference
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support import wire_samples

from plantd import exposition
from plantd.api.appliance import Check
from plantd.errors import UnavailableError

CHECKS = [Check("disk", "warning", "9 % free", "free space"), Check("camera", "ok", "")]
Series = Dict[Tuple[str, Tuple[Tuple[str, str], ...]], float]


def series_of(text: bytes) -> Series:
    """Return (name, labels) -> value, by the library's own parser."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode("utf-8"))
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def series() -> Series:
    return series_of(exposition.text_of(wire_samples.status(), CHECKS))


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("plantd_state", {"state": "DEGRADED"}, 1.0),
        ("plantd_state", {"state": "HEALTHY"}, 0.0),
        ("plantd_check", {"check": "disk", "state": "warning"}, 1.0),
        ("plantd_check", {"check": "camera", "state": "warning"}, 0.0),
        ("plantd_verdicts_total", {"answer": "edible"}, 61.0),
        ("plantd_press_seconds", {"stage": "total", "quantile": "0.5"}, 0.1025),
        ("plantd_camera_frames_total", {}, 241000.0),
        ("plantd_process_resident_memory_bytes", {"process": "camera"}, 88.0 * 2**20),
        ("plantd_disk_free_bytes", {"disk": "log"}, 100.0 * 2**20),
        ("plantd_disk_read_only", {"disk": "log"}, 1.0),
        ("plantd_temperature_celsius", {"zone": "GPU"}, 35.0),
        ("plantd_throttling_devices", {}, 1.0),
        ("plantd_model_calibrated", {}, 1.0),
    ],
)
def test_a_figure_is_that_of_the_status(
    series: Series, name: str, labels: Dict[str, str], value: float
) -> None:
    assert series[name, tuple(sorted(labels.items()))] == pytest.approx(value)


@pytest.mark.parametrize(
    ("regions", "by", "labels"),
    [
        (["Europe"], "gpsd", [("Europe", "gpsd")]),
        (
            ["Europe", "Asia-Temperate"],
            "configuration",
            [("Asia-Temperate", "configuration"), ("Europe", "configuration")],
        ),
        ([], "nobody", [("", "nobody")]),
    ],
)
def test_of_the_place_only_its_region_is_told_and_by_whom(
    regions: List[str], by: str, labels: List[Tuple[str, str]]
) -> None:
    place = {"regions": regions, "by": by, "month": 5, "season": True, "fix_age_s": 3.0}
    place["detail"] = "latitude 47.37412"
    text = exposition.text_of(dict(wire_samples.status(), place=place), [])
    found = {key: value for key, value in series_of(text).items() if "place" in key[0]}
    expected = [(("by", by), ("region", region)) for region, by in labels]
    assert found == {("plantd_place_info", each): 1.0 for each in expected}
    assert b"47.3" not in text


def test_what_is_not_known_has_no_series() -> None:
    found = series_of(exposition.text_of({}, []))
    assert {name for name, _ in found} == {"plantd_info", "plantd_state", "plantd_camera_state"}
    assert sum(value for (name, _), value in found.items() if name != "plantd_info") == 0.0


def test_one_state_is_one_at_a_time(series: Series) -> None:
    for name in ("plantd_state", "plantd_camera_state"):
        assert sum(value for (each, _), value in series.items() if each == name) == 1.0


def test_foreign_text_stays_in_its_label() -> None:
    hostile = 'x"} 1\nplantd_made_up 1\n\\'
    status = dict(wire_samples.status(), disk=[{"name": hostile, "free_mb": 1, "total_mb": 2}])
    found = series_of(exposition.text_of(status, [Check(hostile, "ok", "")]))
    assert ("plantd_disk_free_bytes", (("disk", hostile),)) in found
    assert not [name for name, _ in found if "made_up" in name]


def test_names_and_units_follow_the_conventions() -> None:
    names: List[str] = []
    for figure in exposition.figures(wire_samples.status(), CHECKS):
        names.append(figure.name)
        assert figure.name.startswith("plantd_")
        assert not figure.name.endswith("_total")
        assert not any(unit in figure.name for unit in ("_ms", "_mb", "_kb", "percent"))
        assert figure.help.endswith(".")
    assert len(names) == len(set(names))


def test_without_the_library_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(UnavailableError, match="the library prometheus_client.*sudo make install"):
        exposition.text_of({}, [])


def test_the_reference_is_what_the_code_has() -> None:
    with open(metrics_reference.PATH, encoding="utf-8") as source:
        assert source.read() == metrics_reference.reference(), "run make metrics-reference"
