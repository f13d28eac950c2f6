"""Verdicts, a status and a hello as the service sends them, made by the code that makes those."""

from typing import Any, Dict, Optional

from plantd import verdict as decisions
from plantd import wire
from plantd.bundle.naming import naming_of
from plantd.bundle.species import LookAlike, Species, Taxon
from plantd.button.interface import ButtonStatus
from plantd.camera.interface import CameraStatus
from plantd.heads import Candidate, Prediction
from plantd.health.states import State
from plantd.quality import Quality
from plantd.sinks.log import LogStatus
from plantd.sinks.recording.state import RecordStatus
from plantd.telemetry.disk import Disk
from plantd.telemetry.interface import DEGRADED, OK, SourceState
from plantd.telemetry.latencies import Latencies, VerdictCounts
from plantd.telemetry.processes import ProcessMemory
from plantd.telemetry.status import (
    EngineStatus,
    ModelFacts,
    ServiceFacts,
    StatusSources,
    status_json,
)
from plantd.telemetry.tegrastats_line import readings_from_line
from plantd.verdict import Decision, Guarantee, Thresholds
from support.tegrastats_samples import SAMPLES

Json = Dict[str, Any]

THRESHOLDS = Thresholds(
    *(0.5, 0.5, 0.1, 0.1, 0.6, 4.5),
    standout=3.5,
    no_plant=0.5,
    another_plant=0.4,
    poison_no_plant=0.9,
)
MOMENT = wire.Moment("7f0c6c8e-2d43-4b0e-9f0a-0a7f5a6d1c11", 8123.204, "2026-06-01T10:12:03Z", True)
LOG = LogStatus(
    False,
    "the log /var/log/plantd/plantd.ndjson takes no more lines: Read-only file system; mount it "
    "read-write, and let the service's user write there",
    "/var/log/plantd/plantd.ndjson",
    17,
)
GOOD = Quality(1280, 720, 212.4, 118.0, 0.01, 0.0, 51.3)
DARK = Quality(1280, 720, 3.1, 9.0, 0.97, 0.0, 4.2)
# No plant, another one, and the least of a burst for no plant.
BACKGROUND = (0.01, 0.02, 0.01)
POISONOUS = Prediction(
    0.97,
    (
        Candidate("lily_of_the_valley", 0.91, True),
        Candidate("Wild_Leek", 0.05, False),
        Candidate("foxglove", 0.02, True),
    ),
    0.94,
    9.5,
    4.2,
    *BACKGROUND,
)
EDIBLE = Prediction(
    0.02,
    (Candidate("Wild_Leek", 0.93, False), Candidate("lily_of_the_valley", 0.04, True)),
    0.05,
    9.1,
    4.1,
    *BACKGROUND,
)
UNCLEAR = Prediction(
    0.41,
    (Candidate("Wild_Leek", 0.38, False), Candidate("lily_of_the_valley", 0.31, True)),
    0.31,
    6.0,
    3.6,
    *BACKGROUND,
)
UNKNOWN = EDIBLE._replace(energy=1.25)
HIDDEN = POISONOUS._replace(poison_p=0.2)
TORN = EDIBLE._replace(poisonous_mass=0.3)
WALL = EDIBLE._replace(poison_p=0.6, no_plant_p=0.83, no_plant_least_p=0.83)
DAFFODIL = EDIBLE._replace(another_plant_p=0.61)
STRANGER = HIDDEN._replace(poison_p=0.97, another_plant_p=0.93)
CARROT = EDIBLE._replace(species=(Candidate("Queen_Annes_Lace", 0.97, False),), deadly=True)
MALLOW = EDIBLE._replace(
    species=(Candidate("Mallow", 0.51, False), Candidate("Vervain_Mallow", 0.42, False))
)
LOOK_ALIKES = ("lily of the valley", "false hellebore")
CAUTION = "Wild leek smells of garlic when a leaf is crushed; lily of the valley does not."


NAMES = {
    "lily_of_the_valley": "Lily of the valley",
    "foxglove": "Foxglove",
    "Wild_Leek": "Wild leek",
    "Queen_Annes_Lace": "Queen Anne's lace",
    "Mallow": "Common mallow",
    "Vervain_Mallow": "Vervain mallow",
}
DEADLY = (
    LookAlike("poison hemlock (Conium maculatum)", "Purple blotches on a hairless stem."),
    LookAlike("water hemlock (Cicuta)", "A chambered root."),
)


def _facts(label: str, name: str) -> Species:
    return Species(
        label,
        "Planta",
        label in ("lily_of_the_valley", "foxglove"),
        False,
        "",
        CAUTION,
        tuple(LookAlike(each, "x") for each in LOOK_ALIKES),
        (),
        name,
        genus=Taxon("Malva", "a mallow") if "Mallow" in label else None,
        deadly_look_alikes=DEADLY if label == "Queen_Annes_Lace" else (),
    )


FACTS = {label: _facts(label, name) for label, name in NAMES.items()}


def verdict(
    seq: int,
    prediction: Optional[Prediction] = POISONOUS,
    quality: Quality = GOOD,
    calibrated: bool = True,
    edible: bool = True,
    **more: Any,
) -> Json:
    """Return a verdict as JSON; what decides is the real decision."""
    decision: Decision = (
        decisions.engine_fault()
        if prediction is None
        else decisions.decide(prediction, quality, THRESHOLDS, edible)
    )
    made = wire.Verdict(
        seq=seq,
        moment=MOMENT,
        trigger="button",
        frame=wire.FrameFacts(quality=quality, id=88123, age_ms=41.0),
        decision=decision,
        prediction=prediction,
        model="plants70 1.0.0",
        calibrated=calibrated,
        engine=wire.EngineFacts("tensorrt", "fp16", "sha256:0123456789abcdef"),
        latency_ms=(("frame", 62.0), ("tensor", 2.1), ("infer", 27.3), ("total", 96.8)),
        thresholds=THRESHOLDS,
        **naming_of(decision, prediction, FACTS, THRESHOLDS)._asdict(),
    )
    return wire.json_from_verdict(made._replace(**more))


def model(**more: Any) -> Json:
    """Return the model of GET /v1/hello, as far as the command line uses it."""
    species = (("lily_of_the_valley", True), ("Wild_Leek", False), ("foxglove", True))
    return {
        "name": "plants70",
        "version": "1.0.0",
        "path": "/var/lib/plantd/models/active",
        "calibrated": False,
        "guarantee": None,
        "thresholds": {**THRESHOLDS._asdict(), "quality": THRESHOLDS.quality._asdict()},
        "species": [{"label": label, "poisonous": poisonous} for label, poisonous in species],
        **more,
    }


def _counts() -> Dict[str, int]:
    counts = VerdictCounts()
    counts.begin_with({"poisonous": 38, "edible": 60, "unsure": 20})
    for answer in ("poisonous", "poisonous", "edible", "unsure", "unsure"):
        counts.add(answer)
    return counts.json()


def status(calibrated: bool = True) -> Json:
    """Return a full status of a TX2."""
    latencies = Latencies()
    for press in range(1, 201):
        stages = ("frame", 60 + press / 10), ("tensor", 2.0), ("infer", 27 + press / 100)
        latencies.add((*stages, ("total", 90 + press / 8)))
    return status_json(
        StatusSources(
            ServiceFacts(
                "DEGRADED",
                LOG.detail,
                8123.2,
                "0.1.0",
                4711,
                "/etc/plantd/plantd.yaml",
                ("log: " + LOG.detail,),
            ),
            camera=CameraStatus(
                State.HEALTHY, "csi://0", "", 1280, 720, 29.97, 241000, 1, 4712, "x"
            ),
            button=ButtonStatus(True, "gpiochip", "tegra-gpio line 161", "", 12),
            light="ready",
            model=ModelFacts(
                "plants70",
                "1.0.0",
                70,
                calibrated,
                Guarantee(0.01, 900, 0.0033, 0.95, "x") if calibrated else None,
            ),
            engine=EngineStatus(
                "tensorrt", "fp16", "sha256:0123456789abcdef01234567", "8.2.1", 912.4, 27.98, 431.0
            ),
            latencies=latencies.percentiles(),
            verdicts=_counts(),
            record=RecordStatus(
                "ok", "", "/var/lib/plantd/record.sqlite", 1042, 0, 123, 0, 33030144, 204800, 2**33
            ).to_json(),
            log=LOG.to_json(),
            processes=[
                ProcessMemory("service", 4711, 612.4, 590.1, 14, 41),
                ProcessMemory("camera", 4712, 88.0, None, 9, None),
            ],
            readings=readings_from_line(SAMPLES["tx2"])._replace(
                power_mode="MAXN", throttling=("cpu-balanced",)
            ),
            telemetry=SourceState("tegrastats", OK)
            if calibrated
            else SourceState("jtop", DEGRADED, "the jtop service has stopped"),
            disks=[
                Disk("state", "/var/lib/plantd", 28000, 12000, 4.0, False, 1),
                Disk("log", "/var/log/plantd", 512, 100, None, True, 2),
            ],
        )
    )
