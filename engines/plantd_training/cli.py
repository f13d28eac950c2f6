"""plantd-train: pictures, augmentation, fit, compare, evaluate, freeze, and the default bundle."""

import argparse
import logging
import shlex
import sys
from pathlib import Path
from typing import List, Optional

from plantd.errors import EX_OK, PlantdError

HERE = Path(__file__).resolve().parent
RECIPE = HERE / "recipes" / "plants70.yaml"
BUNDLE = HERE.parent / "bundles" / "plants70"
LOOKS = HERE / "recipes" / "plants70-looks.csv"


def main(arguments: Optional[List[str]] = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        options.run(options)
    except PlantdError as error:
        print("plantd-train: {}".format(error), file=sys.stderr)
        return error.exit_code
    return EX_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plantd-train", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_bundle(commands)
    return parser


def _add_bundle(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bundle", help="photographs to a model bundle")
    command.add_argument("--data", type=Path, required=True, help="folder of the photographs")
    command.add_argument("--recipe", type=Path, default=RECIPE)
    command.add_argument("--species", type=Path, default=BUNDLE / "species.yaml")
    command.add_argument("--out", type=Path, default=BUNDLE)
    command.add_argument("--cache", type=Path, default=Path("build/features"))
    command.add_argument("--looks", type=Path, default=LOOKS, help="list of looks at test")
    command.set_defaults(run=_bundle)


def _bundle(options: argparse.Namespace) -> None:
    from plantd_training.bundling import Places, make
    from plantd_training.recipe import read_recipe

    command = "plantd-train bundle --data {}".format(shlex.quote(str(options.data)))
    if options.recipe != RECIPE:
        command += " --recipe {}".format(shlex.quote(str(options.recipe)))
    places = Places(options.data, options.species, options.out, options.cache, options.looks)
    manifest = make(read_recipe(options.recipe), places, command)
    print("{}: {}".format(options.out, manifest.title))
    for name, value in manifest.metrics.items():
        print("  {} {}".format(name, value))


if __name__ == "__main__":
    sys.exit(main())
