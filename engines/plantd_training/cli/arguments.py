"""The command line of plantd-train: what can be asked."""

import argparse
from pathlib import Path
from typing import Any

from plantd.command_line import Parser, count
from plantd_calibration.cluster.option import add_cluster, address

ROOM = Path(__file__).resolve().parent.parent
RECIPE = ROOM / "recipes" / "plants70.yaml"
LOOKS = ROOM / "recipes" / "plants70-looks.csv"
DIVISION = ROOM / "recipes" / "strangers.yaml"
BUNDLE = ROOM.parent / "bundles" / "plants70"
BUILD = Path("build")
# As methods.trainings names them, which would load Keras.
TRAINERS = ("keras", "bfloat16")


def parser() -> Parser:
    """Return the parser; `command` of what it parses names the command."""
    top = Parser(prog="plantd-train", description="Photographs to a model.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _eda(commands.add_parser("eda", help="what is in a folder of photographs: one HTML report"))
    _split(commands.add_parser("split", help="write train, val and test into manifest.csv"))
    _augment(commands.add_parser("augment", help="a preview sheet for each technique"))
    _fit(commands.add_parser("fit", help="train what a configuration describes; goes on if killed"))
    _compare(commands.add_parser("compare", help="train a grid of variants, draw their curves"))
    _evaluate(commands.add_parser("evaluate", help="figures of TensorFlow, ONNX or an engine"))
    _freeze(commands.add_parser("freeze", help="a training to two frozen graphs"))
    _weights(commands.add_parser("weights", help="a bundle's training alone, on any Keras backend"))
    _bundle(commands.add_parser("bundle", help="photographs to a model bundle, by a recipe"))
    _pace(commands.add_parser("pace", help="a bundle's time beside another network's"))
    return top


def _data(command: argparse.ArgumentParser) -> None:
    what = "folder of the photographs: manifest.csv, SPLIT/CLASS/*.jpg or CLASS/*.jpg"
    command.add_argument("--data", type=Path, required=True, metavar="FOLDER", help=what)


def _strangers(command: argparse.ArgumentParser) -> None:
    what = "plants outside the labels and pictures of no plant: a folder with manifest.csv"
    command.add_argument("--strangers", type=Path, metavar="FOLDER", help=what)


def _division(command: argparse.ArgumentParser) -> None:
    what = "which strangers are kept apart (default that of the default bundle's recipe)"
    command.add_argument("--division", type=Path, default=DIVISION, metavar="YAML", help=what)


def _out(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--out", type=Path, default=BUILD / name, metavar="FOLDER")


def _eda(command: argparse.ArgumentParser) -> None:
    _data(command)
    _strangers(command)
    _division(command)
    _out(command, "eda")


def _split(command: argparse.ArgumentParser) -> None:
    _data(command)
    shares: Any = (0.7, 0.15, 0.15)
    command.add_argument("--shares", type=float, nargs=3, default=shares, metavar="SHARE")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--poisonous", nargs="*", default=[], metavar="LABEL")


def _augment(command: argparse.ArgumentParser) -> None:
    _data(command)
    _out(command, "augment")
    command.add_argument("--photos", type=int, default=8, help="how many on a sheet")
    command.add_argument("--seed", type=int, default=1)


def _devices(command: argparse.ArgumentParser) -> None:
    choices = ("none", "mirrored", "workers")
    command.add_argument("--distribute", choices=choices, default="none")
    what = "split the processor into so many devices, to try --distribute mirrored without GPUs"
    command.add_argument("--logical-devices", type=int, metavar="N", help=what)


def _fit(command: argparse.ArgumentParser) -> None:
    command.add_argument("config", type=Path, metavar="CONFIG", help="see recipes/fit.yaml")
    _data(command)
    _out(command, "fit")
    _devices(command)


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("grid", type=Path, metavar="GRID", help="see recipes/compare.yaml")
    _data(command)
    _out(command, "compare")
    _devices(command)


def _evaluate(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", type=Path, metavar="FOLDER", help="a training, in TensorFlow")
    what.add_argument("--bundle", type=Path, metavar="FOLDER", help="a bundle, in ONNX Runtime")
    what.add_argument("--socket", metavar="PATH", help="a running plantd")
    _data(command)
    _out(command, "evaluate")
    what_split = "default: val, or test where a bundle learned from val"
    command.add_argument("--split", choices=("train", "val", "test"), help=what_split)
    _strangers(command)
    _division(command)
    command.add_argument("--unknown", type=Path, metavar="FOLDER", help="plants it does not know")
    command.add_argument("--negatives", type=Path, metavar="FOLDER", help="pictures of no plant")
    frozen = "poison threshold; else the bundle's, else frozen on val, where it misses none"
    command.add_argument("--threshold", type=float, metavar="P", help=frozen)
    command.add_argument(
        "--looks", type=Path, metavar="CSV", help="the log of uses of the test photographs"
    )
    what_card = "write the figures into the card of --bundle, instead of the split's older ones"
    command.add_argument("--card", action="store_true", help=what_card)
    add_cluster(command)
    what_cache = "where the answers of a cluster are kept"
    command.add_argument(
        "--cache", type=Path, default=BUILD / "answers", metavar="FOLDER", help=what_cache
    )


def _freeze(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", type=Path, metavar="RUN", help="the folder of a training")
    _out(command, "frozen")


def _recipe(command: argparse.ArgumentParser) -> None:
    _data(command)
    command.add_argument("--recipe", type=Path, default=RECIPE, metavar="YAML")
    _strangers(command)
    command.add_argument("--cache", type=Path, default=BUILD / "features", metavar="FOLDER")
    what = "where photographs are kept as pixels (default --cache): a disk of each machine's own"
    command.add_argument("--pixels", type=Path, metavar="FOLDER", help=what)
    what = (
        "keras, on its backend; bfloat16: torch on one core, fast where it has AMX or AVX512-BF16"
    )
    command.add_argument("--trainer", choices=TRAINERS, default=TRAINERS[0], help=what)
    add_cluster(command)


def _weights(command: argparse.ArgumentParser) -> None:
    _recipe(command)
    choices = ("float32", "mixed_bfloat16")
    command.add_argument("--precision", choices=choices, default=choices[0])
    what = "this fold alone; the number of folds stands for the network that ships"
    command.add_argument("--only", type=int, metavar="N", help=what)
    what = (
        "train each network by several machines at once, data-parallel by Keras on JAX: HOST:PORT "
        "of the first one, or local: all GPUs of this machine"
    )
    command.add_argument("--distribute", type=address, metavar="HOST:PORT", help=what)
    what = "how many machines give this command, with --distribute HOST:PORT"
    command.add_argument("--processes", type=count, default=1, metavar="N", help=what)
    what = "which of them this is: 0 (at HOST) to N - 1"
    command.add_argument("--process", type=int, default=0, metavar="K", help=what)
    what = "how long they wait for each other, also for one that was lost (default 600)"
    command.add_argument("--wait", type=count, default=600, metavar="SECONDS", help=what)
    hidden = argparse.SUPPRESS
    command.add_argument("--worker", type=int, nargs=2, metavar=("PID", "FD"), help=hidden)


def _bundle(command: argparse.ArgumentParser) -> None:
    _recipe(command)
    command.add_argument("--species", type=Path, default=BUNDLE / "species.yaml", metavar="YAML")
    command.add_argument("--out", type=Path, default=BUNDLE, metavar="FOLDER")
    command.add_argument("--looks", type=Path, default=LOOKS, metavar="CSV")


def _pace(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bundle", type=Path, default=BUNDLE, metavar="FOLDER")
    command.add_argument("--trunk", default="lite2", help="what it is timed beside")
    command.add_argument("--side", type=int, default=300, metavar="PX")
    command.add_argument("--runs", type=int, default=50)
    command.add_argument("--threads", type=int, default=1)
