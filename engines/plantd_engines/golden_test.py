"""Is it right? The engine, as it is loaded, against the bundle's golden outputs."""

import time
from typing import Callable, Dict

import numpy as np

from plantd import heads
from plantd.bundle import Bundle
from plantd.engine.interface import Engine
from plantd.engine.self_test import self_test


def prove(
    bundle: Bundle, engine: Engine, monotonic: Callable[[], float] = time.monotonic
) -> Dict[str, float]:
    """Open the engine, test it and return the figures; it is closed afterwards.

    Returns pictures, poison_max and species_max (largest difference of a probability from the
    reference), load_ms and first_ms.

    Raises BundleError when an answer differs by more than the precision allows; PlanError or
    EngineError when the engine does not load or fails.
    """
    started_at = monotonic()
    with engine:
        loaded_at = monotonic()
        engine.infer(np.zeros(engine.input_shape, np.float32))
        answered_at = monotonic()
        self_test(bundle, engine)
        figures = _differences(bundle, engine)
    figures["load_ms"] = round((loaded_at - started_at) * 1000.0, 2)
    figures["first_ms"] = round((answered_at - loaded_at) * 1000.0, 2)
    return figures


def _differences(bundle: Bundle, engine: Engine) -> Dict[str, float]:
    golden, manifest = bundle.golden, bundle.manifest
    worst = {"poison_max": 0.0, "species_max": 0.0}
    for index in range(len(golden.tensors)):
        seen = engine.infer(golden.tensors[index : index + 1])
        for name, values, reference, head in (
            ("poison_max", seen.poison, golden.poison[index], manifest.poison),
            ("species_max", seen.species, golden.species[index], manifest.species),
        ):
            difference = heads.probabilities(values, head) - heads.probabilities(reference, head)
            worst[name] = max(worst[name], float(np.max(np.abs(difference))))
    return dict(worst, pictures=float(len(golden.tensors)))
