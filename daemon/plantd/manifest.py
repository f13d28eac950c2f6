"""A model bundle's manifest.yaml as types: read with every problem named, and written back.

Labels, their order, preprocessing and thresholds live here and nowhere else.
"""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from plantd import heads, tensor
from plantd.errors import BundleError
from plantd.heads import HeadSpec
from plantd.quality import QualityLimits
from plantd.tensor import InputSpec
from plantd.verdict import Guarantee, Thresholds, check_thresholds

SCHEMA = 1

Tree = Dict[str, Any]


class Manifest(NamedTuple):
    """Everything a bundle says about its model.

    Attributes:
        created: date, as text.
        guarantee: None says "uncalibrated": the thresholds are provisional.
        data_fingerprint: sha256 over the list of photographs the thresholds were fitted on.
        files: file name -> sha256, of every other file in the bundle.
        sources: name -> sha256 of the graphs the model was made from.
        metrics: name -> figure, as the evaluation reported them.
    """

    name: str
    version: str
    created: str
    input: InputSpec
    poison: HeadSpec
    species: HeadSpec
    thresholds: Thresholds
    guarantee: Optional[Guarantee]
    data_fingerprint: str
    files: Mapping[str, str]
    sources: Mapping[str, str] = {}
    metrics: Mapping[str, Any] = {}

    @property
    def title(self) -> str:
        """Name and version, as verdicts carry them."""
        return "{} {}".format(self.name, self.version)

    @property
    def calibrated(self) -> bool:
        """Whether the thresholds were fitted to a bound."""
        return self.guarantee is not None


def manifest_from_tree(tree: Any) -> Manifest:
    """Return the manifest for what YAML gave; raise BundleError naming every problem at once."""
    reader = _Reader()
    root = reader.section(tree, "the manifest")
    # What is no manifest at all lacks every key: that is one problem, not fifty.
    reader.done()
    schema = reader.value(root, "schema", int)
    if schema is not None and schema != SCHEMA:
        reader.say("schema", schema, "{}; update plantd or rebuild the bundle".format(SCHEMA))
    input_tree = reader.section(root.get("input"), "input")
    head_trees = reader.section(root.get("heads"), "heads")
    decision = reader.section(root.get("decision"), "decision")
    poison_tree = reader.section(head_trees.get("poison"), "heads.poison")
    species_tree = reader.section(head_trees.get("species"), "heads.species")
    parts = (
        reader.text(root, "name"),
        reader.text(root, "version"),
        reader.text(root, "created"),
        _input(reader, input_tree),
        _head(reader, poison_tree, "heads.poison", False),
        _head(reader, species_tree, "heads.species", True),
        _thresholds(reader, reader.section(decision.get("thresholds"), "decision.thresholds")),
        _guarantee(reader, decision.get("guarantee")),
        str(decision.get("data_fingerprint") or ""),
        _hashes(reader, root.get("files"), "files"),
        _hashes(reader, root.get("sources") or {}, "sources"),
        reader.section(root.get("metrics") or {}, "metrics"),
    )
    _check_heads(reader, parts[4], parts[5])
    reader.done()
    check_thresholds(parts[6])
    return Manifest(*parts)


def tree_from_manifest(manifest: Manifest) -> Tree:
    """Return plain dictionaries and lists, in the order a person reads them."""
    thresholds = dict(manifest.thresholds._asdict())
    thresholds["quality"] = dict(manifest.thresholds.quality._asdict())
    species = _tree_from_head(manifest.species)
    species["poisonous"] = [
        label for label, bad in zip(manifest.species.labels, manifest.species.poisonous) if bad
    ]
    input_tree = dict(manifest.input._asdict())
    input_tree["mean"], input_tree["std"] = list(manifest.input.mean), list(manifest.input.std)
    return {
        "schema": SCHEMA,
        "name": manifest.name,
        "version": manifest.version,
        "created": manifest.created,
        "input": input_tree,
        "heads": {"poison": _tree_from_head(manifest.poison), "species": species},
        "decision": {
            "thresholds": thresholds,
            "guarantee": dict(manifest.guarantee._asdict()) if manifest.guarantee else None,
            "data_fingerprint": manifest.data_fingerprint,
        },
        "sources": dict(manifest.sources),
        "files": dict(manifest.files),
        "metrics": dict(manifest.metrics),
    }


def _tree_from_head(head: HeadSpec) -> Tree:
    return {
        "output": head.output,
        "kind": head.kind,
        "temperature": head.temperature,
        "labels": list(head.labels),
    }


class _Reader:
    """Collects problems, so that one run names all of them."""

    def __init__(self) -> None:
        self.problems: List[str] = []

    def say(self, key: str, seen: Any, expected: str) -> None:
        self.problems.append("{} is {!r}; expected {}".format(key, seen, expected))

    def section(self, tree: Any, key: str) -> Tree:
        if isinstance(tree, dict):
            return tree
        self.say(key, tree, "a section of keys")
        return {}

    def value(self, tree: Tree, key: str, kind: Any, where: str = "") -> Any:
        seen = tree.get(key)
        if kind is float and isinstance(seen, int) and not isinstance(seen, bool):
            seen = float(seen)
        if isinstance(seen, kind) and not (kind is not bool and isinstance(seen, bool)):
            return seen
        self.say(where + key, seen, {float: "a number", int: "a whole number"}.get(kind, "text"))
        return None

    def text(self, tree: Tree, key: str, where: str = "") -> str:
        seen = tree.get(key)
        if seen is None or isinstance(seen, (dict, list)) or not str(seen):
            self.say(where + key, seen, "text")
            return ""
        return str(seen)

    def choice(self, tree: Tree, key: str, choices: Sequence[str], where: str) -> str:
        seen = tree.get(key)
        if seen not in choices:
            self.say(where + key, seen, "one of " + ", ".join(choices))
            return choices[0]
        return str(seen)

    def done(self) -> None:
        if self.problems:
            raise BundleError("manifest.yaml: " + "; ".join(self.problems))


def _input(reader: _Reader, tree: Tree) -> InputSpec:
    where = "input."
    return InputSpec(
        name=reader.text(tree, "name", where),
        width_px=_positive(reader, tree, "width_px"),
        height_px=_positive(reader, tree, "height_px"),
        layout=reader.choice(tree, "layout", tensor.LAYOUTS, where),
        colour=reader.choice(tree, "colour", tensor.COLOURS, where),
        rule=reader.choice(tree, "rule", tensor.RULES, where),
        interpolation=reader.choice(tree, "interpolation", tuple(tensor.INTERPOLATIONS), where),
        scale=reader.value(tree, "scale", float, where) or 1.0,
        mean=_triple(reader, tree, "mean"),
        std=_triple(reader, tree, "std", positive=True),
    )


def _positive(reader: _Reader, tree: Tree, key: str) -> int:
    seen = reader.value(tree, key, int, "input.") or 0
    if not 1 <= seen <= 4096:
        reader.say("input." + key, seen, "1 to 4096 pixels")
    return int(seen)


def _triple(
    reader: _Reader, tree: Tree, key: str, positive: bool = False
) -> Tuple[float, float, float]:
    seen = tree.get(key)
    values = seen if isinstance(seen, list) and all(type(v) in (int, float) for v in seen) else []
    if len(values) != 3 or (positive and min(values) <= 0):
        reader.say("input." + key, seen, "three numbers" + (" above 0" if positive else ""))
        return (1.0, 1.0, 1.0)
    return (float(values[0]), float(values[1]), float(values[2]))


def _head(reader: _Reader, tree: Tree, where: str, is_species: bool) -> HeadSpec:
    labels = _labels(reader, tree.get("labels"), where + ".labels")
    temperature = reader.value(tree, "temperature", float, where + ".") or 0.0
    if not temperature > 0.0:
        reader.say(where + ".temperature", temperature, "a number above 0")
    poisonous: Tuple[bool, ...] = ()
    if is_species:
        named = _labels(reader, tree.get("poisonous"), where + ".poisonous")
        for stranger in sorted(set(named) - set(labels)):
            reader.say(where + ".poisonous", stranger, "one of the labels")
        poisonous = tuple(label in named for label in labels)
    return HeadSpec(
        output=reader.text(tree, "output", where + "."),
        labels=labels,
        kind=reader.choice(tree, "kind", heads.KINDS, where + "."),
        temperature=temperature,
        poisonous=poisonous,
    )


def _labels(reader: _Reader, seen: Any, where: str) -> Tuple[str, ...]:
    texts = isinstance(seen, list) and seen and all(isinstance(v, str) and v for v in seen)
    if not texts or len(set(seen)) != len(seen):
        reader.say(where, seen, "a list of different labels")
        return ()
    return tuple(seen)


def _check_heads(reader: _Reader, poison: HeadSpec, species: HeadSpec) -> None:
    if sorted(poison.labels) != sorted((heads.POISONOUS, heads.EDIBLE)):
        reader.say("heads.poison.labels", list(poison.labels), "poisonous and edible")
    if species.kind == "sigmoid":
        reader.say("heads.species.kind", "sigmoid", "logits or softmax")
    if poison.output == species.output:
        reader.say("heads.species.output", species.output, "another output than the poison head")


def _thresholds(reader: _Reader, tree: Tree) -> Thresholds:
    where = "decision.thresholds."
    names = ("poison_p", "poisonous_mass", "edible_poison_p", "edible_poisonous_mass", "species_p")
    values = {name: reader.value(tree, name, float, where) for name in names}
    energy, standout = (
        None if tree.get(name) is None else reader.value(tree, name, float, where)
        for name in ("energy", "standout")
    )
    given = reader.section(tree.get("quality") or {}, where + "quality")
    known = QualityLimits()._asdict()
    for stranger in sorted(set(given) - set(known)):
        reader.say(where + "quality." + stranger, given[stranger], "no such key")
    limits = {
        key: reader.value(given, key, type(default), where + "quality.")
        for key, default in known.items()
        if key in given
    }
    quality = QualityLimits(**limits)
    return Thresholds(energy=energy, quality=quality, standout=standout, **values)


def _guarantee(reader: _Reader, tree: Any) -> Optional[Guarantee]:
    if tree is None:
        return None
    section, where = reader.section(tree, "decision.guarantee"), "decision.guarantee."
    return Guarantee(
        alpha=reader.value(section, "alpha", float, where),
        n=reader.value(section, "n", int, where),
        bound=reader.value(section, "bound", float, where),
        confidence=reader.value(section, "confidence", float, where),
        method=reader.text(section, "method", where),
    )


def _hashes(reader: _Reader, tree: Any, where: str) -> Dict[str, str]:
    section = reader.section(tree, where)
    for name, digest in section.items():
        if not (isinstance(digest, str) and len(digest) == 64 and "/" not in str(name)):
            reader.say("{}.{}".format(where, name), digest, "a plain file name and its sha256")
    return {str(name): str(digest) for name, digest in section.items()}
