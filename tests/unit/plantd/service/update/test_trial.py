"""The trial of a new version, as the service tells it: root's file, read and said."""

import subprocess
from pathlib import Path
from typing import Dict, List, Optional

import pytest
from support.checkout import TOP

from plantd.cli.wording import update_line
from plantd.health.states import ComponentState, ComponentStates, State
from plantd.health.trials import ENDS
from plantd.service.update import trial
from plantd.service.update.trial import UpdateNews, UpdateTrial, read, sentence

STATE_SH = TOP / "debian" / "trial" / "state.sh"
ON_TRIAL = UpdateTrial("1.1+git2", "1.0~rc1", 3, 1, 0)


def written_by_shell(folder: Path, values: Dict[str, str]) -> str:
    """Return the path of a file that root's script has written."""
    script = '. "$1"; DIR=$2; shift 2; forget_variables\n'
    script += 'for one; do eval "${one%%=*}=\\${one#*=}"; done; write_trial'
    words = ["{}={}".format(*pair) for pair in values.items()]
    subprocess.run(
        ["sh", "-eu", "-c", script, "sh", str(STATE_SH), str(folder)] + words, check=True
    )
    return str(folder / "trial")


class Box:
    def __init__(self) -> None:
        self.told: List[ComponentState] = []
        self.parts = ComponentStates()
        self.parts.listen(self.told.append)
        self.found: Optional[UpdateTrial] = None
        self.news = UpdateNews(self.parts, lambda: self.found)

    def find(self, found: Optional[UpdateTrial]) -> None:
        self.found = found
        self.news.look()


@pytest.fixture
def box() -> Box:
    return Box()


def test_what_root_has_written_is_read(tmp_path: Path) -> None:
    values = {
        "version": "1.1+git2",
        "before": "1.0~rc1",
        "presses": "3",
        "answered": "1",
        "failed": "2",
        "ended": "back",
        "reason": "the engine failed in `2` $presses \\n of it",
    }
    found = read(written_by_shell(tmp_path, values))
    reason = "the engine failed in `2` $presses \\n of it"
    assert found == UpdateTrial("1.1+git2", "1.0~rc1", 3, 1, 2, "back", reason)


def test_the_shell_reads_again_what_it_has_written(tmp_path: Path) -> None:
    path = written_by_shell(tmp_path, {"version": "2", "before": "1", "faults": "camera log"})
    script = '. "$1"; DIR=$2; read_trial && echo "$version $before $faults $trial_s $ended"'
    command = ["sh", "-eu", "-c", script, "sh", str(STATE_SH), str(Path(path).parent)]
    assert subprocess.check_output(command) == b"2 1 camera log 300 \n"


@pytest.mark.parametrize(
    "text",
    ["", "version 1\n", "version \nbefore 1\n", "\xff\0", "version 2\nbefore 1\nended odd\n"],
)
def test_what_is_no_trial_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "trial").write_bytes(text.encode("latin-1"))
    assert read(str(tmp_path / "trial")) is None


def test_a_number_that_is_none_is_nothing(tmp_path: Path) -> None:
    text = "version 2\nbefore 1\nanswered \u00b2\nfailed 9999999999\n"
    (tmp_path / "trial").write_text(text, encoding="utf-8")
    found = read(str(tmp_path / "trial"))
    assert found == UpdateTrial("2", "1")


def test_a_box_without_packages_has_no_trial(tmp_path: Path, box: Box) -> None:
    assert read(str(tmp_path / "trial")) is None
    box.find(None)
    assert box.news.to_json() is None
    assert box.told == []


def test_what_went_back_is_told_until_there_is_another(box: Box) -> None:
    box.find(ON_TRIAL)
    box.find(ON_TRIAL._replace(ended="back", reason="the service ended 5 times"))
    told = "plantd 1.1+git2 was on trial and went back by itself to plantd 1.0~rc1: "
    told += "the service ended 5 times"
    assert box.told[-1] == ComponentState("update", State.DEGRADED, told)
    assert update_line(box.news.to_json()) == told
    box.find(ON_TRIAL._replace(version="1.2"))
    assert box.parts.worst().state == State.HEALTHY


def test_what_has_passed_is_told_once_and_is_no_news_at_the_next_start(box: Box) -> None:
    box.find(ON_TRIAL)
    box.find(ON_TRIAL._replace(answered=3, ended="passed"))
    assert box.told[-1].detail == "plantd 1.1+git2 has passed its trial"
    assert box.news.to_json() is None
    later = Box()
    later.find(ON_TRIAL._replace(ended="passed"))
    assert later.told == []


def test_a_version_that_could_not_go_back_is_said_to_be_so(box: Box) -> None:
    box.find(ON_TRIAL._replace(ended="stuck", reason="the disk is full"))
    assert box.told[-1].state == State.DEGRADED
    assert "could not go back to plantd 1.0~rc1: the disk is full" in box.told[-1].detail


@pytest.mark.parametrize("ended", [ended for ended in ENDS if ended != trial.PASSED])
def test_the_command_line_says_what_the_service_says(ended: str) -> None:
    found = ON_TRIAL._replace(ended=ended, reason="so it is")
    assert update_line(found.to_json()).startswith(sentence(found))
