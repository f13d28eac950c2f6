"""What the service says of itself for a trial, as root's shell reads it."""

import os
import subprocess
from pathlib import Path
from typing import Dict

import pytest
from support import wire_samples
from support.checkout import TOP

from plantd.answers import Rule
from plantd.config import Config, PathsConfig, UpdateConfig
from plantd.health.states import ComponentStates, State
from plantd.service.update.serving import FILE, ServingFile
from plantd.verdict import engine_fault
from plantd.wire import Verdict

STATE_SH = TOP / "debian" / "trial" / "state.sh"


def verdict(rule: Rule = Rule.EDIBLE, trigger: str = "button") -> Verdict:
    return Verdict(
        seq=1,
        moment=wire_samples.MOMENT,
        trigger=trigger,
        frame=None,
        decision=engine_fault()._replace(rule=rule),
        prediction=None,
        look_alikes=(),
        caution="",
        model="tiny 1.0.0",
        calibrated=True,
        engine=None,
        latency_ms=(("total", 1.0),),
    )


class Box:
    def __init__(self, run: Path) -> None:
        self.run = run
        self.parts = ComponentStates()
        self.config = Config(
            paths=PathsConfig(run=str(run)), update=UpdateConfig(trial_presses=2, trial_s=45.5)
        )
        self.file = ServingFile(lambda: self.config, self.parts, "f00d")

    @property
    def text(self) -> str:
        return (self.run / FILE).read_text()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def read_by_shell(box: Box, pid: int) -> Dict[str, str]:
    """Return what the shell makes of the file, where systemd calls `pid` the main process."""
    script = (
        '. "$1"; SERVING=$2; unit_pid=$3; read_serving || echo "refused yes"\n'
        "for name in process answered failed presses trial_s faults; do\n"
        'eval "value=\\$serving_$name";\n'
        'echo "$name $value"; done; printf "details %s" "$serving_details"'
    )
    command = ["sh", "-u", "-c", script, "sh", str(STATE_SH), str(box.run / FILE), str(pid)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    return dict(line.partition(" ")[::2] for line in said.splitlines())


def test_presses_are_counted_and_pictures_that_were_sent_in_are_not(box: Box) -> None:
    for each in (verdict(), verdict(trigger="classify"), verdict(Rule.ENGINE_FAULT)):
        box.file.count(each)
    box.file.look()
    assert "answered 1\nfailed 1\n" in box.text


def test_the_shell_reads_what_was_written(box: Box) -> None:
    box.parts.set("engine", State.FAILED, "the plan\nis of $(another) `device`")
    box.parts.set("camera", State.DEGRADED, "slow")
    box.parts.set("record", State.FAILED)
    box.file.count(verdict())
    box.file.look()
    assert read_by_shell(box, os.getpid()) == {
        "process": "f00d",
        "answered": "1",
        "failed": "0",
        "presses": "2",
        "trial_s": "45",
        "faults": "engine record",
        "details": "engine the plan is of $(another) `device`",
        "record": "",
    }


def test_a_file_of_a_process_that_has_ended_is_refused(box: Box) -> None:
    box.file.look()
    found = read_by_shell(box, os.getpid() + 1)
    assert (found["refused"], found["process"]) == ("yes", "")


@pytest.mark.parametrize(
    "text",
    ["", "process\n", "answered x\npid 1\n", "\0\xff", "pid 1\n" * 50000],
    ids=["empty", "cut", "words", "bytes", "long"],
)
def test_what_is_no_such_file_is_refused(box: Box, text: str) -> None:
    (box.run / FILE).write_bytes(text.encode("latin-1"))
    assert read_by_shell(box, 1)["refused"] == "yes"


def test_a_pipe_in_its_place_holds_nobody_up(box: Box) -> None:
    os.mkfifo(str(box.run / FILE))
    assert read_by_shell(box, 1)["refused"] == "yes"


def test_it_is_written_anew_only_where_something_changed(box: Box) -> None:
    box.file.look()
    before = os.stat(str(box.run / FILE)).st_ino
    box.file.look()
    assert os.stat(str(box.run / FILE)).st_ino == before
    box.config = box.config._replace(update=UpdateConfig(trial_presses=5))
    box.file.look()
    assert "trial_presses 5\n" in box.text


def test_a_place_that_cannot_be_written_is_said_once(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    box.config = box.config._replace(paths=PathsConfig(run=str(box.run / "gone")))
    box.file.look()
    box.file.look()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    os.mkdir(str(box.run / "gone"))
    box.file.look()
    assert (box.run / "gone" / FILE).exists()
