"""From a bundle on the disk to an engine that has proven itself and is warm.

Runs in the inference thread. Nothing is answered by a bundle or an engine that fails its self-test.
"""

import time
from typing import Callable, NamedTuple, Optional

import numpy as np

from plantd import bundle as bundles
from plantd.bundle import Bundle
from plantd.config import EngineConfig
from plantd.engine.interface import Engine
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import self_test
from plantd.errors import EngineError, PlantdError
from plantd.messages import first_line
from plantd.telemetry.processes import MemoryFall

WARM_UPS = 5


class LoadedModel(NamedTuple):
    """A model that may answer.

    Attributes:
        load_ms: what opening the engine took.
        first_ms: the first inference after that; steady_ms: the median of those that followed.
        memory_mb: by how much the kernel's MemAvailable fell: an estimate; None if unknown.
    """

    bundle: Bundle
    engine: Engine
    load_ms: float
    first_ms: float
    steady_ms: float
    memory_mb: Optional[float]


def load(
    path: str,
    config: EngineConfig,
    monotonic: Callable[[], float] = time.monotonic,
    engines_path: str = "",
) -> LoadedModel:
    """Return the bundle at `path` with its engine opened, proven on the golden pictures and warm.

    Args:
        engines_path: tensorrt: where the plans lie.

    Raises BundleError, PlanError or EngineError; then nothing is left open.
    """
    with MemoryFall() as fall:
        bundle = bundles.load(path)
        engine = engine_from_config(config, bundle, engines_path)
        try:
            load_ms = _time(engine.open, monotonic)
            tensor = np.zeros(engine.input_shape, np.float32)
            times = [_time(lambda: engine.infer(tensor), monotonic) for _ in range(1 + WARM_UPS)]
            self_test(bundle, engine)
        except PlantdError:
            engine.close()
            raise
        except Exception as error:  # foreign numbers through a library: whatever it raises
            engine.close()
            raise EngineError(
                "model bundle {}: the engine cannot run it ({}); install it again".format(
                    path, first_line(error)
                )
            ) from error
    return LoadedModel(bundle, engine, load_ms, times[0], float(np.median(times[1:])), fall.mb)


def _time(call: Callable[[], object], monotonic: Callable[[], float]) -> float:
    """Return how many milliseconds a call took."""
    started_at = monotonic()
    call()
    return (monotonic() - started_at) * 1000.0
