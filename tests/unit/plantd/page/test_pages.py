"""What the pages show, over a real connection: every answer in words; foreign text stays text."""

import html
import re
from typing import Any, Dict, Iterator, List

import pytest
from support import answered_scenes, every_answer, wire_samples
from support.served_page import ServedPage
from support.verdict_json import JPEG, verdict_json

from plantd.api.appliance import Check
from plantd.errors import BusyError, CameraError, RecordError
from plantd.page.views import PAGE_LENGTH, SEARCHED

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
LEAVES_TO_EAT = re.compile(
    r"safe to eat|may be eaten|can be eaten|unbedenklich|kann gegessen", re.I
)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def served() -> Iterator[ServedPage]:
    with ServedPage() as page:
        yield page


def text_of(page: str) -> str:
    """Return what a person reads of the main part."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def shown(served: ServedPage, verdict: Dict[str, Any], **headers: str) -> str:
    served.appliance.recorded = [verdict]
    return text_of(served.get("/", **headers).text)


@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_answer_is_told_and_none_gives_leave_to_eat(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]], scene: str, language: str
) -> None:
    text = shown(served, scenes[scene], Accept_Language=language)
    if language == "en":
        assert scenes[scene]["sentence"] in text
    else:
        assert scenes[scene]["sentence"] not in text
    assert not LEAVES_TO_EAT.search(text)


HEADS = {"poisonous": "Poisonous", "edible": "Edible species, by its looks", "unsure": "Unsure"}


@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
def test_each_answer_has_its_words_its_colour_and_its_shape(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]], scene: str
) -> None:
    served.appliance.recorded = [scenes[scene]]
    page = served.get("/").text
    answer = scenes[scene]["verdict"]
    assert '<article class="answer answer--{}"'.format(answer) in page
    assert '<h1 id="head">{}</h1>'.format(HEADS[answer]) in page


def test_further_reasons_are_told_of_a_known_plant_alone(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    known = dict(scenes["poor"], reasons=["poor_picture", "low_confidence"])
    assert "Also: not confident enough" in shown(served, known)
    strange = dict(scenes["no_plant"], reasons=["no_plant", "low_confidence"])
    assert "not confident enough" not in shown(served, strange)


@pytest.mark.parametrize("scene", ["no_plant", "another_plant", "stranger"])
def test_what_is_none_of_the_known_plants_gets_no_species(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]], scene: str
) -> None:
    served.appliance.recorded = [scenes[scene]]
    page = served.get("/").text
    assert 'class="plants"' not in page
    assert "May be mistaken for" not in page
    before, _, details = page.partition("What it rests on")
    for entry in scenes[scene]["nearest"]:
        assert entry["name"] not in before
    assert scenes[scene]["nearest"][0]["name"] in details


@pytest.mark.parametrize(
    ("language", "place", "told"),
    [
        ("en", {"regions": ["Europe"], "month": None}, "Judged for Europe: that only raises"),
        (
            "en",
            {"regions": ["Europe", "Africa"], "month": 5},
            "Judged for Europe or Africa, northern month 5: it only raises caution.",
        ),
        (
            "de",
            {"regions": ["Europe"], "month": 5},
            "Beurteilt für Europa, Monat 5 im Norden: das mahnt nur zu mehr Vorsicht.",
        ),
        (
            "de",
            {"regions": ["Asia-Temperate", "Laurasia"]},
            "Beurteilt für Gemäßigtes Asien oder Laurasia: das mahnt nur zu mehr Vorsicht.",
        ),
    ],
)
def test_the_place_that_an_answer_was_judged_for_stands_beside_it(
    served: ServedPage,
    scenes: Dict[str, Dict[str, Any]],
    language: str,
    place: Dict[str, Any],
    told: str,
) -> None:
    verdict = dict(scenes["edible"], place=place)
    assert told in shown(served, verdict, Accept_Language=language)


def test_without_a_place_nothing_is_said_of_one(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    assert "Judged for" not in shown(served, dict(scenes["edible"], place=None))
    served.appliance.status_json = dict(wire_samples.status(), place=None)
    assert "Place" not in text_of(served.get("/box").text)


def test_the_box_names_its_regions_in_the_language_of_the_page(served: ServedPage) -> None:
    place = {"regions": ["Europe", "Asia-Temperate", "<b>Laurasia"], "by": "gpsd"}
    served.appliance.status_json = dict(wire_samples.status(), place=place)
    page = served.get("/box", Accept_Language="de").text
    assert "Europa / Gemäßigtes Asien / &lt;b&gt;Laurasia" in page


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (
            {"regions": ["Europe"], "by": "gpsd", "month": 5},
            "Europe by GPS · northern month 5",
        ),
        (
            {"regions": ["Europe"], "by": "configuration"},
            "Europe as configured · only raises",
        ),
        ({"regions": [], "by": "nobody", "detail": "47.3"}, "- not known yet · only raises"),
    ],
)
def test_the_box_says_where_it_takes_itself_to_be(
    served: ServedPage, place: Dict[str, Any], told: str
) -> None:
    served.appliance.status_json = dict(wire_samples.status(), place=place)
    assert "Place " + told in text_of(served.get("/box").text)


def test_edible_is_followed_by_its_look_alikes(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    text = shown(served, scenes["edible"])
    assert "May be mistaken for poison hemlock" in text


def test_a_deadly_look_alike_is_told_apart(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    text = shown(served, scenes["deadly"])
    assert "poison hemlock (Conium) can kill or maim Its stem is hairless." in text


def test_other_look_alikes_are_told_apart_by_the_active_model(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    species = {
        "label": "clover",
        "scientific_name": "Trifolium repens",
        "tell_apart": {"poison hemlock": "Look for purple spots."},
    }
    served.appliance.hello_json = {"model": {"species": [species]}}
    text = shown(served, scenes["edible"])
    assert "poison hemlock Look for purple spots." in text
    assert "Clover Trifolium repens 95 %" in text


def test_only_poisonous_species_are_marked(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    assert "Hemlock poisonous 95 %" in shown(served, scenes["poisonous"])
    assert "Clover 95 %" in shown(served, scenes["edible"])


def test_a_poor_picture_says_what_helps(
    served: ServedPage, scenes: Dict[str, Dict[str, Any]]
) -> None:
    assert "Press again, with more light" in shown(served, scenes["poor"])
    assert "mit mehr Licht" in shown(served, scenes["poor"], Accept_Language="de-AT,en;q=0.5")


def test_the_configured_language_counts_whatever_the_browser_asks_for() -> None:
    with ServedPage(language="de") as page:
        answer = page.get("/", Accept_Language="en")
        assert answer.headers["Content-Language"] == "de"
        assert '<html lang="de">' in answer.text
        assert "Noch keine Antwort" in answer.text


def test_before_the_first_press_the_page_says_what_to_do(served: ServedPage) -> None:
    assert "Press the button of the box" in text_of(served.get("/").text)


def test_an_answer_of_an_older_version_is_shown(served: ServedPage) -> None:
    assert "Unsure" in shown(served, verdict_json(1, species=[{"label": "Wild_Leek", "p": 0.4}]))


def test_what_is_uncalibrated_or_unrecorded_says_so(served: ServedPage) -> None:
    text = shown(served, wire_samples.verdict(1, calibrated=False, recorded=False))
    assert "no error rate is promised" in text
    assert "not in the record" in text


def hostile_verdict() -> Dict[str, Any]:
    verdict = wire_samples.verdict(1)
    verdict["species"][0].update(label=HOSTILE, name=HOSTILE)
    group = {"words": HOSTILE, "rank": "genus", "scientific_name": HOSTILE, "p": 0.9}
    return dict(
        verdict,
        sentence="Looks like " + HOSTILE,
        look_alikes=[HOSTILE],
        deadly_look_alikes=[{"name": HOSTILE, "tell_apart": HOSTILE}],
        caution=HOSTILE,
        model=HOSTILE,
        rule=HOSTILE,
        group=group,
        wall=HOSTILE,
    )


@pytest.mark.parametrize("path", ["/", "/verdicts/1", "/history", "/box", "/aim"])
def test_foreign_text_stays_text(served: ServedPage, path: str) -> None:
    served.appliance.recorded = [hostile_verdict()]
    status = wire_samples.status()
    status["camera"].update(source=HOSTILE, detail=HOSTILE, state="FAILED")
    status["model"]["name"] = HOSTILE
    served.appliance.status_json = status
    served.appliance.checks = [Check(HOSTILE, "failed", HOSTILE, HOSTILE)]
    page = served.get(path).text
    assert html.escape(HOSTILE, quote=False).partition("'")[0] in page
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "onerror=alert(1)>" not in page


def test_a_search_stays_text(served: ServedPage) -> None:
    page = served.get("/history?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert "Nothing is found here." in page


@pytest.mark.parametrize("path", ["/", "/history", "/aim", "/box", "/nowhere", "/static/page.js"])
def test_every_answer_has_the_strict_headers(served: ServedPage, path: str) -> None:
    headers = served.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/", "/history", "/aim", "/box", "/nowhere"])
def test_nothing_stands_inline_and_nothing_is_asked_from_outside(
    served: ServedPage, path: str, scenes: Dict[str, Dict[str, Any]]
) -> None:
    served.appliance.recorded = list(scenes.values())
    page = served.get(path).text
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on[a-z]+)=", page)
    assert not re.search(r"(href|src|action)=\"(?!/|#)", page)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("localhost", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_it_answers_to_its_own_names_only(served: ServedPage, host: str, status: int) -> None:
    assert served.get("/", Host=host).status == status


def test_a_lost_camera_is_on_every_page(served: ServedPage) -> None:
    status = wire_samples.status()
    status["camera"].update(state="FAILED", detail="the camera is unplugged; look at the plug")
    served.appliance.status_json = status
    for path in ("/", "/history", "/aim", "/box"):
        page = served.get(path).text
        assert "The camera is lost." in page
        assert "look at the plug" in page


def test_the_box_says_what_helps(served: ServedPage) -> None:
    served.appliance.checks = [
        Check("disk", "warning", "9 % free", "lower record.keep_mb"),
        Check("clock", "ok", "synchronised"),
    ]
    text = text_of(served.get("/box").text)
    assert "disk 9 % free What helps: lower record.keep_mb" in text
    assert "tensorrt fp16" in text


def test_a_record_that_cannot_be_read_is_a_sentence(served: ServedPage) -> None:
    served.appliance.fault = RecordError("the record cannot be read: disk I/O error")
    assert "the record cannot be read" in text_of(served.get("/").text)
    assert served.get("/history").status == 503


def test_an_error_is_a_page_with_its_status(served: ServedPage) -> None:
    assert served.get("/verdicts/9").status == 404
    assert served.get("/nowhere").status == 404
    assert served.get("/verdicts/x").status == 400
    assert served.get("/?x=1").status == 400
    assert served.post("/").status == 405
    served.appliance.fault = CameraError("no frame; look at the plug")
    assert served.get("/view").status == 503


def history(count: int) -> List[Dict[str, Any]]:
    answers = ("poisonous", "edible", "unsure")
    return [
        wire_samples.verdict(seq, sentence="number {} of them".format(seq))
        if seq % 10 == 0
        else verdict_json(seq, verdict=answers[seq % 3])
        for seq in range(1, count + 1)
    ]


def seqs(page: str) -> List[int]:
    return [int(seq) for seq in re.findall(r'<a href="/verdicts/(\d+)">', page)]


def next_page(page: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return html.unescape(found.group(1)) if found else ""


def test_the_history_has_pages_and_loses_nothing(served: ServedPage) -> None:
    served.appliance.recorded = history(60)
    path, found = "/history", []
    while path:
        page = served.get(path).text
        assert len(seqs(page)) <= PAGE_LENGTH
        found += seqs(page)
        path = next_page(page)
    assert found == list(range(60, 0, -1))


def test_the_history_shows_one_answer(served: ServedPage) -> None:
    served.appliance.recorded = history(60)
    page = served.get("/history?answer=edible").text
    assert seqs(page)
    assert "entry--unsure" not in page


def test_the_history_is_searched_by_name_and_number(served: ServedPage) -> None:
    served.appliance.recorded = history(60)
    assert seqs(served.get("/history?q=LILY+of").text) == [60, 50, 40, 30, 20, 10]
    assert seqs(served.get("/history?q=%2317").text) == [17]


def test_a_search_goes_on_where_it_stopped_looking(served: ServedPage) -> None:
    served.appliance.recorded = history(SEARCHED + 60)
    page = served.get("/history?q=number+10+of").text
    assert seqs(page) == []
    assert seqs(served.get(next_page(page)).text) == [10]


def test_pictures_come_as_they_are_and_thumbnails_are_made_once(served: ServedPage) -> None:
    served.appliance.recorded = [verdict_json(1)]
    assert served.get("/pictures/1").body == JPEG
    for _ in range(3):
        answer = served.get("/thumbnails/1")
        assert (answer.body, answer.headers["Content-Type"]) == (JPEG, "image/jpeg")
    assert served.appliance.thumbnails == [1]
    assert served.get("/thumbnails/2").status == 404


def test_the_view_says_what_its_picture_lacks(served: ServedPage) -> None:
    served.appliance.picture_faults = ("too_dark", "blurred")
    assert served.get("/view").headers["X-Picture-Faults"] == "too_dark,blurred"


def test_many_viewers_cost_as_much_as_one(served: ServedPage) -> None:
    for _ in range(5):
        assert served.get("/view").body == JPEG
    assert served.appliance.views == 1
    served.now_s += 1.0
    served.get("/view")
    assert served.appliance.views == 2


def test_a_view_that_failed_is_tried_again(served: ServedPage) -> None:
    served.appliance.fault = BusyError("others wait")
    assert served.get("/view").status == 409
    served.appliance.fault = None
    assert served.get("/view").status == 200


def test_what_belongs_to_every_page_is_kept_by_the_browser(served: ServedPage) -> None:
    found = re.search(r'href="(/static/page.css\?[0-9a-f]+)"', served.get("/").text)
    assert found is not None
    answer = served.get(found.group(1))
    assert answer.headers["Content-Type"] == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert served.get("/static/..%2fserver.py").status == 404
    assert served.get("/favicon.ico").headers["Content-Type"] == "image/svg+xml"


def test_where_it_looked_is_offered_for_the_newest_answer_alone(served: ServedPage) -> None:
    served.appliance.record(2)
    assert "/overlays/2" not in served.get("/").text
    served.appliance.overlaid_seq = 2
    assert "/overlays/2" in served.get("/").text
    assert "/overlays/1" not in served.get("/verdicts/1").text
    assert served.get("/overlays/2").body == JPEG
    assert served.get("/overlays/1").status == 404


def test_the_figures_are_on_the_page_s_address_too(served: ServedPage) -> None:
    answer = served.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "plantd_verdicts_total" in answer.text
