"""How long one engine takes on this machine; a program of its own, for it may die in a driver.

usage: python3 -m plantd.support.board_timing BUNDLE BACKEND ENGINES
prints one JSON object on its last line; or a sentence on standard error, with the error's code.
"""

import json
import sys
import time
from typing import Any, Callable, Dict, List, Sequence

from plantd.errors import EX_OK, PlantdError

WARM_UP = 5
RUNS = 50


def timing(
    path: str,
    backend: str,
    engines_path: str,
    runs: int = RUNS,
    clock: Callable[[], float] = time.monotonic,
) -> Dict[str, Any]:
    """Return what the engine is and its times in ms: opening, first inference, steady ones.

    Raises BundleError, EngineError or PlanError.
    """
    # OpenCV first, as in the service: imported late it may find no room (opencv #14884).
    from plantd import bundle as bundles
    from plantd.config import EngineConfig
    from plantd.engine.registry import engine_from_config

    model = bundles.load(path)
    tensor = model.golden.tensors[:1]
    engine = engine_from_config(EngineConfig(backend=backend), model, engines_path)
    marks = [clock()]
    with engine:
        marks.append(clock())
        for _ in range(1 + WARM_UP + runs):
            engine.infer(tensor)
            marks.append(clock())
        info = dict(engine.info._asdict())
    spent = [1000.0 * (after - before) for before, after in zip(marks, marks[1:])]
    return dict(
        info,
        model=model.manifest.title,
        runs=runs,
        open_ms=round(spent[0], 2),
        first_ms=round(spent[1], 2),
        **percentiles(spent[2 + WARM_UP :]),
    )


def percentiles(spent_ms: List[float]) -> Dict[str, float]:
    """Return median and 95th percentile, each a time that was measured (nearest rank)."""
    ordered = sorted(spent_ms)
    ranks = {"median_ms": 50, "p95_ms": 95}
    return {
        name: round(ordered[max(0, -(-rank * len(ordered) // 100) - 1)], 2)
        for name, rank in ranks.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Print the times."""
    try:
        bundle, backend, engines = arguments
        found = timing(bundle, backend, engines)
    except PlantdError as error:
        sys.stderr.write("{}\n".format(" ".join(str(error).split())))
        return error.exit_code
    sys.stdout.write("\n" + json.dumps(found, sort_keys=True) + "\n")
    return EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
