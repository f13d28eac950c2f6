"""The description of the API: whole, current, and true of what the service says."""

import api_reference
import pytest
from support import answered_scenes, wire_samples
from support.checkout import TOP
from support.served_api import ServedApi

from plantd.api import description
from plantd.api.codes import CODES
from plantd.api.schemas import SCHEMAS, VERDICT_SOMETIMES

DOCUMENT = api_reference.described()
OPERATIONS = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]


def test_every_call_is_described_and_nothing_else_is():
    names = [operation["operationId"] for operation in OPERATIONS]
    assert sorted(names) == sorted(description.CALLS)


def test_the_service_tells_it_itself():
    with ServedApi() as served:
        assert served.client.get("/v1/openapi.json") == DOCUMENT


@pytest.mark.parametrize("name", ["openapi.json", "api.md"])
def test_the_documents_are_those_of_the_calls(name):
    committed = (TOP / "docs" / name).read_text(encoding="utf-8")
    assert committed == api_reference.files()[name], "write it anew: make api-reference"


def test_every_key_of_every_verdict_is_described(tmp_path):
    described = set(SCHEMAS["Verdict"]["properties"]) - set(VERDICT_SOMETIMES)
    for scene, verdict in answered_scenes.verdicts(tmp_path).items():
        assert set(verdict) == described, scene


def test_every_key_of_status_is_described():
    assert set(wire_samples.status()) == set(SCHEMAS["Status"]["properties"])


def test_an_error_that_a_call_names_has_its_status():
    known = {code.code for code in CODES}
    for name, facts in description.CALLS.items():
        assert set(facts.errors) <= known, name
    (capture,) = [each for each in OPERATIONS if each["operationId"] == "capture"]
    assert capture["responses"]["409"]["description"] == "busy"


def test_a_call_without_a_row_is_found():
    async def undescribed(request):
        """Nothing."""

    with pytest.raises(KeyError, match="undescribed"):
        description.description([("GET", "/v1/undescribed", undescribed)])
