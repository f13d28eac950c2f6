"""Every call of the API over a real socket, and its errors as JSON."""

import getpass
import json
from typing import Any, Iterator, Tuple, Type

import pytest
from support.fake_appliance import fault
from support.served_api import ServedApi
from support.verdict_json import JPEG, PNG

from plantd.api.appliance import Check
from plantd.api.codes import TooLargeError
from plantd.errors import (
    BundleError,
    BusyError,
    CameraError,
    EngineError,
    NotFoundError,
    PictureError,
    PlantdError,
    RecordError,
    UsageError,
)


@pytest.fixture
def served() -> Iterator[ServedApi]:
    with ServedApi(max_body_mb=1) as api:
        yield api


def ask(served: ServedApi, line: str, body: bytes = b"", headers: str = "") -> Tuple[int, Any]:
    """Return status and JSON of one request."""
    request = "{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n".format(
        line, len(body), headers
    )
    status, answer = served.ask_raw(request.encode() + body)
    return status, json.loads(answer.decode())


@pytest.mark.parametrize("call", ["/v1/hello", "/v1/status", "/v1/health", "/v1/verdicts"])
def test_every_answer_says_its_schema(served: ServedApi, call: str) -> None:
    assert served.client.get(call)["schema"] == 1


def test_hello_and_status_come_from_the_appliance(served: ServedApi) -> None:
    assert served.client.get("/v1/hello")["labels"] == ["a", "b"]
    assert served.client.get("/v1/status")["state"] == "HEALTHY"


def test_capture_answers_with_the_verdict(served: ServedApi) -> None:
    assert served.client.post("/v1/capture")["seq"] == 7


def test_a_label_is_kept_with_who_sent_it(served: ServedApi) -> None:
    served.appliance.record(3)
    kept = served.client.post("/v1/verdicts/2/label", {"label": "no_plant"})["label"]
    assert (kept["label"], kept["by"]) == ("no_plant", getpass.getuser())
    waiting = served.client.get("/v1/review", limit=9)["verdicts"]
    assert [each["seq"] for each in waiting] == [3, 1]
    again = served.client.get("/v1/review", before=3, again=1)["verdicts"]
    assert [(each["seq"], each["label"] and each["label"]["label"]) for each in again] == [
        (2, "no_plant"),
        (1, None),
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"label": ""}', b'{"label": 3}', b"no_plant"])
def test_a_label_that_says_nothing_is_refused(served: ServedApi, body: bytes) -> None:
    served.appliance.record(1)
    status, answer = ask(served, "POST /v1/verdicts/1/label", body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    assert served.appliance.labels == {}


def test_classify_takes_the_body_as_it_is(served: ServedApi) -> None:
    body = JPEG + bytes(range(256)) * 2000
    assert served.client.post_bytes("/v1/classify", body)["seq"] == 8
    assert served.appliance.classified == [body]


def test_pictures_come_with_their_type(served: ServedApi) -> None:
    served.appliance.record(1)
    assert served.client.get_bytes("/v1/frame") == JPEG
    assert served.client.get_bytes("/v1/verdicts/1/picture") == JPEG
    assert served.client.get_bytes("/v1/verdicts/1/input") == PNG
    request = b"GET /v1/verdicts/1/input HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with served.connected() as raw:
        raw.sendall(request)
        assert b"image/png" in raw.recv(65536)


def test_verdicts_come_in_order_after_one(served: ServedApi) -> None:
    served.appliance.record(9)
    found = served.client.get("/v1/verdicts", after=3, limit=2)["verdicts"]
    assert [verdict["seq"] for verdict in found] == [4, 5]


def test_the_newest_verdicts(served: ServedApi) -> None:
    served.appliance.record(9)
    found = served.client.get("/v1/verdicts", newest=1, limit=2)["verdicts"]
    assert [verdict["seq"] for verdict in found] == [8, 9]
    assert served.client.get("/v1/verdicts/9")["seq"] == 9


def test_a_failed_check_makes_health_503(served: ServedApi) -> None:
    served.appliance.checks = [
        Check("disk", "warning", "9 % free", "free space"),
        Check("camera", "failed", "no frame", "plug it in"),
    ]
    status, answer = ask(served, "GET /v1/health")
    assert (status, answer["state"]) == (503, "failed")
    assert answer["checks"][1]["remedy"] == "plug it in"
    assert served.client.health() == answer


def test_a_warning_leaves_health_200(served: ServedApi) -> None:
    served.appliance.checks = [Check("disk", "warning", "9 % free", "free space")]
    status, answer = ask(served, "GET /v1/health")
    assert (status, answer["state"]) == (200, "warning")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (BusyError, 409, "busy"),
        (CameraError, 503, "no_camera"),
        (EngineError, 503, "no_engine"),
        (RecordError, 503, "record"),
        (NotFoundError, 404, "not_found"),
        (PictureError, 400, "bad_picture"),
        (BundleError, 422, "bad_bundle"),
        (PlantdError, 500, "internal"),
    ],
)
def test_an_error_has_its_status_and_code(
    served: ServedApi, kind: Type[PlantdError], status: int, code: str
) -> None:
    served.appliance.fault = fault(kind, "what happened")
    answer = {"schema": 1, "error": {"code": code, "message": "what happened"}}
    assert ask(served, "POST /v1/capture") == (status, answer)
    with pytest.raises(kind, match="what happened"):
        served.client.post("/v1/capture")


def test_a_bug_is_answered_and_logged(served: ServedApi, caplog: pytest.LogCaptureFixture) -> None:
    served.appliance.fault = ZeroDivisionError("a bug")
    status, answer = ask(served, "POST /v1/capture")
    assert (status, answer["error"]["code"]) == (500, "internal")
    assert "ZeroDivisionError" in caplog.text
    served.appliance.fault = None
    assert served.client.post("/v1/capture")["seq"] == 7


def test_an_unknown_call_lists_the_calls(served: ServedApi) -> None:
    status, answer = ask(served, "GET /v2/hello")
    assert (status, answer["error"]["code"]) == (404, "unknown_call")
    assert "POST /v1/capture" in answer["error"]["message"]
    assert "GET /v1/verdicts/SEQ/picture" in answer["error"]["message"]


def test_a_wrong_method_names_the_right_one(served: ServedApi) -> None:
    status, answer = ask(served, "GET /v1/capture")
    assert (status, answer["error"]["code"]) == (405, "wrong_method")
    assert "expected POST" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("/v1/verdicts?limit=many", "'limit' is 'many'; expected a whole number from 0 to 1000"),
        ("/v1/verdicts?limit=1001", "'limit' is '1001'; expected a whole number from 0 to 1000"),
        ("/v1/verdicts?after=-1", "'after' is '-1'"),
        ("/v1/verdicts?after=99999999999999999999", "'after' is"),
        ("/v1/verdicts?newest=yes", "'newest' is 'yes'; expected 0 or 1"),
        ("/v1/verdicts?afer=1", "'afer' is unknown; expected after, limit, newest"),
        ("/v1/verdicts/last", "'seq' is 'last'"),
        ("/v1/verdicts/%C2%B2", "'seq' is"),
        ("/v1/events?types=verdicts", "'types' is 'verdicts'; expected some of verdict"),
        ("/v1/events?after=x", "'after' is 'x'"),
        ("/v1/status?verbose=1", "'verbose' is unknown; expected no parameter"),
    ],
)
def test_a_malformed_parameter_is_named(served: ServedApi, call: str, words: str) -> None:
    status, answer = ask(served, "GET " + call)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    assert words in answer["error"]["message"]


def test_no_picture_is_an_error_of_the_picture(served: ServedApi) -> None:
    with pytest.raises(PictureError, match="no picture"):
        served.client.post_bytes("/v1/classify", b"hello")


def test_an_empty_body_is_named(served: ServedApi) -> None:
    with pytest.raises(UsageError, match="the body is empty"):
        served.client.post_bytes("/v1/classify", b"")


def test_a_large_body_is_refused_before_it_is_read(served: ServedApi) -> None:
    with pytest.raises(TooLargeError, match=r"larger than 1 MB.*api\.max_body_mb"):
        served.client.post_bytes("/v1/classify", b"\xff\xd8" + bytes(3 << 20))
    assert served.appliance.classified == []


def test_activate_and_rollback_reach_the_appliance(served: ServedApi) -> None:
    served.client.post("/v1/model/activate", {"name": "plants70-2"})
    served.client.post("/v1/model/rollback")
    assert served.appliance.models == [("activate", "plants70-2"), ("rollback", None)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "names no model"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "expected"),
        (b'{"name": 3}', "expected"),
    ],
)
def test_a_malformed_activate_changes_nothing(served: ServedApi, body: bytes, words: str) -> None:
    status, answer = ask(served, "POST /v1/model/activate", body)
    assert status == 400
    assert words in answer["error"]["message"]
    assert served.appliance.models == []


def test_what_is_told_of_a_stick_reaches_the_appliance(served: ServedApi) -> None:
    told = {"state": "offered", "name": "tiny-2.0.0", "detail": "signed by owner"}
    assert served.client.post("/v1/stick", told)["stick"] == told
    assert [news.to_json() for news in served.appliance.sticks] == [told]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", 'expected {"state": "...", "name": "...", "detail": "..."}'),
        (b'{"state": "offered", "name": "x"}', "expected"),
        (b'{"state": "offered", "name": "x", "detail": 3}', "expected"),
        (b'{"state": "offered", "name": "' + b"x" * 2001 + b'", "detail": ""}', "2000 characters"),
        (b'{"state": "agreed", "name": "x", "detail": ""}', "expected one of offered"),
    ],
)
def test_what_is_no_news_of_a_stick_is_not_taken(
    served: ServedApi, body: bytes, words: str
) -> None:
    status, answer = ask(served, "POST /v1/stick", body)
    assert status == 400
    assert words in answer["error"]["message"]
    assert served.appliance.sticks == []


def test_the_figures_are_text_for_prometheus(served: ServedApi) -> None:
    text = served.client.get_bytes("/metrics").decode()
    assert 'plantd_check{check="camera",state="ok"} 1.0' in text
