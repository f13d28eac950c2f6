"""Plans for tests: built in this process by the product's own build code, kept in a real store."""

import os
from typing import Any

from plantd.bundle import Bundle
from plantd.engine.machine import Machine, machine_from_modules
from plantd.engine.plan import Plan, PlanKey
from plantd_engines.network import BuildOptions, plan_from_graph
from plantd_engines.store import Store, sha256_of

TX2 = Machine("8.2.1.8", "10.2", "32.7.1", "NVIDIA Tegra X2", "6.2")


def build(gpu: Any, bundle: Bundle, directory: str, precision: str = "fp32") -> Plan:
    """Build the bundle's plan into `directory`; the key is that of engine.precision `precision`."""
    machine = machine_from_modules(gpu.tensorrt, gpu.cuda)
    with open(bundle.model_path, "rb") as source:
        built = plan_from_graph(gpu.tensorrt, source.read(), BuildOptions(precision, 512))
    key = PlanKey(bundle.manifest.files["model.onnx"], machine, precision, 512)
    return keep(directory, plan_for(key, precision), built.plan)


def plan_for(key: PlanKey, precision: str = "fp16", model: str = "tiny 1.0.0") -> Plan:
    """Return a plan of which nothing is built yet."""
    return Plan(key, "", "", 0, precision, "", model, 0, 1.5, 256, {"pictures": 3.0}, {})


def keep(directory: str, plan: Plan, data: bytes) -> Plan:
    """Put a plan of those bytes into the store."""
    with Store(directory) as store:
        path = os.path.join(store.work, "built.plan")
        with open(path, "wb") as target:
            target.write(data)
        return store.keep(path, plan._replace(sha256=sha256_of(data), size_bytes=len(data)))
