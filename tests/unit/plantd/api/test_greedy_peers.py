"""One process or one user that takes too much: the others are answered, and a press goes first."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from typing import List

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from support.served_api import ServedApi

from plantd.api.calls import Calls
from plantd.api.feed import Feed
from plantd.api.peer import Peer
from plantd.api.peers import PeerLimits, Peers
from plantd.errors import UnavailableError

ASKS_FOR_STATUS = """
import json, sys
from plantd.api.client import Client
from plantd.errors import PlantdError
try:
    print(json.dumps(Client(sys.argv[1], 20.0).get("/v1/status")))
except PlantdError as error:
    print(json.dumps({"state": str(error)}))
"""
HALF_A_REQUEST = b"GET /v1/status HTTP/1.1\r\nHos"
ONE = Peer(100, 1000, 1000)


def state_for_another_process(served: ServedApi) -> str:
    found = subprocess.run(
        [sys.executable, "-c", ASKS_FOR_STATUS, served.path],
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        check=True,
    )
    return str(json.loads(found.stdout.decode())["state"])


def test_64_half_open_connections_of_one_process_lock_nobody_out() -> None:
    with ServedApi() as served:
        half_open = [served.connected() for _ in range(64)]
        for raw in half_open:
            try:
                raw.sendall(HALF_A_REQUEST)
            except OSError:
                continue  # refused already
        assert state_for_another_process(served) == "HEALTHY"
        for raw in half_open:
            raw.close()


def test_a_process_with_too_many_connections_is_refused_alone() -> None:
    with ServedApi(peer_limits=PeerLimits(per_process=2)) as served:
        held = [served.connected() for _ in range(2)]
        with pytest.raises(UnavailableError, match="process {} has too many".format(os.getpid())):
            served.client.get("/v1/status")
        assert state_for_another_process(served) == "HEALTHY"
        held.pop().close()
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        held.pop().close()


def test_a_user_with_too_many_connections_is_told_so() -> None:
    with ServedApi(peer_limits=PeerLimits(per_user=2)) as served:
        held = [served.connected() for _ in range(2)]
        assert "user {} has too many".format(os.getuid()) in state_for_another_process(served)
        for raw in held:
            raw.close()


def test_the_silent_connections_of_a_full_process_give_their_place() -> None:
    with ServedApi(silent_s=0.0, peer_limits=PeerLimits(per_process=2)) as served:
        held = [served.connected() for _ in range(2)]
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        for raw in held:
            raw.close()


def test_processes_and_users_are_counted_apart() -> None:
    peers = Peers(PeerLimits(per_process=2, per_user=3))
    for peer in (ONE, ONE, ONE._replace(pid=101)):
        peers.came(peer)
    assert peers.process_is_full(ONE)
    assert not peers.process_is_full(ONE._replace(pid=101))
    assert peers.user_is_full(ONE._replace(pid=102))
    assert not peers.user_is_full(ONE._replace(uid=1001))
    peers.went(ONE)
    assert not peers.process_is_full(ONE)
    assert not peers.user_is_full(ONE)


def test_a_process_is_hasty_beyond_its_bucket_and_calm_again_a_second_later() -> None:
    peers = Peers(PeerLimits(calm_per_s=10.0))
    assert [peers.is_hasty(ONE, 5.0) for _ in range(12)] == [False] * 10 + [True] * 2
    assert not peers.is_hasty(ONE._replace(pid=7), 5.0)
    assert not peers.is_hasty(ONE, 6.0)


def test_buckets_of_processes_that_went_are_forgotten() -> None:
    peers = Peers(PeerLimits(calm_per_s=1.0))
    for pid in range(1000):
        peers.is_hasty(ONE._replace(pid=pid), pid / 10.0)
    assert len(peers._buckets) <= 257


def test_a_hasty_process_waits_while_a_press_is_answered() -> None:
    with ServedApi(peer_limits=PeerLimits(calm_per_s=0.0)) as served:
        served.appliance.pressed = True
        press_ends = threading.Timer(0.05, setattr, (served.appliance, "pressed", False))
        press_ends.start()
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        assert served.appliance.statuses == [False]


def test_a_calm_process_is_answered_during_a_press() -> None:
    with ServedApi() as served:
        served.appliance.pressed = True
        assert served.client.get("/v1/status")["state"] == "HEALTHY"
        assert served.appliance.statuses == [True]


def test_however_many_ask_for_status_one_thread_looks() -> None:
    with ServedApi() as served:
        appliance = served.appliance
        appliance.status_may_end.clear()
        calls = Calls(appliance, Feed(appliance, served.stream, 1.0, 1.0), served.config.api)

        async def many() -> List[web.Response]:
            asyncio.get_event_loop().call_later(0.0, appliance.status_may_end.set)
            asked = [calls.status(make_mocked_request("GET", "/v1/status")) for _ in range(12)]
            return list(await asyncio.gather(*asked))

        assert {each.status for each in served.call(many())} == {200}
        assert len(appliance.statuses) == 1
