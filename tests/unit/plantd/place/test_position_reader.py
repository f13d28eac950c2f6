"""gpsd is followed in a thread that nobody waits for, and nothing but a spot is kept of it."""

import logging
import threading

import pytest
from support.gpsd_server import GpsdServer, line_of, report

from plantd.place.gpsd_address import GpsdAddress, gpsd_address_from_text
from plantd.place.position_reader import PositionReader, greeting, report_of_line, spot_of_report
from plantd.place.regions import spot_at

BERLIN, SYDNEY = (52.51234, 13.41234), (-33.91234, 151.21234)
PATIENCE_S = 20.0


def wait_until(holds) -> None:
    """Return once it holds."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.01)):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


@pytest.fixture
def follow():
    readers = []

    def started(address, **more):
        more = {"again_s": 0.01, "monotonic": lambda: 100.0, **more}
        readers.append(PositionReader(address, **more))
        readers[-1].start()
        return readers[-1]

    yield started
    for reader in readers:
        reader.close()


def test_the_last_position_becomes_a_spot_with_its_time(follow):
    with GpsdServer(report(*SYDNEY), report(*BERLIN)) as gpsd:
        reader = follow(gpsd.address)
        wait_until(lambda: reader.fix and reader.fix.spot == spot_at(*BERLIN))
        assert reader.fix.seen_at == 100.0
        assert reader.trouble == ""


def test_a_gpsd_that_comes_back_is_followed_again(follow):
    with GpsdServer(report(*BERLIN), hangs_up=True) as gpsd:
        reader = follow(gpsd.address)
        wait_until(lambda: gpsd.visits >= 3)
        assert reader.fix.spot == spot_at(*BERLIN)


def test_a_gpsd_that_is_not_there_is_told_and_tried_again(follow):
    with GpsdServer() as gone:
        address = gone.address
    reader = follow(address)
    wait_until(lambda: "refused" in reader.trouble)
    assert reader.fix is None


@pytest.fixture
def journal(caplog):
    """What the reader logs, as levels and sentences."""
    caplog.set_level(logging.INFO)
    return lambda: [(each.levelname, each.getMessage()) for each in caplog.records]


@pytest.mark.parametrize("told", [(), (report(*BERLIN),), ({"class": "TPV", "mode": 1},)])
def test_one_that_answers_and_hangs_up_is_told_of_once(follow, journal, told):
    with GpsdServer(*told, hangs_up=True) as gpsd:
        follow(gpsd.address)
        wait_until(lambda: gpsd.visits >= 5)
    warnings = [sentence for level, sentence in journal() if level == "WARNING"]
    assert warnings == ["gpsd hung up"]


def test_the_end_of_an_outage_is_told_once_too(follow, journal):
    now = [100.0]
    with GpsdServer(report(*BERLIN)) as gpsd:
        follow(gpsd.address, monotonic=lambda: now[0])
        wait_until(journal)
        gpsd.hang_up()
        wait_until(lambda: gpsd.visits == 2)

        def is_told_of():
            now[0] += 1.0
            gpsd.tell(report(*BERLIN))
            return len(journal()) >= 3

        wait_until(is_told_of)
        is_told_of()
        lines = journal()
    assert lines == [
        ("INFO", "gpsd tells where the box is"),
        ("WARNING", "gpsd hung up"),
        ("INFO", "gpsd is there again"),
    ]


def test_one_that_goes_silent_is_asked_anew(follow):
    with GpsdServer() as gpsd:
        reader = follow(gpsd.address, silent_s=0.01)
        wait_until(lambda: gpsd.visits >= 2)
        assert "tells no position" in reader.trouble


def test_one_that_hangs_holds_up_neither_who_asks_nor_the_end(follow):
    with GpsdServer(greets=False) as gpsd:
        reader = follow(gpsd.address)
        assert gpsd.watched.wait(PATIENCE_S)
        assert reader.fix is None
        reader.close()
        assert not reader._thread.is_alive()


def test_a_position_that_is_lost_leaves_the_last_one(follow):
    with GpsdServer(report(*BERLIN), {"class": "TPV", "mode": 1}) as gpsd:
        reader = follow(gpsd.address)
        wait_until(lambda: reader.fix)
        gpsd.tell(b"not JSON\n", {"class": "SKY"}, report(*SYDNEY))
        wait_until(lambda: reader.fix.spot == spot_at(*SYDNEY))


def test_a_position_at_sea_or_at_nought_leaves_the_last_one(follow):
    with GpsdServer(report(*BERLIN), report(0.0, 0.0), report(48.2, -20.0)) as gpsd:
        reader = follow(gpsd.address)
        wait_until(lambda: "tells no position" in reader.trouble and reader.fix)
        assert reader.fix.spot == spot_at(*BERLIN)


def test_no_position_is_logged_or_kept(follow, caplog):
    caplog.set_level(logging.DEBUG)
    with GpsdServer(report(*BERLIN)) as gpsd:
        reader = follow(gpsd.address)
        wait_until(lambda: reader.fix)
    kept = repr(reader.fix) + repr(vars(reader)) + caplog.text
    assert not [each for each in BERLIN if str(each) in kept]


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff\xfe\n",
        b"[" * 100000,
        b"7\n",
        {"class": "SKY"},
        report(*BERLIN, mode=1),
        report(*BERLIN, mode=True),
        report(91.0, 0.0),
        report(0.0, 181.0),
        report(float("nan"), 0.0),
        report(0.0, 0.0),
        report(48.2, -20.0),
        {"class": "TPV", "mode": 3, "lat": 52.5},
        {"class": "TPV", "mode": 3, "lat": "52.5", "lon": 13.4},
    ],
)
def test_what_is_no_position_or_in_no_region_gives_no_spot(told):
    assert spot_of_report(report_of_line(line_of(told))) is None


def test_a_flat_position_is_one_too():
    assert spot_of_report(report(*BERLIN, mode=2)) == spot_at(*BERLIN)


def test_gpsd_presents_itself():
    with GpsdServer() as gpsd:
        assert greeting(gpsd.address) == "3.22"


def test_something_else_at_that_port_is_no_gpsd():
    with GpsdServer(greets=False) as other, pytest.raises((ValueError, OSError)):
        greeting(other.address, 0.01)


@pytest.mark.parametrize(
    ("text", "address"),
    [("localhost:2947", ("localhost", 2947)), ("[::1]:2947", ("::1", 2947))],
)
def test_an_address_is_a_host_and_a_port(text, address):
    assert gpsd_address_from_text(text) == GpsdAddress(*address)


@pytest.mark.parametrize(
    "text", ["localhost", "2947", ":2947", "a b:1", "::1:2947", "h:0", "h:66000"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"port|host"):
        gpsd_address_from_text(text)
