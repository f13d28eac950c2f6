"""species.yaml and card.md of an imported bundle, for a person to complete.

What the default model's species.yaml knows about a plant of the same name is carried over. Where
nothing is known about a plant, it counts as poisonous until somebody says otherwise; or, where the
network's makers say that it is not, as one that something deadly looks like.
"""

from typing import Any, Dict, Mapping, NamedTuple, Sequence, Tuple

from plantd.bundle.manifest import Manifest
from plantd.bundle.species import DEADLY
from plantd.heads import HeadSpec
from plantd_import.importer import known_plants
from plantd_import.onnx_graph.agreement import Difference

UNKNOWN = "not given"
UNDESCRIBED = "Nobody has described this plant in the bundle yet: treat it as poisonous."
POISONOUS = "The network's makers call this plant poisonous."
# Never "edible" until somebody has looked: [] would say that nothing deadly is known.
NOT_LOOKED_UP = {
    "name": "a plant that nobody has named here yet",
    "tell_apart": "To be filled in: what kills or maims and looks the same on a photograph; [] "
    "where floras name none.",
}

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

{described}

To be completed: what it was trained on, its figures on held-out photographs, what it cannot do.
"""


class Described(NamedTuple):
    """What is written about the plants.

    Attributes:
        tree: content of species.yaml.
        carried: labels that the default model's species.yaml knows by this name.
        left: labels of which nobody has said anything yet.
    """

    tree: Any
    carried: Tuple[str, ...] = ()
    left: Tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What a person has to do about it, in one paragraph; empty where all was given."""
        parts = []
        if self.carried:
            parts.append(
                "Carried over by name from the species.yaml of the default model, to be checked: "
                "is it the same plant? {}.".format(", ".join(self.carried))
            )
        if self.left:
            parts.append(
                "To be filled in, and never called edible until then: {}.".format(
                    ", ".join(self.left)
                )
            )
        return " ".join(parts)


def described(given: Any, head: HeadSpec, said: bool) -> Described:
    """Return the content of species.yaml that was given; None: see `describe`."""
    return (
        Described(given) if given is not None else describe(head, said, known_plants.read_known())
    )


def describe(head: HeadSpec, said: bool, known: Mapping[str, Any]) -> Described:
    """Return what is known about the labels of a head.

    Args:
        said: whether anybody said which plants are poisonous.
        known: content of a species.yaml to carry over from.
    """
    entries, carried = {}, []
    for label, bad in zip(head.labels, head.poisonous):
        if label not in head.plants:
            continue
        found = known_plants.entry_of(label, known)
        entries[label] = _undescribed(bad, said) if found is None else _carried(found, bad)
        carried += [] if found is None else [label]
    left = tuple(label for label in entries if label not in carried)
    taxa = known_plants.taxa_of([entries[label] for label in carried], known)
    return Described({**taxa, "species": entries}, tuple(carried), left)


def _undescribed(bad: bool, said: bool) -> Dict[str, Any]:
    return {
        "scientific_name": UNKNOWN,
        "poisonous": bad,
        "partly_toxic": not bad,
        "edible": "" if bad else UNKNOWN,
        "caution": POISONOUS if bad and said else UNDESCRIBED,
        "look_alikes": [],
        DEADLY: [] if bad else [dict(NOT_LOOKED_UP)],
        "sources": [],
    }


def _carried(found: Dict[str, Any], bad: bool) -> Dict[str, Any]:
    """Poisonous where either says so."""
    return {**found, "poisonous": bad or found["poisonous"]}


def card(manifest: Manifest, nodes: str, found: Sequence[Difference], described: str) -> str:
    """Return the model card as far as an import can write it; `described`: see Described.note."""
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
        described="species.yaml: " + (described or "as it was given."),
        agreement=", ".join("{} within {:.1e}".format(d.output, d.largest) for d in found),
    )


def _sources(sources: Mapping[str, str]) -> str:
    return ", ".join("{} (sha256 {}...)".format(n, d[:12]) for n, d in sorted(sources.items()))


def _triple(values: Tuple[float, float, float]) -> str:
    return "({:g}, {:g}, {:g})".format(*values)
