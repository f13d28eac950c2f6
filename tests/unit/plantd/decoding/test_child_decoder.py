"""Pictures decoded in a process that can be ended: the same pixels, and only it can be ended."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import cv2
import numpy as np
import pytest
from support.picture_bytes import drawn, exif, jpeg, with_exif
from support.processes import runs, wait_ended

from plantd import picture
from plantd.decoding.child_decoder import ChildDecoder
from plantd.decoding.decode_process import DecodeLimits, DecodeProcess
from plantd.errors import BusyError, PictureError, UnavailableError

PATIENCE_S = 60.0
PICTURE = jpeg(drawn())
# Says that it is ready, takes one word, and answers with a file.
NONSENSE = """#!/bin/sh
echo '{{"ready": true}}'; head -c 1 >/dev/null; cat {}; sleep 60
"""


@pytest.fixture
def decoder() -> Iterator[ChildDecoder]:
    with ChildDecoder(DecodeLimits(seconds=PATIENCE_S)) as made:
        yield made


def png(pixels: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


PICTURES = {
    "jpeg": PICTURE,
    "turned": with_exif(PICTURE, exif(6)),
    "png": png(drawn(40, 30)),
    "png of 16 bits with alpha": png(np.full((20, 10, 4), 40000, np.uint16)),
    "grey": jpeg(drawn()[:, :, 0]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_its_pixels_are_those_of_the_one_decoder(decoder: ChildDecoder, name: str) -> None:
    found = decoder.decode(PICTURES[name])
    np.testing.assert_array_equal(found, picture.decode(PICTURES[name]))
    assert found.flags.writeable


@pytest.mark.parametrize("data", [b"", b"GIF89a", PICTURE[:200], PICTURES["png"][:60]])
def test_its_refusals_are_those_of_the_one_decoder(decoder: ChildDecoder, data: bytes) -> None:
    with pytest.raises(PictureError) as here:
        picture.decode(data)
    with pytest.raises(PictureError) as there:
        decoder.decode(data)
    assert str(there.value) == str(here.value)


def test_one_process_decodes_many_pictures(decoder: ChildDecoder) -> None:
    assert decoder.pid is None
    decoder.decode(PICTURE)
    first = decoder.pid
    with pytest.raises(PictureError):
        decoder.decode(b"no picture")
    decoder.decode(PICTURES["png"])
    assert decoder.pid == first


def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_decoded() -> None:
    with ChildDecoder(DecodeLimits(seconds=0.2)) as decoder:
        pid = hung(decoder)
        with pytest.raises(PictureError, match=r"not decoded within 0\.2 s.*save it anew"):
            decoder.decode(PICTURE)
        assert not runs(pid)
    with ChildDecoder() as decoder:
        assert decoder.decode(PICTURE).shape == (48, 64, 3)


def hung(decoder: ChildDecoder) -> int:
    """Let the decoder's process stand still, as in an endless picture."""
    decoder.decode(PICTURE)
    assert decoder.pid is not None
    os.kill(decoder.pid, signal.SIGSTOP)
    # On a busy machine the signal takes a while: until then it would still answer.
    while not stands_still(decoder.pid):
        threading.Event().wait(0.001)
    return decoder.pid


def stands_still(pid: int) -> bool:
    """Return whether the kernel calls the process stopped."""
    with open("/proc/{}/stat".format(pid)) as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def wait_busy(decoder: ChildDecoder) -> None:
    """Wait until another thread's picture has its turn."""
    while not decoder.busy:
        threading.Event().wait(0.001)


def test_a_picture_that_ends_its_process_is_refused_and_the_next_one_decoded(
    decoder: ChildDecoder,
) -> None:
    error = None
    while error is None:  # killed before it was asked, the process was only started anew
        pid = hung(decoder)
        with ThreadPoolExecutor() as threads:
            asked = threads.submit(decoder.decode, PICTURE)
            wait_busy(decoder)
            os.kill(pid, signal.SIGKILL)
            error = asked.exception(PATIENCE_S)
    assert isinstance(error, PictureError)
    assert "ended the process that decodes (signal 9)" in str(error)
    assert decoder.decode(PICTURE).shape == (48, 64, 3)


def test_a_picture_that_takes_too_much_memory_is_refused_and_the_next_one_decoded() -> None:
    with ChildDecoder(DecodeLimits(memory_bytes=4 << 20, seconds=PATIENCE_S)) as decoder:
        with pytest.raises(PictureError):
            decoder.decode(jpeg(drawn(2000, 2000)))
        pid = decoder.pid
        assert decoder.decode(PICTURE).shape == (48, 64, 3)
        assert decoder.pid == pid


@pytest.mark.parametrize(
    "said",
    ["no JSON", "[1]", "{}", '{"shape": [2, 2]}', '{"shape": [9, 9, 3]}', '{"shape": "x"}']
    + ['{"shape": [-2, -2, 3]}', '{"error": "picture"}', "x" * 200000, "[" * 100000],
    # pytest puts the name of a test into the environment, which takes no 200 kB.
    ids=lambda said: said[:20],
)
def test_a_picture_that_makes_its_process_talk_nonsense_is_refused(
    tmp_path: Path, said: str
) -> None:
    (tmp_path / "said").write_text(said + "\n")
    child = tmp_path / "child"
    child.write_text(NONSENSE.format(tmp_path / "said"))
    child.chmod(0o755)
    with ChildDecoder(DecodeLimits(seconds=PATIENCE_S), str(child)) as decoder:
        with pytest.raises(PictureError):
            decoder.decode(PICTURE)


def test_where_memory_is_short_the_process_goes_first_also_while_it_loads() -> None:
    with DecodeProcess(DecodeLimits(), sys.executable) as process:
        with open("/proc/{}/oom_score_adj".format(process.pid), encoding="ascii") as score:
            assert score.read().strip() == "900"


def test_the_process_ends_by_itself_when_no_picture_comes() -> None:
    with ChildDecoder(DecodeLimits(idle_s=0.05)) as decoder:
        for _ in range(3):
            assert decoder.decode(PICTURE).shape == (48, 64, 3)
            pid = decoder.pid
            if pid is not None:
                wait_ended(pid)


def test_a_process_that_does_not_start_is_not_the_pictures_fault() -> None:
    with ChildDecoder(python="/bin/false") as decoder:
        with pytest.raises(UnavailableError, match="decodes pictures did not start"):
            decoder.decode(PICTURE)


def test_a_second_picture_meanwhile_is_busy(decoder: ChildDecoder) -> None:
    pid = hung(decoder)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(decoder.decode, PICTURE)
        wait_busy(decoder)
        with pytest.raises(BusyError, match="send this one again"):
            decoder.decode(PICTURE)
        os.kill(pid, signal.SIGCONT)
        assert asked.result(PATIENCE_S).shape == (48, 64, 3)


def test_closing_ends_a_picture_that_is_being_decoded(decoder: ChildDecoder) -> None:
    hung(decoder)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(decoder.decode, PICTURE)
        wait_busy(decoder)
        decoder.close()
        decoder.close()
        with pytest.raises(UnavailableError, match="stopping"):
            asked.result(PATIENCE_S)
        with pytest.raises(UnavailableError, match="stopping"):
            decoder.decode(PICTURE)


def test_a_process_that_cannot_be_started_is_one_sentence() -> None:
    with ChildDecoder(python="/nowhere/python3") as decoder:
        with pytest.raises(UnavailableError, match="cannot be decoded now"):
            decoder.decode(PICTURE)


STARTS_A_DECODER = """
import sys
from plantd.decoding.child_decoder import ChildDecoder
decoder = ChildDecoder()
try:
    decoder.decode(b"no picture")
except Exception:
    print(decoder.pid, flush=True)
sys.stdin.read()
"""


def test_the_process_ends_with_the_service() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_A_DECODER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
    ) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        assert runs(pid)
        service.kill()
    wait_ended(pid)
