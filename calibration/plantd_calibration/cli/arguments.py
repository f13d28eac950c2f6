"""The command line of plantd-calibrate: what can be asked."""

import argparse
from pathlib import Path

from plantd.command_line import Parser
from plantd_calibration.cluster.option import add_cluster
from plantd_calibration.quantization.quantized_bundle import INT8, PRECISIONS
from plantd_calibration.subsets.request import FIT_ON, OUT_OF_FOLD
from plantd_calibration.subsets.targets import Targets

BUILD = Path("build")


def parser() -> Parser:
    """Return the parser; `command` of what it parses names the command."""
    top = Parser(prog="plantd-calibrate", description="When a model may answer, and how sure.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    what = "fit temperatures and thresholds with a guarantee, and write them into the bundle"
    confidence = commands.add_parser("confidence", help=what)
    _material(confidence)
    what = "the log of uses of the test photographs, beside the card"
    confidence.add_argument("--looks", type=Path, metavar="CSV", help=what)
    _material(commands.add_parser("report", help="the same report; the bundle stays as it is"))
    _cheaper(commands.add_parser("int8", help="a bundle in 8 bits, if it answers as the original"))
    what = "the photographs that a device with TensorRT 8 calibrates with for INT8, listed"
    _inputs(commands.add_parser("inputs", help=what))
    what = "draw the pictures beside the thresholds anew, which a plan in FP16 is proven on"
    near = commands.add_parser("near", help=what)
    near.add_argument("--bundle", type=Path, required=True, metavar="FOLDER")
    return top


def _inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bundle", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    _per_class(command)
    what = "the new folder (default build/calibration-inputs)"
    usual = BUILD / "calibration-inputs"
    command.add_argument("--out", type=Path, default=usual, metavar="FOLDER", help=what)
    command.add_argument("--cache", type=Path, default=BUILD / "observed", metavar="FOLDER")


def _per_class(command: argparse.ArgumentParser) -> None:
    what = "photographs of each species in the calibration set (default 3)"
    command.add_argument("--per-class", type=int, default=3, metavar="N", help=what)


def _cheaper(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bundle", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    what = "int8: explicit Q/DQ; fp16: half precision throughout (default int8)"
    command.add_argument("--precision", choices=PRECISIONS, default=INT8, help=what)
    _per_class(command)
    what = "7-bit weights; auto: where the CPU saturates"
    command.add_argument("--reduce-range", choices=("auto", "yes", "no"), default="auto", help=what)
    what = "the new bundle (default build/PRECISION)"
    command.add_argument("--out", type=Path, metavar="FOLDER", help=what)
    what = "where the gate's result is written as JSON (default OUT.json)"
    command.add_argument("--result", type=Path, metavar="JSON", help=what)
    command.add_argument("--cache", type=Path, default=BUILD / "observed", metavar="FOLDER")


def _material(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bundle", type=Path, required=True, metavar="FOLDER")
    what = "labelled photographs: a folder with manifest.csv"
    command.add_argument("--data", type=Path, required=True, metavar="FOLDER", help=what)
    what = "plants outside the labels and pictures of no plant: a folder with manifest.csv"
    command.add_argument("--strangers", type=Path, metavar="FOLDER", help=what)
    what = "pictures of plants outside the labels; beside --strangers, for comparison only"
    command.add_argument("--unknown", type=Path, metavar="FOLDER", help=what)
    what = "pictures of no plant; beside --strangers, for comparison only"
    command.add_argument("--negatives", type=Path, metavar="FOLDER", help=what)
    _wish(command)
    command.add_argument("--out", type=Path, default=BUILD / "calibration", metavar="FOLDER")
    command.add_argument("--cache", type=Path, default=BUILD / "observed", metavar="FOLDER")
    add_cluster(command)


def _wish(command: argparse.ArgumentParser) -> None:
    usual = Targets()
    what = (
        "rate of edible among poisonous plants that may be proven at most; without it the smallest "
        "that the photographs prove where --called-edible of edible plants are called edible"
    )
    command.add_argument("--alpha", type=float, metavar="RATE", help=what)
    what = "of the guarantee (default {:g})".format(usual.confidence)
    command.add_argument("--confidence", type=float, default=usual.confidence, help=what)
    for name, value, who in (
        ("--unknown-max", usual.unknown, "unknown plants"),
        ("--negative-max", usual.negative, "pictures of no plant"),
        ("--poisonous-unknown-max", usual.poisonous_unknown, "poisonous unknown plants"),
        ("--negative-alarms", usual.negative_alarms, "pictures of no plant, called poisonous"),
        ("--false-alarms", usual.false_alarms, "edible plants, called poisonous by one head"),
        (
            "--called-edible",
            usual.called_edible,
            "edible plants, no deadly look-alike, called edible",
        ),
    ):
        what = "share of {} (default {:g})".format(who, value)
        command.add_argument(name, type=float, default=value, metavar="SHARE", help=what)
    what = (
        "what the guarantee rests on: heads fitted again fold by fold over train, or one half of "
        "test (default {})".format(OUT_OF_FOLD)
    )
    fit_on = command.add_mutually_exclusive_group()
    fit_on.add_argument("--fit-on", choices=FIT_ON, default=OUT_OF_FOLD, help=what)
    what = "out-of-fold readings of train and val, as the training writes them"
    fit_on.add_argument("--predictions", type=Path, metavar="NPZ", help=what)
    command.add_argument("--seed", type=int, default=1, help="of the halves (default 1)")
