"""What inspect calls importable can be imported: it was tried."""

from pathlib import Path
from typing import Any, Callable

import pytest
from host.support import found_graphs

from plantd_import.importer import steps
from plantd_import.tf_graph import source


def inspected(folder: Path, graph: Any) -> Any:
    path = folder / "graph.pb"
    path.write_bytes(graph.SerializeToString())
    return steps.inspect(source.identify(str(path)))


@pytest.mark.parametrize(
    "build",
    [
        found_graphs.plain,
        found_graphs.old_batch_norm,
        found_graphs.channels_first,
        found_graphs.channels_first_input,
        found_graphs.two_heads,
        found_graphs.bytes_in,
        found_graphs.computed_default,
        found_graphs.constant_default,
        found_graphs.keep_prob,
        found_graphs.with_labels,
        lambda: found_graphs.fixed_batch(4),
        lambda: found_graphs.sigmoids(1),
    ],
)
def test_what_can_be_imported_is_not_refused(tmp_path: Path, build: Callable[[], Any]) -> None:
    assert inspected(tmp_path, build()).refusals == ()


def test_a_batch_frozen_into_a_reshape_is_refused_as_the_import_does(tmp_path: Path) -> None:
    (found,) = inspected(tmp_path, found_graphs.frozen_batch(4)).refusals
    assert "cannot be rebuilt for one picture at a time" in found.sentence
    assert found.cure == "freeze it again with batch 1 or an open batch"


def test_an_operator_without_a_counterpart_is_refused(tmp_path: Path) -> None:
    (found,) = inspected(tmp_path, found_graphs.not_convertible()).refusals
    assert "gamma" in found.sentence


def test_where_a_value_is_asked_for_the_list_of_operators_is_asked(tmp_path: Path) -> None:
    graph = found_graphs.keep_prob()
    for node in graph.node:
        if node.op == "Softmax":
            node.op = "Digamma"
    notes = {one.name: str(one) for one in inspected(tmp_path, graph).findings}
    assert "the converter does not know an operator (answer, Digamma)" in notes["not_convertible"]


def test_a_network_of_any_size_is_tried_and_not_refused_for_its_size(tmp_path: Path) -> None:
    graph = found_graphs.graph_of(
        lambda: found_graphs.network(found_graphs.picture((None, None, None, 3)))
    )
    assert inspected(tmp_path, graph).findings == ()
