"""What answers of the API look like, as JSON Schema (2020-12, as OpenAPI 3.1 has it). Pure.

How this works: an object lists the keys that are always there; tests/unit/plantd/api/
test_description.py holds the lists to verdicts, status and hello that the service really makes.
"""

from typing import Any, Dict, Sequence

from plantd.answers import ANSWERS, Rule
from plantd.api.query import MAX_SEQ
from plantd.api.stick_news import STATES, TOLD
from plantd.place.regions import REGIONS

Json = Dict[str, Any]

STRING: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
INTEGER: Json = {"type": "integer"}
BOOLEAN: Json = {"type": "boolean"}
OBJECT: Json = {"type": "object"}
PROBABILITY: Json = {"type": "number", "minimum": 0, "maximum": 1}
SEQ: Json = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}
SCHEMA_1: Json = {"const": 1}
_MONTH: Json = {"type": "integer", "minimum": 1, "maximum": 12}


def nullable(schema: Json) -> Json:
    """Return a schema that takes null as well."""
    return {"anyOf": [schema, {"type": "null"}]}


def array_of(schema: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def one_of(values: Sequence[str]) -> Json:
    """Return the schema of a word out of a list."""
    return {"type": "string", "enum": list(values)}


def object_of(keys: Json, sometimes: Sequence[str] = ()) -> Json:
    """Return the schema of an object; all keys but those of `sometimes` are always there."""
    required = [name for name in keys if name not in sometimes]
    return {"type": "object", "properties": keys, "required": required}


def ref(name: str) -> Json:
    """Return a reference to one of SCHEMAS."""
    return {"$ref": "#/components/schemas/" + name}


_WHEN = {
    "boot_id": STRING,
    "mono_s": NUMBER,
    "wall": STRING,
    "clock": one_of(["synchronised", "unsynchronised"]),
}
_SPECIES = object_of(
    {"label": STRING, "name": STRING, "p": nullable(PROBABILITY), "poisonous": BOOLEAN}
)
_FRAME = object_of(
    {
        "id": nullable(INTEGER),
        "age_ms": nullable(NUMBER),
        "after_press_ms": nullable(NUMBER),
        "burst": INTEGER,
        "width": INTEGER,
        "height": INTEGER,
        "sharpness": nullable(NUMBER),
        "brightness": nullable(NUMBER),
        "contrast": nullable(NUMBER),
        "dark_share": nullable(NUMBER),
        "bright_share": nullable(NUMBER),
        "flat_share": nullable(NUMBER),
        "evenness": nullable(NUMBER),
    }
)
_GROUP = object_of(
    {
        "words": STRING,
        "rank": STRING,
        "scientific_name": STRING,
        "p": nullable(PROBABILITY),
        "has_poisonous": BOOLEAN,
    }
)
_LABEL = object_of(
    {"label": STRING, "poisonous": nullable(BOOLEAN), "by": STRING, "wall": STRING, "clock": STRING}
)
# Of a recorded verdict alone: what became of its pictures, what a person said, where they lie.
VERDICT_SOMETIMES = ("pictures", "label", "picture_path")
_VERDICT_KEYS: Json = {
    "schema": SCHEMA_1,
    "type": {"const": "verdict"},
    "seq": SEQ,
    **_WHEN,
    "trigger": one_of(["button", "api", "classify"]),
    "frame": nullable(_FRAME),
    "verdict": one_of(ANSWERS),
    "rule": one_of([rule.value for rule in Rule]),
    "sentence": STRING,
    "reasons": array_of(STRING),
    "picture_faults": array_of(STRING),
    "advice": array_of(STRING),
    "poison": object_of({"p": nullable(PROBABILITY)}),
    "poisonous_mass": nullable(NUMBER),
    "energy": nullable(NUMBER),
    "standout": nullable(NUMBER),
    "no_plant": nullable(PROBABILITY),
    "no_plant_least": nullable(PROBABILITY),
    "another_plant": nullable(PROBABILITY),
    "species": array_of(_SPECIES),
    "nearest": array_of(_SPECIES),
    "group": nullable(_GROUP),
    "look_alikes": array_of(STRING),
    "deadly_look_alikes": array_of(object_of({"name": STRING, "tell_apart": STRING})),
    "caution": STRING,
    "model": STRING,
    "calibrated": BOOLEAN,
    "engine": nullable(object_of({"backend": STRING, "precision": STRING, "plan": STRING})),
    "latency_ms": {"type": "object", "additionalProperties": NUMBER},
    "recorded": BOOLEAN,
    "thresholds": nullable(OBJECT),
    "place": nullable(object_of({"regions": array_of(one_of(REGIONS)), "month": nullable(_MONTH)})),
    "pictures": STRING,
    "label": nullable(_LABEL),
    "picture_path": nullable(STRING),
}
_BOX = object_of({"name": STRING, "id": STRING})
_MODELS = object_of(
    {"active": nullable(STRING), "previous": nullable(STRING), "installed": array_of(OBJECT)}
)
STICK = object_of({"state": one_of(STATES), "name": STRING, "detail": STRING})
STICK_TOLD = object_of({"state": one_of(TOLD), "name": STRING, "detail": STRING})

SCHEMAS: Json = {
    "Error": object_of(
        {"schema": SCHEMA_1, "error": object_of({"code": STRING, "message": STRING})}
    ),
    "Verdict": object_of(_VERDICT_KEYS, VERDICT_SOMETIMES),
    "Verdicts": object_of({"schema": SCHEMA_1, "verdicts": array_of(ref("Verdict"))}),
    "Label": object_of({"schema": SCHEMA_1, "seq": SEQ, "label": _LABEL}),
    "Hello": object_of(
        {
            "schema": SCHEMA_1,
            "name": {"const": "plantd"},
            "version": STRING,
            "box": _BOX,
            "model": nullable(OBJECT),
            "models": nullable(OBJECT),
            "engine": nullable(OBJECT),
        }
    ),
    "Status": object_of(
        {
            "schema": SCHEMA_1,
            "box": nullable(_BOX),
            "service": OBJECT,
            "camera": nullable(OBJECT),
            "button": nullable(OBJECT),
            "light": STRING,
            "model": nullable(OBJECT),
            "models": nullable(OBJECT),
            "trial": nullable(OBJECT),
            "update": nullable(OBJECT),
            "stick": nullable(STICK),
            "edible": BOOLEAN,
            "place": nullable(OBJECT),
            "engine": nullable(OBJECT),
            "latency_ms": OBJECT,
            "verdicts": nullable(OBJECT),
            "record": nullable(OBJECT),
            "log": nullable(OBJECT),
            "notifiers": array_of(OBJECT),
            "processes": array_of(OBJECT),
            "device": OBJECT,
            "disk": array_of(OBJECT),
        }
    ),
    "Health": object_of(
        {
            "schema": SCHEMA_1,
            "state": one_of(["ok", "warning", "failed"]),
            "checks": array_of(
                object_of(
                    {
                        "id": STRING,
                        "state": one_of(["ok", "warning", "failed"]),
                        "detail": STRING,
                        "remedy": STRING,
                    }
                )
            ),
        }
    ),
    "Models": _MODELS,
    "Stick": object_of({"schema": SCHEMA_1, "stick": STICK}),
}
