"""Debian's own Prometheus judges: the metrics, the rules, the dashboard's questions, a box."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Iterator, List, Set

import pytest
from running import RunningService, free_port
from support import wire_samples
from support.checkout import TOP
from support.edible_box import edible_box

from plantd import exposition
from plantd.api.appliance import Check

FOLDER = TOP / "monitoring"
PROGRAMS = TOP / "build" / "prometheus" / "usr" / "bin"
RULES = FOLDER / "alerts.yml"
LONG_ENOUGH_S = 120.0
LOOK_S = 0.5
NAME = re.compile(r"\bplantd_[a-z_]+")


def promtool(*arguments: str, given: bytes = b"") -> str:
    """Run promtool; return what it says. It must be content."""
    done = subprocess.run(
        [str(PROGRAMS / "promtool"), *arguments],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONG_ENOUGH_S,
    )
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout.decode()


def told() -> Set[str]:
    """Return the names of all series there are."""
    text = (TOP / "docs" / "metrics.md").read_text(encoding="utf-8")
    return set(NAME.findall(text)) - {"plantd_"}


def questions() -> List[str]:
    """Return what the dashboard asks, its variable filled in."""
    board = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [each.replace("$instance", ".*") for each in asked]


def test_promtool_finds_nothing_to_say_about_the_metrics() -> None:
    text = exposition.text_of(wire_samples.status(), [Check("disk", "warning", "x", "y")])
    assert promtool("check", "metrics", given=text) == ""


def test_promtool_would_find_a_bad_name() -> None:
    done = subprocess.run(
        [str(PROGRAMS / "promtool"), "check", "metrics"],
        input=b"# HELP plantd_press_milliseconds x\n# TYPE plantd_press_milliseconds counter\n"
        b"plantd_press_milliseconds 1\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode != 0
    assert b"plantd_press_milliseconds" in done.stdout


def test_the_rules_and_the_configuration_are_taken() -> None:
    assert "SUCCESS: 18 rules found" in promtool("check", "rules", str(RULES))
    promtool("check", "config", str(FOLDER / "prometheus.yml"))


def test_the_alerts_fire_when_they_must() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(FOLDER / "alerts-test.yml"))


def test_rules_and_dashboard_ask_for_what_is_told() -> None:
    asked = set(NAME.findall("\n".join(questions())))
    for line in RULES.read_text(encoding="utf-8").splitlines():
        if "expr:" in line or line.lstrip().startswith(("increase(", "/ ", "and ")):
            asked |= set(NAME.findall(line))
    assert len(asked) > 15
    assert asked <= told()


@pytest.fixture(scope="module")
def box() -> Iterator[RunningService]:
    page = "127.0.0.1:{}".format(free_port())
    with edible_box(api={"http": page}) as made:
        made.page = page  # type: ignore[attr-defined] # of this test alone
        yield made


@pytest.fixture(scope="module")
def prometheus(box: RunningService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus of its own that asks the box; yields its address."""
    folder = tmp_path_factory.mktemp("prometheus")
    shutil.copy(str(RULES), str(folder))
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    text = text.replace("10.42.0.1:8080", box.page)  # type: ignore[attr-defined] # see box
    text = text.replace("scrape_interval: 30s", "scrape_interval: 1s")
    (folder / "prometheus.yml").write_text(text)
    address = "127.0.0.1:{}".format(free_port())
    with open(str(folder / "log"), "wb") as log:
        process = subprocess.Popen(
            [
                str(PROGRAMS / "prometheus"),
                "--config.file=" + str(folder / "prometheus.yml"),
                "--storage.tsdb.path=" + str(folder / "data"),
                "--web.listen-address=" + address,
                "--web.console.templates=" + str(folder),
                "--web.console.libraries=" + str(folder),
            ],
            stdout=log,
            stderr=log,
        )
    yield address
    process.terminate()
    process.wait(LONG_ENOUGH_S)


def ask(address: str, path: str, **query: str) -> Any:
    url = "http://{}/api/v1/{}?{}".format(address, path, urllib.parse.urlencode(query))
    with urllib.request.urlopen(url, timeout=LONG_ENOUGH_S) as answer:
        return json.loads(answer.read().decode("utf-8"))["data"]


def asked_until(address: str, path: str, good: Any, **query: str) -> Any:
    """Ask a program of others again until its answer is good: it has no event to wait for."""
    deadline = time.monotonic() + LONG_ENOUGH_S
    while True:
        try:
            answer = ask(address, path, **query)
            if good(answer) or time.monotonic() > deadline:
                return answer
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
        time.sleep(LOOK_S)


def test_a_real_prometheus_asks_a_real_box(box: RunningService, prometheus: str) -> None:
    box.client.post("/v1/capture")
    wanted = 'plantd_verdicts_total{answer="edible"}'
    answer = asked_until(
        prometheus,
        "query",
        lambda data: bool(data["result"]) and data["result"][0]["value"][1] == "1",
        query=wanted,
    )
    assert answer["result"][0]["metric"]["job"] == "plantd"
    assert answer["result"][0]["value"][1] == "1"


def test_it_has_loaded_every_alert(prometheus: str) -> None:
    groups = asked_until(prometheus, "rules", lambda data: bool(data["groups"]))["groups"]
    assert [len(group["rules"]) for group in groups] == [18]


@pytest.mark.parametrize("question", questions())
def test_it_understands_what_the_dashboard_asks(prometheus: str, question: str) -> None:
    asked_until(prometheus, "query", lambda data: True, query="up")
    assert ask(prometheus, "query", query=question)["resultType"] == "vector"


def test_the_textfile_is_whole_and_taken(box: RunningService, tmp_path: Path) -> None:
    path = tmp_path / "plantd.prom"
    for _ in range(2):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "plantd.cli", "metrics"),
                *("--socket", box.socket_path, "--textfile", str(path)),
            ],
            stderr=subprocess.PIPE,
            timeout=LONG_ENOUGH_S,
        )
        assert done.returncode == 0, done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["plantd.prom"]
    assert path.stat().st_mode & 0o777 == 0o644
    assert promtool("check", "metrics", given=path.read_bytes()) == ""
