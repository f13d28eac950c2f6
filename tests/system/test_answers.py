"""Every rule in words, as who stands before the box reads it: plantd-cli classify and others."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest
from running import RunningService
from support import every_answer
from support.picture_bytes import encode_png

pytestmark = pytest.mark.gstreamer


def told(service, *arguments: str) -> str:
    """Return what plantd-cli prints, each line's ends taken off, as one text."""
    done = subprocess.run(
        [sys.executable, "-m", "plantd.cli", *arguments, "--socket", service.socket_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def sections_of(directory: str, **more):
    return {
        "camera": {"source": "file://" + directory + "/edible.png", "fps": 20},
        "model": {"bundle": directory + "/model"},
        "engine": {"backend": "fake"},
        **more,
    }


def reload(service, more) -> None:
    """Let SIGHUP take another configuration; return once the service says that it has."""
    service.configure(sections_of(service.directory, **more))
    os.kill(service.pid, signal.SIGHUP)
    service.wait_for("RELOADING=1", 30)
    service.wait_for("READY=1", 30)


@pytest.fixture(scope="module")
def service():
    directory = tempfile.mkdtemp(prefix="plantd-", dir="/tmp")
    for name in every_answer.SCENES:
        with open("{}/{}.png".format(directory, name), "wb") as target:
            target.write(encode_png(every_answer.picture_of(name)))
    every_answer.make(directory + "/model")
    made = RunningService(directory, sections_of(directory))
    made.start()
    yield made
    made.close()
    shutil.rmtree(directory)


@pytest.fixture
def classified(service):
    def text(name: str) -> str:
        return told(service, "classify", "{}/{}.png".format(service.directory, name))

    return text


NEVER_NAMED = ("looks like", "look-alikes", "caution", "Clover", "hemlock")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("edible", "edible species by its looks: check every look-alike below looks like 0.95"),
        ("edible", "look-alikes poison hemlock"),
        ("poisonous", "POISONOUS: do not eat it, do not taste it looks like 0.95 Hemlock (poison"),
        (
            "stranger",
            "do not touch it with bare hands (a plant that this box does not know) heads poison",
        ),
        ("no_plant", "UNSURE: no plant in the picture: point at one plant heads poison head 0.70"),
        ("another_plant", "UNSURE: a plant that this box does not know. Treat it as poisonous"),
        (
            "deadly",
            (
                "UNSURE: looks like Wild carrot, but it may be poison hemlock or water hemlock, "
                "which can kill or maim: a photograph cannot decide. Treat it as poisonous"
            ),
        ),
        ("deadly", "may be poison hemlock (Conium): Its stem is hairless."),
        ("group", "UNSURE: a mallow; which one is unclear. Treat it as poisonous"),
        ("heads_disagree", "UNSURE: the two heads disagree. Treat it as poisonous"),
        ("poor", "UNSURE: the picture is too dark: press again, with more light"),
    ],
)
def test_each_answer_is_said_in_words_that_fit_it(classified, name, words):
    assert words in classified(name)


@pytest.mark.parametrize("name", ["stranger", "no_plant", "another_plant"])
def test_what_is_none_of_the_known_plants_gets_no_name_caution_or_look_alike(classified, name):
    text = classified(name)
    assert not [word for word in NEVER_NAMED if word in text]


def test_nothing_of_it_ever_says_that_a_plant_may_be_eaten(classified):
    text = " ".join(classified(name) for name in every_answer.SCENES).lower()
    for words in ("safe", "can eat", "may eat", "can be eaten", "good to eat", "harmless"):
        assert words not in text


@pytest.mark.parametrize(
    ("name", "rule", "words"),
    [
        ("no_plant", "no_plant", "a warning without a plant needs 0.900 from one of the heads"),
        ("another_plant", "another_plant", "from 0.400 on nothing is called edible"),
        ("deadly", "deadly_look_alike", "In the hand: poison hemlock (Conium): Its stem is hair"),
        ("stranger", "poison_head", "Which plant it is, it does not know"),
    ],
)
def test_show_and_explain_have_words_for_it(service, name, rule, words):
    with open("{}/{}.png".format(service.directory, name), "rb") as source:
        verdict = service.client.post_bytes("/v1/classify", source.read())
    assert verdict["rule"] == rule
    shown = told(service, "show", str(verdict["seq"]))
    assert "rule " + rule in shown
    explained = told(service, "explain", str(verdict["seq"]))
    assert words in explained
    assert "(unknown)" not in explained


def test_the_history_has_no_species_of_what_shows_none(service, classified):
    for name in ("no_plant", "another_plant", "edible"):
        classified(name)
    text = told(service, "history", "--limit", "3")
    assert "UNSURE ? no plant - classify" in text
    assert "UNSURE ? another plant - classify" in text
    assert "edible Clover 0.95 classify" in text


def test_the_journal_names_no_plant_that_is_not_there(service, classified):
    classified("another_plant")
    line = service.journal().splitlines()[-1]
    assert "by classify: unsure (another_plant), nothing it knows, poison 0.05" in line
    classified("deadly")
    line = service.journal().splitlines()[-1]
    assert "by classify: unsure (deadly_look_alike), Wild carrot 0.97" in line


def test_the_json_keeps_the_nearest_apart_from_what_it_shows(service):
    path = service.directory + "/no_plant.png"
    verdict = json.loads(told(service, "classify", path, "--json"))
    assert verdict["species"] == []
    assert verdict["nearest"][0]["label"] in every_answer.PLANTS
    assert verdict["sentence"] == "No plant in the picture: point at one plant."
    assert verdict["no_plant"] == pytest.approx(0.9, abs=1e-4)


def test_status_and_explain_say_what_is_promised_and_of_whom(service, classified):
    promise = (
        "At most 0.7 % of poisonous plants that it does not know called edible: 2 of 894 "
        "photographs in 271 independent groups, 95 % confidence, fp32."
    )
    assert promise in told(service, "status")
    classified("edible")
    newest = json.loads(told(service, "history", "--limit", "1", "--json"))
    assert promise in told(service, "explain", str(newest["seq"]))


def test_a_strange_picture_replays_without_a_difference(service):
    with open(service.directory + "/no_plant.png", "rb") as source:
        seq = service.client.post_bytes("/v1/classify", source.read())["seq"]
    text = told(service, "replay", str(seq), "--config", service.config_path)
    assert text.endswith("nothing differs")


def test_a_plant_that_does_not_grow_where_the_box_stands_is_unsure(service, classified):
    """And the warning beside it stays what it is; the record's own place decides in a replay."""
    position = {"latitude": 47.37412, "longitude": 8.54123}
    reload(service, {"place": position})
    words = "UNSURE: looks like Clover, but that is not known to grow in this part of the world"
    assert words in classified("edible")
    assert "POISONOUS: do not eat it" in classified("poisonous")
    assert "place Europe, as configured" in told(service, "status")
    with open(service.directory + "/edible.png", "rb") as source:
        seq = service.client.post_bytes("/v1/classify", source.read())["seq"]
    assert "knows no place in Europe where it grows" in told(service, "explain", str(seq))
    reload(service, {})
    assert "edible species by its looks" in classified("edible")
    replayed = told(service, "replay", str(seq), "--config", service.config_path)
    assert replayed.endswith("nothing differs")
    assert written(service, *position.values()) == []


def written(service, *numbers: float) -> "list[str]":
    """Return the files of the service, its journal and its answers among them, that hold one."""
    spoken = {"journal": service.journal(), "status": told(service, "status", "--json")}
    for folder, _, names in os.walk(service.directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and path != service.config_path:
                with open(path, "rb") as source:
                    spoken[path] = source.read().decode("latin-1")
    return [where for where, text in spoken.items() if any(str(each) in text for each in numbers)]


def test_an_owner_switches_edible_off_by_a_reload_and_on_again(service, classified):
    for switch, words in (
        (False, "UNSURE: looks like Clover. This box only warns and names: nothing is called ed"),
        (True, "edible species by its looks"),
    ):
        reload(service, {"verdict": {"edible": switch}})
        assert words in classified("edible")
        off = "nothing is called edible: verdict.edible is off" in told(service, "status")
        assert off is not switch
