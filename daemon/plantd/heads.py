"""The engine's raw outputs to labels with probabilities. Pure."""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

SIGMOID = "sigmoid"
KINDS = ("logits", "softmax", SIGMOID)
POISONOUS = "poisonous"
EDIBLE = "edible"
# So many species come next to the best one; what a network has learned leaves them far behind.
RIVALS = 5


class HeadOutputs(NamedTuple):
    """What an engine returns for one picture: raw values, before any temperature.

    Attributes:
        poison: (labels of the poison head,) float32.
        species: (labels of the species head,) float32.
        activation: (rows, columns, labels of the species head) float32: `plantd.activation`; None
            where the bundle's graph or the engine gives none.
    """

    poison: np.ndarray
    species: np.ndarray
    activation: Optional[np.ndarray] = None


class Background(NamedTuple):
    """Labels of the species head that are none of its plants; None where it has no such label."""

    another_plant: Optional[str] = None
    no_plant: Optional[str] = None


class HeadSpec(NamedTuple):
    """One head as the bundle's manifest declares it.

    Attributes:
        output: the graph's output.
        labels: in the order of the output's values.
        kind: what the values are: logits, softmax or sigmoid (one value, P(positive_label)).
        temperature: divides the logits; 1.0 changes nothing.
        poisonous: for the species head, by label position: is it poisonous?
        background: of the species head: which labels stand for everything else.
        deadly: for the species head, by label position: does something that kills look so like it
            that a photograph cannot tell them apart? Empty: nothing does.
        positive_label: of a sigmoid head, the label whose probability its one value is.
    """

    output: str
    labels: Tuple[str, ...]
    kind: str = "logits"
    temperature: float = 1.0
    poisonous: Tuple[bool, ...] = ()
    background: Background = Background()
    deadly: Tuple[bool, ...] = ()
    positive_label: str = ""

    @property
    def size(self) -> int:
        """How many values the output has."""
        return len(self.labels)

    @property
    def plants(self) -> Tuple[str, ...]:
        """The labels without the background's."""
        return tuple(label for label in self.labels if label not in self.background)


class Candidate(NamedTuple):
    """One species with its probability."""

    label: str
    p: float
    poisonous: bool


class Prediction(NamedTuple):
    """Both heads as probabilities. NaN is kept as it is: the verdict treats it as doubt.

    Attributes:
        poison_p: probability of "poisonous" by the poison head.
        species: every species, most probable first; the background's labels are none.
        poisonous_mass: species probability over the poisonous labels.
        energy: log-sum-exp of the species' logits: the higher, the more like a known plant;
            NaN where the head does not give logits.
        standout: how far the best species' logit lies above the mean of its RIVALS: the higher, the
            more like one known plant and unlike the others.
        no_plant_p, another_plant_p: probabilities of the background; NaN where the head has none.
        no_plant_least_p: the least of several predictions, where `no_plant_p` is their greatest.
        deadly: the best species has a look-alike that kills and looks the same on a photograph.
    """

    poison_p: float
    species: Tuple[Candidate, ...]
    poisonous_mass: float
    energy: float
    standout: float = float("nan")
    no_plant_p: float = float("nan")
    another_plant_p: float = float("nan")
    no_plant_least_p: float = float("nan")
    deadly: bool = False

    @property
    def best(self) -> Candidate:
        """The most probable species."""
        return self.species[0]


def predict(outputs: HeadOutputs, poison: HeadSpec, species: HeadSpec) -> Prediction:
    """Return both heads as probabilities by label."""
    poison_p = probabilities(outputs.poison, poison)[poison.labels.index(POISONOUS)]
    species_p = probabilities(outputs.species, species)
    by_label = dict(zip(species.labels, (float(p) for p in species_p)))
    flags = dict(zip(species.labels, species.poisonous))
    candidates = _ordered([Candidate(x, by_label[x], bool(flags[x])) for x in species.plants])
    another_plant_p, no_plant_p = (
        float("nan") if label is None else by_label[label] for label in species.background
    )
    return Prediction(
        poison_p=float(poison_p),
        species=candidates,
        poisonous_mass=float(np.sum(species_p[np.asarray(species.poisonous, bool)])),
        energy=energy(outputs.species, species),
        standout=standout(outputs.species, species),
        no_plant_p=no_plant_p,
        another_plant_p=another_plant_p,
        no_plant_least_p=no_plant_p,
        deadly=dict(zip(species.labels, species.deadly)).get(candidates[0].label, False),
    )


def worst_case(predictions: Sequence[Prediction]) -> Prediction:
    """Return what several predictions of one plant have in common: the most careful of each number.

    The poison of the most suspicious, the species, energy and standout of the least sure. So what
    is "edible" by it is edible by each of them, and disagreement lowers confidence.
    """
    first = predictions[0]
    if len(predictions) == 1:
        return first
    by_label = [{one.label: one.p for one in prediction.species} for prediction in predictions]
    # One minimum over all of them: numpy takes longer to begin than to look at seventy numbers.
    least_p = np.min([[each[one.label] for one in first.species] for each in by_label], axis=0)
    least = [
        Candidate(one.label, p, one.poisonous) for one, p in zip(first.species, least_p.tolist())
    ]
    return Prediction(
        poison_p=float(np.max([prediction.poison_p for prediction in predictions])),
        species=_ordered(least),
        poisonous_mass=float(np.max([prediction.poisonous_mass for prediction in predictions])),
        energy=float(np.min([prediction.energy for prediction in predictions])),
        standout=float(np.min([prediction.standout for prediction in predictions])),
        no_plant_p=float(np.max([prediction.no_plant_p for prediction in predictions])),
        another_plant_p=float(np.max([prediction.another_plant_p for prediction in predictions])),
        no_plant_least_p=float(np.min([prediction.no_plant_least_p for prediction in predictions])),
        deadly=any(prediction.deadly for prediction in predictions),
    )


def _ordered(candidates: Sequence[Candidate]) -> Tuple[Candidate, ...]:
    """Most probable first, equal ones by label; what is no number comes last of all."""
    return tuple(sorted(candidates, key=lambda c: (-c.p if c.p == c.p else np.inf, c.label)))


def probabilities(values: np.ndarray, head: HeadSpec) -> np.ndarray:
    """Return (labels,) float64 probabilities with the head's temperature applied.

    A sigmoid head gives one value, the probability of its `positive_label`.
    """
    if head.kind == SIGMOID:
        p = np.asarray(values, np.float64).reshape(-1)[0]
        return in_order_of_labels(_sigmoid_pair(p, head.temperature), head)
    scaled = _logits(values, head) / head.temperature
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(scaled - np.max(scaled))
        return np.asarray(powers / np.sum(powers))


def in_order_of_labels(pair: np.ndarray, head: HeadSpec) -> np.ndarray:
    """Return (..., 2) in the order of the labels, given the value of `positive_label` first."""
    return pair[..., ::-1] if head.labels.index(head.positive_label) else pair


def energy(values: np.ndarray, head: HeadSpec) -> float:
    """Return log-sum-exp of the plants' logits, NaN where the head gives none.

    Source: Liu et al., Energy-based Out-of-distribution Detection, NeurIPS 2020 (sign turned).
    """
    if head.kind != "logits":
        return float("nan")
    logits = _plant_logits(values, head)
    top = np.max(logits)
    with np.errstate(invalid="ignore", over="ignore"):
        return float(top + np.log(np.sum(np.exp(logits - top))))


def standout(values: np.ndarray, head: HeadSpec) -> float:
    """Return how far the highest logit of a plant lies above the mean of the next RIVALS.

    What is added to all logits does not change it: logarithms of softmax values do as well. Fewer
    labels have fewer rivals, and one alone stands 0 above none. NaN where one of these logits is
    not finite.
    """
    leading = np.sort(_plant_logits(values, head))[::-1][: 1 + RIVALS]
    if not np.isfinite(leading).all():
        return float("nan")
    return float(leading[0] - np.mean(leading[1:])) if len(leading) > 1 else 0.0


def _logits(values: np.ndarray, head: HeadSpec) -> np.ndarray:
    raw = np.asarray(values, np.float64).reshape(-1)
    return raw if head.kind == "logits" else _log(raw)


def _plant_logits(values: np.ndarray, head: HeadSpec) -> np.ndarray:
    """The background's logits are left out: what is asked is how one plant stands among plants."""
    return _logits(values, head)[[label not in head.background for label in head.labels]]


def _sigmoid_pair(p: float, temperature: float) -> np.ndarray:
    odds = (_log(np.asarray(p)) - _log(np.asarray(1.0 - p))) / temperature
    with np.errstate(over="ignore"):
        positive = 1.0 / (1.0 + np.exp(-odds))
    return np.asarray([positive, 1.0 - positive])


def _log(p: np.ndarray) -> np.ndarray:
    smallest = np.finfo(np.float64).tiny
    with np.errstate(invalid="ignore"):
        return np.log(np.maximum(p, smallest))
