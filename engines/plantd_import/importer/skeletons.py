"""species.yaml and card.md of an imported bundle, for a person to complete.

Where nothing is known about a plant, it counts as poisonous until somebody says otherwise.
"""

from typing import Any, Dict, Mapping, Sequence, Tuple

from plantd.bundle.manifest import Manifest
from plantd.heads import HeadSpec
from plantd_import.onnx_graph.agreement import Difference

UNKNOWN = "not given"
UNDESCRIBED = "Nobody has described this plant in the bundle yet: treat it as poisonous."
POISONOUS = "The network's makers call this plant poisonous."

MEANING = "; its one value is read as the probability of {0.positive_label}"

CARD = """\
# {title}

Imported on {created} from {sources}.
What follows is what the import measured; what whoever trained the network knows is to be added.

| | |
|---|---|
| input | {width} x {height} {colour}, {rule}, (pixel * {scale:g} - {mean}) / {std} |
| poison head | {poison_kind}: {poison_labels}{meaning} |
| species head | {species_kind}: {species_count} labels, {poisonous_count} of them poisonous |
| nodes | {nodes} |
| against TensorFlow | {agreement} |

**uncalibrated**: the thresholds are provisional; nobody has measured how often this network \
calls a poisonous plant edible. `plantd-calibrate confidence` fits them to held-out photographs.

To be completed: what it was trained on, its figures on held-out photographs, what it cannot do.
"""


def species_tree(head: HeadSpec, said: bool) -> Dict[str, Any]:
    """Return species.yaml's content for labels of which no more is known than the head says.

    Args:
        said: whether anybody said which plants are poisonous.
    """
    return {
        "species": {
            label: {
                "scientific_name": UNKNOWN,
                "poisonous": bad,
                "partly_toxic": not bad,
                "edible": "" if bad else UNKNOWN,
                "caution": POISONOUS if bad and said else UNDESCRIBED,
                "look_alikes": [],
                "sources": [],
            }
            for label, bad in zip(head.labels, head.poisonous)
            if label in head.plants
        }
    }


def card(manifest: Manifest, nodes: str, found: Sequence[Difference]) -> str:
    """Return the model card as far as an import can write it."""
    spec = manifest.input
    return CARD.format(
        title=manifest.title,
        created=manifest.created,
        sources=_sources(manifest.sources),
        width=spec.width_px,
        height=spec.height_px,
        colour=spec.colour,
        rule=spec.rule,
        scale=spec.scale,
        mean=_triple(spec.mean),
        std=_triple(spec.std),
        poison_kind=manifest.poison.kind,
        poison_labels=", ".join(manifest.poison.labels),
        meaning=MEANING.format(manifest.poison) if manifest.poison.positive_label else "",
        species_kind=manifest.species.kind,
        species_count=len(manifest.species.plants),
        poisonous_count=sum(manifest.species.poisonous),
        nodes=nodes,
        agreement=", ".join("{} within {:.1e}".format(d.output, d.largest) for d in found),
    )


def _sources(sources: Mapping[str, str]) -> str:
    return ", ".join("{} (sha256 {}...)".format(n, d[:12]) for n, d in sorted(sources.items()))


def _triple(values: Tuple[float, float, float]) -> str:
    return "({:g}, {:g}, {:g})".format(*values)
