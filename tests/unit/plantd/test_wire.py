"""Verdicts as they go over the socket."""

import json

import pytest

from plantd import wire, words
from plantd.answers import Rule
from plantd.heads import Candidate, Prediction
from plantd.place.surroundings import Surroundings
from plantd.quality import Quality, QualityLimits, faults
from plantd.verdict import Decision, Thresholds, engine_fault
from plantd.wire import EngineFacts, FrameFacts, Moment, Verdict

MOMENT = Moment("boot", 8123.2041, "2026-06-01T10:12:03Z", False)
QUALITY = Quality(1280, 720, 212.44, 99.96, 0.0, 0.0, 41.0, 0.25)
VERDICT = Verdict(
    seq=1042,
    moment=MOMENT,
    trigger="button",
    frame=FrameFacts(QUALITY, 88123, 41.04, 70.06),
    decision=Decision("unsure", Rule.HEADS_DISAGREE, (Rule.HEADS_DISAGREE,)),
    prediction=Prediction(
        0.412345678,
        tuple(Candidate("plant %d" % i, 0.1, i == 1) for i in range(9)),
        0.31,
        float("nan"),
        3.25,
        no_plant_p=0.01,
        no_plant_least_p=0.01,
    ),
    look_alikes=("false hellebore",),
    caution="Look at the stem.",
    model="plants70 1.0.0",
    calibrated=False,
    engine=EngineFacts("tensorrt", "fp16", "sha256:00"),
    latency_ms=(("frame", 62.0041), ("total", 96.8)),
    sentence="The two heads disagree. Treat it as poisonous.",
    names={"plant 0": "Plant 0"},
)


def test_a_verdict_has_the_documented_shape():
    assert wire.json_from_verdict(VERDICT) == {
        "schema": 1,
        "type": "verdict",
        "seq": 1042,
        "boot_id": "boot",
        "mono_s": 8123.204,
        "wall": "2026-06-01T10:12:03Z",
        "clock": "unsynchronised",
        "trigger": "button",
        "frame": {
            "id": 88123,
            "age_ms": 41.0,
            "after_press_ms": 70.1,
            "burst": 1,
            "width": 1280,
            "height": 720,
            "sharpness": 212.4,
            "brightness": 100.0,
            "contrast": 41.0,
            "dark_share": 0.0,
            "bright_share": 0.0,
            "flat_share": 0.25,
            "evenness": 1.0,
        },
        "verdict": "unsure",
        "rule": "heads_disagree",
        "sentence": "The two heads disagree. Treat it as poisonous.",
        "reasons": ["heads_disagree"],
        "picture_faults": [],
        "advice": [],
        "poison": {"p": 0.41235},
        "poisonous_mass": 0.31,
        "energy": None,
        "standout": 3.25,
        "no_plant": 0.01,
        "no_plant_least": 0.01,
        "another_plant": None,
        "species": [
            {
                "label": "plant %d" % i,
                "name": "Plant 0" if i == 0 else "plant %d" % i,
                "p": 0.1,
                "poisonous": i == 1,
            }
            for i in range(wire.TOP_SPECIES)
        ],
        "nearest": [],
        "group": None,
        "look_alikes": ["false hellebore"],
        "deadly_look_alikes": [],
        "caution": "Look at the stem.",
        "model": "plants70 1.0.0",
        "calibrated": False,
        "engine": {"backend": "tensorrt", "precision": "fp16", "plan": "sha256:00"},
        "latency_ms": {"frame": 62.0, "total": 96.8},
        "recorded": True,
        "thresholds": None,
        "place": None,
    }


def test_a_verdict_carries_the_thresholds_it_was_measured_against():
    limits = QualityLimits(side_min_px=64)
    asked = Thresholds(0.5, 0.4, 0.1, 0.2, 0.6, quality=limits, standout=3.5)
    given = wire.json_from_verdict(VERDICT._replace(thresholds=asked))["thresholds"]
    assert given["edible_poisonous_mass"] == 0.2
    assert (given["energy"], given["standout"]) == (None, 3.5)
    assert given["quality"] == limits._asdict()
    assert json.loads(json.dumps(given)) == given


def test_every_fault_of_a_picture_comes_with_advice():
    worst = Quality(1, 1, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    found = faults(worst, QualityLimits())
    given = Decision("unsure", Rule.POOR_PICTURE, (Rule.POOR_PICTURE,), found)
    advice = wire.json_from_verdict(VERDICT._replace(decision=given))["advice"]
    assert len(advice) == len(found) == 5
    assert all("press again" in line for line in advice)


def test_numbers_that_are_not_finite_are_null_and_the_text_stays_json():
    odd = VERDICT._replace(prediction=VERDICT.prediction._replace(poison_p=float("inf")))
    text = json.dumps(wire.json_from_verdict(odd), allow_nan=False)
    assert json.loads(text)["poison"] == {"p": None}


def test_species_that_the_picture_does_not_show_are_only_the_nearest():
    made = wire.json_from_verdict(VERDICT._replace(is_named=False))
    assert made["species"] == []
    assert [each["name"] for each in made["nearest"]][:2] == ["Plant 0", "plant 1"]


def test_regions_and_month_go_over_the_socket_and_nothing_else_of_the_place():
    made = wire.json_from_verdict(VERDICT._replace(around=Surroundings(("Europe",), 5)))
    assert made["place"] == {"regions": ["Europe"], "month": 5}


def test_a_group_and_deadly_look_alikes_go_over_the_socket():
    group = wire.Group("a mallow", "genus", "Malva", 0.812345678, False)
    deadly = (("poison hemlock", "Purple blotches."),)
    made = wire.json_from_verdict(VERDICT._replace(group=group, deadly_look_alikes=deadly))
    assert made["group"] == {
        "words": "a mallow",
        "rank": "genus",
        "scientific_name": "Malva",
        "p": 0.81235,
        "has_poisonous": False,
    }
    assert made["deadly_look_alikes"] == [
        {"name": "poison hemlock", "tell_apart": "Purple blotches."}
    ]


def test_a_verdict_without_engine_or_frame_is_whole():
    bare = VERDICT._replace(prediction=None, frame=None, engine=None, decision=engine_fault())
    made = wire.json_from_verdict(bare)
    assert made["species"] == []
    assert made["frame"] is None
    assert made["engine"] is None
    assert made["poison"] == {"p": None}
    assert made["reasons"] == ["engine_fault"]


def test_a_picture_that_was_sent_in_has_no_frame_id():
    sent = VERDICT._replace(frame=FrameFacts(QUALITY))
    assert wire.json_from_verdict(sent)["frame"]["id"] is None
    assert wire.json_from_verdict(sent)["frame"]["age_ms"] is None


def test_measures_of_a_picture_are_rounded_to_what_they_tell():
    fine = Quality(1280, 720, 212.4444, 99.9666, 0.123456, 0.654321, 41.2666, 0.333333, 0.777777)
    frame = wire.json_from_verdict(VERDICT._replace(frame=FrameFacts(fine)))["frame"]
    assert (frame["sharpness"], frame["brightness"], frame["contrast"]) == (212.4, 100.0, 41.3)
    assert (frame["dark_share"], frame["bright_share"]) == (0.123, 0.654)
    assert (frame["flat_share"], frame["evenness"]) == (0.333, 0.778)


def test_what_a_verdict_leaves_out_is_nothing():
    bare = Verdict(*VERDICT[:12])
    assert (bare.thresholds, bare.sentence, bare.names, bare.group) == (None, "", {}, None)


def test_state_events_name_the_part():
    made = wire.json_from_state(MOMENT._replace(synchronised=True), "camera", "FAILED", "unplugged")
    assert (made["schema"], made["type"]) == (wire.SCHEMA, "state")
    assert made["part"] == "camera"
    assert made["state"] == "FAILED"
    assert made["clock"] == "synchronised"
    assert made["detail"] == "unplugged"


def test_telemetry_events_carry_the_readings():
    made = wire.json_from_telemetry(MOMENT, {"memory": {"used_mb": 10}})
    assert (made["schema"], made["type"]) == (wire.SCHEMA, "telemetry")
    assert made["memory"] == {"used_mb": 10}
    assert made["boot_id"] == "boot"


@pytest.mark.parametrize(("p", "listed"), [(0.06, True), (0.04, False)])
def test_a_plant_that_a_warning_may_be_about_is_listed_however_many_are_likelier(p, listed):
    likelier = tuple(Candidate("plant %d" % i, 0.1, False) for i in range(7))
    species = likelier + (Candidate("hemlock", p, True), Candidate("last", 0.001, False))
    made = wire.json_from_verdict(
        VERDICT._replace(prediction=VERDICT.prediction._replace(species=species))
    )
    labels = [each["label"] for each in made["species"]]
    assert labels == ["plant %d" % i for i in range(5)] + ["hemlock"] * listed
    suspect = words.suspect_among(made["species"])
    assert (suspect or {}).get("label") == ("hemlock" if listed else None)
