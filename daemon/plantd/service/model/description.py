"""How the API describes the bundle that answers. Pure."""

from typing import Any, Dict

from plantd.bundle import Bundle
from plantd.telemetry.status import ModelFacts


def model_facts(bundle: Bundle) -> ModelFacts:
    """Return what the status says of it."""
    manifest = bundle.manifest
    return ModelFacts(
        manifest.name,
        manifest.version,
        len(manifest.species.plants),
        manifest.calibrated,
        manifest.guarantee,
        manifest.guarantees,
    )


def json_from_model(bundle: Bundle) -> Dict[str, Any]:
    """Return what /v1/hello says of it: enough to explain its verdicts."""
    manifest = bundle.manifest
    thresholds = dict(manifest.thresholds._asdict())
    thresholds["quality"] = dict(manifest.thresholds.quality._asdict())
    return {
        "name": manifest.name,
        "version": manifest.version,
        "created": manifest.created,
        "path": bundle.path,
        "calibrated": manifest.calibrated,
        "guarantee": dict(manifest.guarantee._asdict()) if manifest.guarantee else None,
        "guarantees": [dict(each._asdict()) for each in manifest.guarantees],
        "input": dict(manifest.input._asdict()),
        "thresholds": thresholds,
        "poison_labels": list(manifest.poison.labels),
        "species": [
            {
                "label": label,
                "name": bundle.species[label].name,
                "scientific_name": bundle.species[label].scientific_name,
                "poisonous": bad,
                "deadly_look_alikes": [
                    each.name for each in bundle.species[label].deadly_look_alikes
                ],
                "tell_apart": {
                    each.name: each.tell_apart
                    for each in bundle.species[label].look_alikes
                    + bundle.species[label].deadly_look_alikes
                },
            }
            for label, bad in zip(bundle.species_head.labels, bundle.species_head.poisonous)
            if label in bundle.species
        ],
    }
