"""One order to a proven plan: look, build, prove, keep. The story of `plantd-engine build`.

This process loads neither TensorRT nor CUDA: each step that needs them is a child of its own (see
supervision.py), so that a build that dies for memory takes nothing with it, least of all the last
plan.
"""

import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple

from plantd.engine import plan as plans
from plantd.engine.machine import Machine
from plantd.engine.plan import Plan, PlanKey
from plantd.errors import CannotWriteError, GraphError, PlanError
from plantd_engines import preflight, stamp, store
from plantd_engines.calibration import calibration_set
from plantd_engines.precision import Abilities, check_calibration, chosen, ladder
from plantd_engines.proof.agreement import WITHOUT_NEAR
from plantd_engines.store import Store
from plantd_engines.supervision import PLAN, TIMING, OutOfMemoryError, Task

Run = Callable[[Task, str], Dict[str, Any]]


class BuildRequest(NamedTuple):
    """What is to be built.

    Attributes:
        bundle: directory of the model bundle; title and graph are its name and its graph's sha256.
        precision: auto, fp32, fp16 or int8.
        workspace_mb: the most scratch memory that is tried.
        engines_path: where plans lie; cache_path: where the timing cache lies.
        force: build although a plan is up to date, and although memory looks short.
        calibration: folder of the calibration set for INT8, and the digest of its list; empty
            without one.
        judge: folder of a set that judges FP16, which calibrates nothing; empty without one.
    """

    bundle: str
    title: str
    graph: str
    precision: str
    workspace_mb: int
    engines_path: str
    cache_path: str
    force: bool = False
    calibration: str = ""
    calibration_digest: str = ""
    judge: str = ""

    @property
    def model_path(self) -> str:
        """Return where the ONNX graph lies."""
        return os.path.join(self.bundle, "model.onnx")

    def key_on(self, machine: Machine) -> PlanKey:
        """Return the key of this order's plan on a machine."""
        return PlanKey(self.graph, machine, self.precision, self.workspace_mb)


class BuildResult(NamedTuple):
    """The plan that serves now, and whether it was built just now."""

    plan: Plan
    is_new: bool


class Proven(NamedTuple):
    """A plan in the work directory that passed."""

    path: str
    plan: Plan


def plan_up_to_date(request: BuildRequest, root: str = "/") -> Optional[Plan]:
    """Return the order's plan if it is whole and the machine is surely still the same.

    Reads files only: the whole check takes less than a second.
    """
    for plan in plans.plans_in(request.engines_path):
        if (
            _fits(request, plan, plan.key.machine)
            and stamp.is_unchanged(plan.stamp, root)
            and _is_whole(request, plan)
        ):
            return plan
    return None


def ensure_plan(
    request: BuildRequest, run: Run, say: Callable[[str], None], root: str = "/"
) -> BuildResult:
    """Return a proven plan for this machine, built if need be.

    Args:
        run: does a task in a child; see supervision.Supervisor.run.
        say: shows one line of progress.
        root: of the file system that tells about the device.

    Raises UnavailableError, GraphError, PlanError, CalibrationError, BusyError or CannotWriteError;
    the plans that were there are untouched then.
    """
    with Store(request.engines_path) as target:
        seen = run(Task("survey", {"root": root, "model": request.model_path}), target.work)
        machine, can = Machine(**seen["machine"]), Abilities(**seen["abilities"])
        say("machine: {gpu} (SM {sm}), TensorRT {tensorrt}, L4T {l4t}".format(**machine._asdict()))
        there = _built_before(request, machine)
        if there is not None and not request.force:
            return BuildResult(target.stamp(there, seen["stamp"]), False)
        is_quantised = bool(seen["is_quantised"])
        precision, reason = chosen(request.precision, can, machine, is_quantised)
        if reason:
            say("{}: building {}".format(reason, precision))
        if precision == "int8" and not is_quantised:
            _check_set(request, machine, can)
        elif request.calibration:
            say("the graph holds its own quantisation: the calibration set is not used")
        draft = _draft(request, machine, precision, reason, seen["stamp"])
        builder = _PlanBuilder(request, target, run, say, root, calibrates=not is_quantised)
        proven = builder.build_proven(draft, ladder(precision, can, is_quantised))
        return BuildResult(target.keep(proven.path, proven.plan), True)


class _PlanBuilder:
    """Builds and proves in the store's work directory."""

    def __init__(
        self,
        request: BuildRequest,
        target: Store,
        run: Run,
        say: Callable[[str], None],
        root: str,
        calibrates: bool,
    ) -> None:
        self._request = request
        self._work = target.work
        self._run = run
        self._say = say
        self._root = root
        self._calibrates = calibrates
        self._timing_path = self._cache_path("timing")

    def build_proven(self, draft: Plan, precisions: Sequence[str]) -> Proven:
        """Return the first plan that passes, in the order of precisions, with the reasons."""
        for precision, next_one in zip(precisions, precisions[1:]):
            try:
                return self._build_and_check(draft._replace(precision=precision))
            except (PlanError, GraphError) as error:
                failed = "{} failed: {}".format(precision.upper(), error)
            self._say("{}; building {} instead".format(failed, next_one.upper()))
            draft = draft._replace(reason="; ".join(filter(None, [draft.reason, failed])))
        return self._build_and_check(draft._replace(precision=precisions[-1]))

    def _build_and_check(self, draft: Plan) -> Proven:
        plan = self._build(draft)
        self._say(
            "built: {:.1f} MB in {:.0f} s; proving it on the golden pictures".format(
                plan.size_bytes / preflight.MIB, plan.build_s
            )
        )
        arguments = {
            "bundle": self._request.bundle,
            "plan": plans.json_from_plan(plan),
            "folder": self._work,
            "root": self._root,
        }
        figures = self._run(Task("check", arguments), self._work)
        if "near" not in figures:
            self._say(WITHOUT_NEAR)
        judging = self._request.calibration or self._request.judge
        if self._is_calibrated(plan) or (plan.precision == "fp16" and judging):
            self._say("asking it about the pictures that judge")
            arguments["calibration"] = judging
            figures = dict(figures, **self._run(Task("judge", arguments), self._work))
        return Proven(os.path.join(self._work, PLAN), plan._replace(proof=figures))

    def _is_calibrated(self, plan: Plan) -> bool:
        return plan.precision == "int8" and self._calibrates

    def _calibration(self) -> Dict[str, str]:
        """Return what the child calibrates with; see calibration.feed.Calibration."""
        request = self._request
        return {
            "bundle": request.bundle,
            "graph": request.graph,
            "folder": request.calibration,
            "cache": self._cache_path("calibration"),
        }

    def _cache_path(self, what: str) -> str:
        digest = store.sha256_of(self._request.graph.encode("ascii"))[:12]
        return os.path.join(self._request.cache_path, "{}-{}.cache".format(what, digest))

    def _build(self, draft: Plan) -> Plan:
        steps = self._workspaces()
        for workspace_mb in steps[:-1]:
            try:
                return self._build_with(draft, workspace_mb)
            except OutOfMemoryError as error:
                self._say("{}; trying with half the workspace".format(error))
        try:
            return self._build_with(draft, steps[-1])
        except OutOfMemoryError as error:
            raise OutOfMemoryError(
                "{}; not even {} MB of workspace fit: {}; the last good plan, if any, is "
                "untouched".format(error, steps[-1], preflight.WHAT_HELPS)
            ) from error

    def _workspaces(self) -> Tuple[int, ...]:
        graph_bytes = os.path.getsize(self._request.model_path)
        free = preflight.room(self._work)
        self._say(preflight.sentence(free))
        if self._request.force:
            return tuple(preflight.workspaces(self._request.workspace_mb))
        return tuple(preflight.fitting_workspaces(free, graph_bytes, self._request.workspace_mb))

    def _build_with(self, draft: Plan, workspace_mb: int) -> Plan:
        self._say(
            "building {} with {} MB of workspace; minutes on a small board".format(
                draft.precision, workspace_mb
            )
        )
        arguments = {
            "model": self._request.model_path,
            "folder": self._work,
            "precision": draft.precision,
            "workspace_mb": workspace_mb,
            "timing_cache": self._timing_path,
            "calibration": self._calibration() if self._is_calibrated(draft) else None,
        }
        built = self._run(Task("build", arguments), self._work)
        self._keep_timing()
        with open(os.path.join(self._work, PLAN), "rb") as source:
            digest = store.sha256_of(source.read())
        return draft._replace(
            sha256=digest,
            size_bytes=int(built["size_bytes"]),
            build_s=round(float(built["seconds"]), 1),
            built_workspace_mb=workspace_mb,
        )

    def _keep_timing(self) -> None:
        """Keep what the builder measured: the next build of this precision is faster."""
        with open(os.path.join(self._work, TIMING), "rb") as source:
            data = source.read()
        if not data:
            return
        try:
            store.write_whole(self._timing_path, data)
        except CannotWriteError as error:
            self._say("the next build measures again: {}".format(error))


def _check_set(request: BuildRequest, machine: Machine, can: Abilities) -> None:
    """Raise unless this TensorRT calibrates, and the set for it is whole."""
    check_calibration(machine, can, bool(request.calibration))
    calibration_set.check_pictures(calibration_set.read(request.calibration, request.graph))


def _draft(
    request: BuildRequest, machine: Machine, precision: str, reason: str, stamp_now: Dict[str, str]
) -> Plan:
    return Plan(
        key=request.key_on(machine),
        file=PLAN,
        sha256="",
        size_bytes=0,
        precision=precision,
        reason=reason,
        model=request.title,
        number=0,
        build_s=0.0,
        built_workspace_mb=0,
        proof={},
        stamp=stamp_now,
        calibration=request.calibration_digest,
    )


def _built_before(request: BuildRequest, machine: Machine) -> Optional[Plan]:
    for plan in plans.plans_in(request.engines_path):
        if _fits(request, plan, machine) and _is_whole(request, plan):
            return plan
    return None


def _fits(request: BuildRequest, plan: Plan, machine: Machine) -> bool:
    """An order that names no calibration set asks for no other one than the plan has."""
    same_set = request.calibration_digest in ("", plan.calibration)
    return plan.key == request.key_on(machine) and same_set


def _is_whole(request: BuildRequest, plan: Plan) -> bool:
    try:
        plans.read_plan(request.engines_path, plan)
    except PlanError:
        # Damaged or gone: it is built again, which is what the error would ask for.
        return False
    return True
