"""A bundle proven in a child: `python3 -m plantd.models.self_test_child check|prove BUNDLE`.

`check` reads the bundle: hashes, labels, shapes. `prove` also opens the configured engine and
compares it with the golden outputs. Whatever a broken graph or a driver does to this process, the
service goes on. The last line on standard output is one JSON object: the facts, or the error.
"""

import argparse
import json
import sys
from typing import Any, Dict, Optional, Sequence

from plantd import bundle
from plantd.config import file
from plantd.errors import EX_OK, PlantdError
from plantd.inference import loader


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Do what is asked; return the exit code of the error, or 0."""
    parser = argparse.ArgumentParser(
        prog="python3 -m plantd.models.self_test_child", description=__doc__
    )
    parser.add_argument("act", choices=("check", "prove"))
    parser.add_argument("bundle")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args(argv)
    try:
        answer = _facts(asked.act, asked.bundle, asked.set)
    except PlantdError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        return error.exit_code
    sys.stdout.write(json.dumps(answer) + "\n")
    return EX_OK


def _facts(act: str, path: str, settings: Sequence[str]) -> Dict[str, Any]:
    if act == "check":
        loaded_bundle = bundle.load(path)
        manifest, known = loaded_bundle.manifest, loaded_bundle.species.values()
        return {
            "name": manifest.name,
            "version": manifest.version,
            "created": manifest.created,
            "calibrated": manifest.calibrated,
            "graph": manifest.files[bundle.MODEL],
            "placed": sum(bool(each.regions) for each in known),
            "seasonal": sum(bool(each.months) for each in known),
        }
    config = file.load(None, settings).config
    loaded = loader.load(path, config.engine, engines_path=config.engines_path)
    manifest, info = loaded.bundle.manifest, dict(loaded.engine.info._asdict())
    loaded.engine.close()
    return {"name": manifest.name, "version": manifest.version, "engine": info}


if __name__ == "__main__":
    sys.exit(main())
