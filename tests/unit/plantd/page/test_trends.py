"""What is kept over time, and what is drawn of it."""

import math
import re

from support.verdict_json import verdict_json

from plantd.page import box
from plantd.page.plots import HEIGHT, WIDTH, plot
from plantd.page.trends import DAY, HOUR, POINTS, PRESSES, Trends


def telemetry(mono_s: float, **more):
    return {"type": "telemetry", "mono_s": mono_s, "temperatures_c": {}, "processes": [], **more}


def test_readings_are_kept_an_hour_closely_and_a_day_coarsely() -> None:
    trends = Trends()
    for mono_s in range(0, 2 * 86400, 5):
        trends.take(telemetry(float(mono_s), memory={"available_mb": 500}))
    hour, day = trends.points(HOUR, "free_mb"), trends.points(DAY, "free_mb")
    assert len(hour) <= POINTS
    assert len(day) <= POINTS
    assert hour[0][0] >= 2 * 86400 - 3600 - 10
    assert 2 * 86400 - 86400 - 300 <= day[0][0] <= 86400 + 300
    assert day[1][0] - day[0][0] == 240.0


def test_the_hottest_zone_and_all_processes_count() -> None:
    trends = Trends()
    trends.take(
        telemetry(
            1.0,
            temperatures_c={"CPU": 41.5, "GPU": 43.0},
            processes=[{"rss_mb": 300.0}, {"rss_mb": 80.0}, {"rss_mb": None}],
        )
    )
    assert trends.points(HOUR, "temperature_c") == [(1.0, 43.0)]
    assert trends.points(HOUR, "own_mb") == [(1.0, 380.0)]
    assert trends.points(HOUR, "free_mb") == []


def test_presses_are_bounded_too() -> None:
    trends = Trends()
    for seq in range(PRESSES + 100):
        trends.take(verdict_json(seq, latency_ms={"total": float(seq)}))
    trends.take(verdict_json(1))
    trends.take({"type": "state"})
    assert len(trends.latencies(HOUR)) == PRESSES
    assert trends.latencies(HOUR)[-1][1] == PRESSES + 99


def numbers(path: str):
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path.replace("h0", ""))]


def test_a_plot_stays_in_its_frame_and_its_ticks_enclose_it() -> None:
    points = [(float(at), 40.0 + 7.0 * math.sin(at / 50.0)) for at in range(0, 3600, 10)]
    drawn = plot(points, 3600.0, 3600.0, "°C")
    assert drawn is not None
    xy = numbers(drawn.path)
    assert all(drawn.left <= x <= drawn.right <= WIDTH for x in xy[::2])
    assert all(0 <= y <= drawn.bottom <= HEIGHT for y in xy[1::2])
    labels = [float(tick.label) for tick in drawn.rows]
    assert labels == sorted(labels)
    assert labels[0] <= 33.0
    assert labels[-1] >= 47.0
    assert (drawn.low, drawn.high) == ("33", "47")
    assert [tick.label for tick in drawn.columns][-1] == "-60 min"


def test_what_never_changes_is_drawn_too() -> None:
    drawn = plot([(1.0, 0.0), (2.0, 0.0)], 2.0, 86400.0, "ms", dots=True)
    assert drawn is not None
    assert drawn.path.count("h0") == 2
    assert drawn.columns[-1].label == "-24 h"


def test_nothing_known_draws_nothing() -> None:
    assert plot([], 0.0, 3600.0, "MB") is None
    assert plot([(1.0, float("nan"))], 1.0, 3600.0, "MB") is None
    assert [drawn for _, drawn in box.plots(Trends(), HOUR)] == [None] * 4
