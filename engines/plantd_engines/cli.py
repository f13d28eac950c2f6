"""`plantd-engine build | verify`: the configured bundle's engine, made for this device and proven.

build   where TensorRT is installed: a plan for this very device, proven on the bundle's golden
        pictures; nothing when it is up to date. Elsewhere: a proof of the ONNX graph.
verify  prove what the configured backend would load now.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
from typing import Any, Dict, List, NoReturn, Optional, Sequence

import yaml

from plantd.command_line import Parser, run
from plantd.config import Config, EngineConfig, file
from plantd.engine import trt
from plantd.engine.clean_stdout import clean_stdout
from plantd.engine.plan import Plan
from plantd.errors import (
    EX_OK,
    EX_TEMPFAIL,
    BundleError,
    UnavailableError,
    UsageError,
)
from plantd.messages import yaml_problem
from plantd.tree_reader import tree_from_yaml_file
from plantd_engines import building
from plantd_engines.building import BuildRequest
from plantd_engines.calibration import calibration_set
from plantd_engines.calibration.calibration_set import CalibrationError
from plantd_engines.precision import ASKED
from plantd_engines.supervision import Supervisor


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Do what the command line asks for; return the exit code, after sysexits.h."""
    return run(parser(), _do, argv)


def _do(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _terminated)
    return int(options.call(options, _config(options)))


def parser() -> Parser:
    """Return the parser of plantd-engine."""
    top = Parser(
        prog="plantd-engine",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    commands.required = True
    for name, call, text in (
        ("build", build, "build and prove the engine, unless it is up to date"),
        ("verify", verify, "prove the engine that the service would load"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(call=call)
        command.add_argument(
            "--config",
            metavar="FILE",
            help="default: $PLANTD_CONFIG, else {}".format(file.DEFAULT_PATH) + " where it exists",
        )
        command.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="e.g. engine.workspace_mb=256",
        )
        command.add_argument("--bundle", metavar="DIRECTORY", help="instead of the configured one")
        command.add_argument("--json", action="store_true", help="the result as one JSON object")
        if name == "build":
            command.add_argument("--precision", choices=ASKED, help="instead of engine.precision")
            command.add_argument(
                "--calibration",
                metavar="FOLDER",
                help="INT8 with TensorRT 8: the calibration set, instead of engine.calibration",
            )
            command.add_argument(
                "--force",
                action="store_true",
                help="build although a plan is up to date or memory looks short",
            )
    return top


def build(options: argparse.Namespace, config: Config) -> int:
    """Make sure that the configured bundle has its engine here."""
    if not trt.installed():
        return _build_without_tensorrt(options, config)
    order = _order(options, config)
    plan = None if order.force else building.plan_up_to_date(order)
    if plan is not None:
        _tell(options, "{}: the plan is up to date".format(plan.model), _facts(plan, False))
        return EX_OK
    # What is left out of the check above: every file of the bundle must be whole.
    order = order._replace(
        title=_load(config).manifest.title,
        judge="" if order.calibration else _judge(config.engine.calibration, order.graph),
    )
    outcome = building.ensure_plan(order, Supervisor(_say).run, _say)
    facts = _facts(outcome.plan, outcome.is_new)
    told = "built and proven" if outcome.is_new else "up to date"
    _tell(options, "{}: the plan is {}".format(outcome.plan.model, told), facts)
    if config.engine.backend != "tensorrt":
        _say(
            "engine.backend is {}; set it to tensorrt to use the plan".format(config.engine.backend)
        )
    elif outcome.is_new:
        _say(
            "a plantd that had no plan takes it up now: systemctl reload plantd; one that has "
            "another keeps that until: systemctl restart plantd"
        )
    return EX_OK


def _build_without_tensorrt(options: argparse.Namespace, config: Config) -> int:
    if config.engine.backend == "tensorrt":
        raise UnavailableError(
            "engine.backend is tensorrt, and TensorRT is not installed for {}; on a Jetson it "
            "comes with JetPack; elsewhere set engine.backend to onnxruntime".format(sys.executable)
        )
    _say("TensorRT is not installed here: there is no plan to build; it comes with JetPack")
    return verify(options, config)


def verify(options: argparse.Namespace, config: Config) -> int:
    """Prove what the configured backend would load."""
    from plantd.engine.registry import engine_from_config
    from plantd_engines.proof.golden_test import prove

    bundle = _load(config)
    engine = engine_from_config(config.engine, bundle, config.engines_path)
    with clean_stdout():
        figures = prove(bundle, engine)
    facts = dict(engine.info._asdict(), model=bundle.manifest.title, proof=figures)
    _tell(
        options,
        "{}: {backend} {version}, {precision}, agrees with {:.0f} golden pictures: probabilities "
        "differ by at most {:.5f} (poison) and {:.5f} (species)".format(
            bundle.manifest.title,
            figures["pictures"],
            figures["poison_max"],
            figures["species_max"],
            **engine.info._asdict(),
        ),
        facts,
    )
    return EX_OK


def _config(options: argparse.Namespace) -> Config:
    path = file.path_in_use(options.config, os.environ)
    overrides: List[str] = list(options.set)
    if options.bundle is not None:
        overrides.append("model.bundle={}".format(os.path.abspath(options.bundle)))
    return file.load(path, overrides).config


def _order(options: argparse.Namespace, config: Config) -> BuildRequest:
    path = os.path.realpath(config.bundle_path)
    engine: EngineConfig = config.engine
    precision = options.precision or engine.precision
    calibration = _calibration(options, engine, precision)
    return BuildRequest(
        bundle=path,
        title="",
        graph=_graph_digest(path),
        precision=precision,
        workspace_mb=engine.workspace_mb,
        engines_path=config.engines_path,
        cache_path=config.paths.cache,
        force=options.force,
        calibration=calibration,
        calibration_digest=calibration_set.digest_of(calibration) if calibration else "",
    )


def _judge(folder: str, graph: str) -> str:
    """Return the folder of a set that can judge this graph's plan; empty, and said, where not."""
    if not folder:
        return ""
    try:
        calibration_set.check_pictures(calibration_set.read(os.path.abspath(folder), graph))
    except CalibrationError as error:
        _say("FP16 is judged without engine.calibration: {}".format(error))
        return ""
    return os.path.abspath(folder)


def _calibration(options: argparse.Namespace, engine: EngineConfig, precision: str) -> str:
    """Return the folder of the calibration set, empty where none is asked for or needed."""
    if options.calibration and precision != "int8":
        raise UsageError(
            "--calibration serves INT8, and the precision is {}; add --precision int8".format(
                precision
            )
        )
    folder = options.calibration or engine.calibration
    return os.path.abspath(folder) if folder and precision == "int8" else ""


def _graph_digest(path: str) -> str:
    """Return the graph's sha256 by the manifest, after a look at the file itself.

    plantd.bundle would check more, and load numpy and OpenCV for it: a plan that is up to date is
    to be found at once.
    """
    try:
        manifest = tree_from_yaml_file(os.path.join(path, "manifest.yaml"))
        declared = str(manifest["files"]["model.onnx"])
        with open(os.path.join(path, "model.onnx"), "rb") as source:
            seen = hashlib.sha256(source.read()).hexdigest()
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BundleError(
            "{} is not a model bundle ({}); set model.bundle, or give --bundle DIRECTORY".format(
                path, _what_is_wrong(error)
            )
        ) from error
    if seen != declared:
        raise BundleError(
            "{}/model.onnx has sha256 {}...; its manifest says {}...; install the bundle "
            "again".format(path, seen[:12], declared[:12])
        )
    return seen


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, OSError):
        return "{}: {}".format(os.path.basename(str(error.filename)), error.strerror)
    if isinstance(error, yaml.YAMLError):
        return "manifest.yaml is not YAML: {}".format(yaml_problem(error))
    return "manifest.yaml has no files.model.onnx"


def _load(config: Config) -> Any:
    from plantd import bundle as bundles

    return bundles.load(config.bundle_path)


def _facts(plan: Plan, is_new: bool) -> Dict[str, Any]:
    return {
        "model": plan.model,
        "built_now": is_new,
        "precision": plan.precision,
        "reason": plan.reason,
        "calibration": plan.calibration,
        "plan": "sha256:" + plan.sha256,
        "size_mb": round(plan.size_bytes / (1 << 20), 1),
        "build_s": plan.build_s,
        "workspace_mb": plan.built_workspace_mb,
        "machine": dict(plan.key.machine._asdict()),
        "proof": dict(plan.proof),
    }


def _tell(options: argparse.Namespace, sentence: str, facts: Dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(facts, sort_keys=True))
        return
    print(sentence)
    for name in (
        "precision",
        "reason",
        "calibration",
        "plan",
        "size_mb",
        "build_s",
        "workspace_mb",
    ):
        if facts.get(name):
            print("  {:13} {}".format(name, facts[name]))


def _say(line: str) -> None:
    """Progress goes to stderr, at once: it is read while the build runs."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _terminated(_number: int, _frame: object) -> NoReturn:
    """End by an exception, so that a child that builds is ended too."""
    sys.exit(EX_TEMPFAIL)


if __name__ == "__main__":
    sys.exit(main())
