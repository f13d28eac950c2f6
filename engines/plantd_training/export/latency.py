"""How long a bundle's graph takes beside a trunk with both heads: the bar a model has to hold."""

import logging
import tempfile
from pathlib import Path
from typing import List

from plantd import bundle
from plantd_calibration.quantization import speed
from plantd_calibration.quantization.speed import Timing
from plantd_import.importer import child, importing, metadata
from plantd_training import trunks
from plantd_training.data.photos import Labels
from plantd_training.networks import freeze
from plantd_training.networks.network import joint_network

logger = logging.getLogger(__name__)


def beside(path: Path, trunk: str, side_px: int, runs: int, threads: int = 1) -> List[Timing]:
    """Return the timings of a bundle and of an untrained network of the same labels, in turn.

    Both graphs went the same way: frozen, imported, weights stored in half precision. What the
    weights are does not matter to the time.

    Raises UsageError for a trunk that does not exist, BundleError for a broken bundle.
    """
    shown = bundle.load(str(path))
    head = shown.manifest.species
    labels = Labels(head.labels, head.poisonous)
    with tempfile.TemporaryDirectory(prefix="plantd-pace-") as scratch:
        other = _import(trunk, side_px, labels, Path(scratch))
        logger.info("%d runs of each, in turn", runs)
        return speed.time_each_on(
            [
                (shown.manifest.title, _content(shown), shown.golden.tensors),
                ("{} at {} px".format(trunk, side_px), _content(other), other.golden.tensors),
            ],
            runs,
            threads,
        )


def told(timings: List[Timing]) -> str:
    """Return a table and the ratio of the medians."""
    rows = [
        "{:24} median {:7.2f} ms   p90 {:7.2f} ms".format(one.name, one.median_ms, one.p90_ms)
        for one in timings
    ]
    first, second = (one.median_ms for one in timings)
    rows.append("{:24} {:.2f} of the time".format("the first takes", first / second))
    return "\n".join(rows)


def _import(trunk: str, side_px: int, labels: Labels, scratch: Path) -> bundle.Bundle:
    model = joint_network(trunk, side_px, labels, trunks.RANDOM)
    spec = trunks.input_spec(trunk, side_px)
    paths = freeze.write_frozen(freeze.heads_of(model), spec, labels, scratch / "graphs")
    said = metadata.metadata_from_tree(freeze.metadata_tree(spec, labels), trunk, "0", "untrained")
    request = importing.ImportRequest(
        graphs={name: str(path) for name, path in paths.items()},
        metadata=said,
        out=str(scratch / "bundle"),
        half_weights=True,
    )
    importing.import_bundle(request, run=child.call_here)
    return bundle.load(str(scratch / "bundle"))


def _content(shown: bundle.Bundle) -> bytes:
    return Path(shown.model_path).read_bytes()
