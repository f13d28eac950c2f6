"""The page as a part of the service: off, without its libraries, without its address."""

import asyncio
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
from support.fake_appliance import FakeAppliance

from plantd.config import ApiConfig, Config
from plantd.health.states import ComponentStates, State
from plantd.service.page_part import PART, PagePart
from plantd.sinks.stream import EventStream


def state_after_start(**api: Any) -> Dict[str, Any]:
    """Start and stop the part; return part -> its state and detail."""
    states = ComponentStates()
    part = PagePart(FakeAppliance(), EventStream(8), Config(api=ApiConfig(**api)), states)

    async def lived() -> None:
        await part.start()
        await part.look()
        await part.stop()
        await part.stop()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(lived())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return {each.part: (each.state, each.detail) for each in states.all()}


def test_off_it_is_no_part_and_loads_nothing() -> None:
    assert PART not in state_after_start()


@pytest.mark.parametrize("library", ["jinja2", "polib"])
def test_a_missing_library_is_one_sentence_and_costs_the_page_only(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(sys.modules):
        if name.startswith("plantd.page"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    state, detail = state_after_start(http="127.0.0.1:8080")[PART]
    assert state == State.DEGRADED
    assert detail.startswith("the library " + library)
    assert "what helps: sudo make install" in detail


def test_damaged_texts_are_one_sentence_and_cost_the_page_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "de.po").write_bytes(b'msgid "a"\nmsgs\xff')
    monkeypatch.setattr("plantd.texts.catalogue.FOLDER", str(tmp_path))
    state, detail = state_after_start(http="127.0.0.1:8080")[PART]
    assert state == State.DEGRADED
    assert detail.startswith("the texts in {} cannot be read".format(tmp_path / "de.po"))


def test_an_address_of_another_box_is_told() -> None:
    state, detail = state_after_start(http="203.0.113.7:8080")[PART]
    assert state == State.DEGRADED
    assert "not an address of this box" in detail
