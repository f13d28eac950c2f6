"""TensorRT plans on the disk: what each belongs to, and which one may be loaded.

How this works: below `paths.state`/engines each built plan has one manifest, KEY.json, which names
the plan's file and its sha256. The manifest is renamed into place last, so that it never names a
plan that is not whole. A plan serves the graph and the machine it was built for; when only the
options have changed it keeps serving until the new one is built and proven.
"""

import hashlib
import json
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from plantd.engine.machine import Machine
from plantd.errors import PlanError
from plantd.system.hashed_file import read_as_named

SCHEMA = 1
# Changed when plantd builds another plan from the same graph and options.
RECIPE = 2
MANIFEST_END = ".json"
PLAN_END = ".plan"
BUILD_IT = "build it: make engine, or on an installed device: systemctl start plantd-engine"


class PlanKey(NamedTuple):
    """Everything that a plan depends on.

    Attributes:
        graph: sha256 of the bundle's model.onnx.
        machine: see Machine.
        precision: what was asked for: auto, fp32, fp16 or int8.
        workspace_mb: scratch memory that the builder might take.
        recipe: see RECIPE.
    """

    graph: str
    machine: Machine
    precision: str
    workspace_mb: int
    recipe: int = RECIPE

    @property
    def digest(self) -> str:
        """Return the key's 64 hex digits: the manifest's name."""
        text = json.dumps(_tree_from_key(self), sort_keys=True)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Plan(NamedTuple):
    """One built plan as its manifest tells it.

    Attributes:
        key: what it was built for.
        file: its file in the same directory; sha256 and size_bytes are the file's.
        precision: what it computes in: fp32, fp16 or int8.
        reason: why that is not what was asked for; empty when it is.
        model: the bundle's title.
        number: plans are counted; the newest has the highest.
        build_s: what the build took; built_workspace_mb: with how much scratch memory.
        proof: figures of its golden self-test, by name.
        stamp: files that tell without TensorRT whether the machine is still the same.
        calibration: digest of the calibration set that INT8 was asked for with; empty without one.
    """

    key: PlanKey
    file: str
    sha256: str
    size_bytes: int
    precision: str
    reason: str
    model: str
    number: int
    build_s: float
    built_workspace_mb: int
    proof: Mapping[str, float]
    stamp: Mapping[str, str]
    calibration: str = ""

    @property
    def manifest_file(self) -> str:
        """Return the manifest's file name."""
        return self.key.digest + MANIFEST_END


_KINDS: Tuple[Tuple[type, str], ...] = (
    (int, "number size_bytes built_workspace_mb"),
    (str, "file sha256 precision reason model"),
)


def json_from_plan(plan: Plan) -> Dict[str, Any]:
    """Return the manifest's tree."""
    tree = dict(plan._asdict(), schema=SCHEMA, key=_tree_from_key(plan.key))
    return dict(tree, proof=dict(plan.proof), stamp=dict(plan.stamp))


def plan_from_json(tree: Any) -> Plan:
    """Return the plan of a manifest; raise PlanError when it is none."""
    try:
        if tree["schema"] != SCHEMA:
            raise PlanError(
                "a plan manifest of schema {!r}; expected {}".format(tree["schema"], SCHEMA)
            )
        key = dict(tree["key"])
        key["machine"] = Machine(**key["machine"])
        fields = {name: tree[name] for name in Plan._fields if name != "calibration"}
        # Manifests of earlier versions do not name it.
        fields["calibration"] = str(tree.get("calibration", ""))
        fields["key"] = PlanKey(**key)
        return _checked(Plan(**fields))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError("a plan manifest that is not one: {!r}".format(error)) from error


def _checked(plan: Plan) -> Plan:
    """Return the plan; raise TypeError or ValueError where a value is not what it is called."""
    for kind, names in _KINDS:
        for name in names.split():
            if type(getattr(plan, name)) is not kind:
                raise TypeError("{} is {!r}".format(name, getattr(plan, name)))
    if plan.file != os.path.basename(plan.file):
        raise ValueError("file is {!r}; expected a name".format(plan.file))
    proof = {str(name): float(value) for name, value in plan.proof.items()}
    stamp = {str(name): str(value) for name, value in plan.stamp.items()}
    return plan._replace(build_s=float(plan.build_s), proof=proof, stamp=stamp)


def plans_in(directory: str) -> List[Plan]:
    """Return every plan that has a readable manifest, newest first."""
    found = []
    for name in _manifests(directory):
        try:
            found.append(_read(os.path.join(directory, name)))
        except PlanError:
            # A manifest that cannot be read stands for no plan: the search says what is missing.
            continue
    return sorted(found, key=lambda plan: -plan.number)


def find(directory: str, key: PlanKey) -> Plan:
    """Return the plan for a key, or else the newest other one that may serve for it.

    Raises PlanError that says what is missing or what does not fit.
    """
    plans = plans_in(directory)
    fitting = [plan for plan in plans if plan.key == key]
    fitting += [plan for plan in plans if _may_serve(plan, key)]
    if not fitting:
        raise PlanError(_why_none(directory, key, plans))
    return fitting[0]


def read_plan(directory: str, plan: Plan) -> bytes:
    """Return the plan's bytes; raise PlanError unless they are what the manifest says."""
    path = os.path.join(directory, plan.file)
    return read_as_named(path, plan.sha256, "its manifest says", BUILD_IT, PlanError)


def differences(built: PlanKey, wanted: PlanKey) -> Tuple[str, ...]:
    """Return in words what a plan was built for and what is there."""
    pairs = list(zip(Machine._fields, built.machine, wanted.machine))
    pairs += [(name, getattr(built, name), getattr(wanted, name)) for name in _OWN_FIELDS]
    return tuple(
        "{} {} (here {})".format(_WORDS.get(name, name), _short(was), _short(now))
        for name, was, now in pairs
        if was != now
    )


# What may compute when a precision is asked for: never less than that.
_MAY_SERVE = {
    "auto": ("fp16", "fp32"),
    "fp16": ("fp16", "fp32"),
    "fp32": ("fp32",),
    "int8": ("int8", "fp16", "fp32"),
}


def _may_serve(plan: Plan, key: PlanKey) -> bool:
    same_ground = (plan.key.graph, plan.key.machine) == (key.graph, key.machine)
    # What was proven for the same wish may serve: "auto" is INT8 where the graph is quantised.
    same_wish = plan.key.precision == key.precision
    return same_ground and (same_wish or plan.precision in _MAY_SERVE.get(key.precision, ()))


_OWN_FIELDS = ("graph", "precision", "workspace_mb", "recipe")
_WORDS = {"tensorrt": "TensorRT", "cuda": "CUDA", "l4t": "L4T", "gpu": "GPU", "sm": "SM"}


def _short(value: Any) -> str:
    text = str(value)
    return text[:12] + "..." if len(text) == 64 else text


def _why_none(directory: str, key: PlanKey, plans: List[Plan]) -> str:
    same_graph = [plan for plan in plans if plan.key.graph == key.graph]
    if same_graph:
        told = ", ".join(differences(same_graph[0].key, key))
        return "the plan in {} was built for {}; {}".format(directory, told, BUILD_IT)
    if plans:
        return "the plans in {} are of other models ({}); {}".format(
            directory, ", ".join(sorted({plan.model for plan in plans})), BUILD_IT
        )
    broken = len(_manifests(directory))
    told = "no TensorRT plan in {}".format(directory)
    if broken:
        told += " ({} unreadable manifest{})".format(broken, "s" if broken > 1 else "")
    return "{}; {}".format(told, BUILD_IT)


def _manifests(directory: str) -> List[str]:
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(MANIFEST_END))
    except OSError:
        # No directory, no plan.
        return []


def _read(path: str) -> Plan:
    try:
        with open(path, encoding="utf-8") as source:
            return plan_from_json(json.load(source))
    except (OSError, ValueError, RecursionError) as error:
        raise PlanError("{} cannot be read: {}".format(path, error)) from error


def _tree_from_key(key: PlanKey) -> Dict[str, Any]:
    return dict(key._asdict(), machine=dict(key.machine._asdict()))
