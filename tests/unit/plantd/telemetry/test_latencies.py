"""Latencies by stage are exact over the newest presses, and memory stays bounded."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantd.telemetry.latencies import Latencies, Percentiles, VerdictCounts, percentiles


def test_percentiles_are_values_that_occurred() -> None:
    assert percentiles(list(range(1, 101))) == Percentiles(100, 50, 95, 99, 100)
    assert percentiles([7.0]) == Percentiles(1, 7.0, 7.0, 7.0, 7.0)


def test_ranks_do_not_suffer_from_binary_fractions() -> None:
    assert percentiles([float(n) for n in range(1, 21)]).p95 == 19.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_are_ordered_and_among_the_values(values: "list[float]") -> None:
    found = percentiles(values)
    assert found.n == len(values)
    assert {found.median, found.p95, found.p99, found.max} <= set(values)
    assert found.median <= found.p95 <= found.p99 <= found.max == max(values)
    assert sum(value <= found.p95 for value in values) >= 0.95 * len(values)


def test_stages_keep_their_order() -> None:
    latencies = Latencies()
    latencies.add((("frame", 60.0), ("tensor", 2.0), ("infer", 27.0)))
    latencies.add((("frame", 62.0), ("tensor", 3.0), ("infer", 29.0)))
    found = latencies.percentiles()
    assert list(found) == ["frame", "tensor", "infer"]
    assert found["tensor"] == Percentiles(2, 2.0, 3.0, 3.0, 3.0)


def test_only_the_newest_are_kept() -> None:
    latencies = Latencies(capacity=10)
    for value in range(100):
        latencies.add((("infer", float(value)),))
    assert latencies.percentiles()["infer"] == Percentiles(10, 94.0, 99.0, 99.0, 99.0)


def test_nan_is_not_kept() -> None:
    latencies = Latencies()
    latencies.add((("infer", float("nan")), ("total", float("inf"))))
    assert latencies.percentiles() == {}


def test_the_first_inference_is_apart_from_the_steady_ones() -> None:
    latencies = Latencies()
    assert (latencies.first_ms, latencies.steady_ms) == (None, None)
    latencies.warmed_up(912.0, 28.0)
    assert (latencies.first_ms, latencies.steady_ms) == (912.0, 28.0)
    latencies.add((("infer", 27.0),))
    assert (latencies.first_ms, latencies.steady_ms) == (912.0, 27.0)
    assert latencies.percentiles()["infer"].max == 27.0


def test_many_threads_lose_nothing() -> None:
    latencies, counts = Latencies(capacity=4000), VerdictCounts()

    def press() -> None:
        for _ in range(500):
            latencies.add((("infer", 1.0),))
            counts.add("unsure")

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert latencies.percentiles()["infer"].n == 2000
    assert counts.json()["total"] == 2000


def test_verdicts_are_counted_by_answer() -> None:
    counts = VerdictCounts()
    counts.begin_with({"poisonous": 3, "edible": 1})
    counts.add("unsure")
    counts.add("poisonous")
    assert counts.json() == {
        "poisonous": 4,
        "edible": 1,
        "unsure": 1,
        "total": 6,
        "since_start": 2,
    }


@pytest.mark.parametrize("answer", ["poisonous", "edible", "unsure"])
def test_counts_start_at_nought(answer: str) -> None:
    assert VerdictCounts().json()[answer] == 0


def test_what_the_record_held_is_added_and_was_not_given_since_the_start() -> None:
    counts = VerdictCounts()
    counts.begin_with({"poisonous": 3, "edible": 1})
    counts.add("edible")
    assert counts.json() == {
        "poisonous": 3,
        "edible": 2,
        "unsure": 0,
        "total": 5,
        "since_start": 1,
    }
