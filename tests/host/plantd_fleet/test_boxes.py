"""The inventory: what Ansible's files name, what support bundles and boxes over SSH say."""

import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any, Dict

import pytest
from support import wire_samples as samples

from plantd.errors import NotFoundError, UnavailableError, UsageError
from plantd_fleet import cli
from plantd_fleet.boxes import table, warnings, worst_first
from plantd_fleet.collecting import collect
from plantd_fleet.facts import BoxFacts, facts_of_bundle, facts_of_status
from plantd_fleet.hosts import Host, hosts_in
from plantd_fleet.records import Records
from plantd_fleet.records_report import page

INI = """
[north]
ridge-03 ansible_host=10.0.0.3 ansible_user=field ansible_port=2222
ridge-04

[north:vars]
ansible_ssh_private_key_file=/keys/north
"""
YAML = """
all:
  children:
    north:
      hosts:
        ridge-03: {ansible_host: 10.0.0.3, ansible_user: field, ansible_port: 2222}
        ridge-04: {}
      vars: {ansible_ssh_private_key_file: /keys/north}
"""
STATUS: Dict[str, Any] = {
    "box": {"name": "ridge-03", "id": "3f9a1c20b7de"},
    "service": {"state": "DEGRADED", "detail": "a full card", "version": "0.1.0"},
    "model": {"name": "plants70", "version": "1.0.0"},
    "verdicts": {"total": 118},
    "disk": [{"name": "state", "free_mb": 2048.0}, {"name": "log", "free_mb": 512.0}],
    "device": {"temperatures_c": {"CPU": 51.5, "GPU": 47.0}},
}


@pytest.mark.parametrize(("name", "text"), [("boxes.ini", INI), ("boxes.yaml", YAML)])
def test_an_inventory_of_ansible_is_read_by_ansible(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert hosts_in(str(tmp_path / name)) == [
        Host("ridge-03", "10.0.0.3", 2222, "field", "/keys/north"),
        Host("ridge-04", "ridge-04", 0, "", "/keys/north"),
    ]


def test_words_for_ssh_are_taken_apart_as_a_shell_does(tmp_path: Path) -> None:
    words = """-o ProxyCommand="ssh -W %h:%p gate" -C"""
    (tmp_path / "boxes.ini").write_text("ridge-03 ansible_ssh_common_args='{}'\n".format(words))
    (host,) = hosts_in(str(tmp_path / "boxes.ini"))
    assert host.options == ("-o", "ProxyCommand=ssh -W %h:%p gate", "-C")
    (tmp_path / "boxes.yaml").write_text("all: {hosts: {a: {ansible_ssh_common_args: '-o \"x'}}}")
    with pytest.raises(UsageError, match="a: ansible_ssh_common_args: No closing quotation"):
        hosts_in(str(tmp_path / "boxes.yaml"))


def test_what_a_box_says_cannot_steer_the_terminal() -> None:
    (_, line) = table([BoxFacts("ridge-03", name="a\x1b[2J", detail="b\x07\nc")])
    assert line.isprintable()


def test_what_is_no_inventory_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no inventory"):
        hosts_in(str(tmp_path / "none"))
    (tmp_path / "boxes.yaml").write_text("[: {")
    with pytest.raises(UsageError, match="is not an inventory that Ansible reads"):
        hosts_in(str(tmp_path / "boxes.yaml"))


def test_an_inventory_that_takes_too_long_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "boxes.ini").write_text(INI)
    with pytest.raises(UnavailableError, match="boxes.ini was not read within 0.01 s"):
        hosts_in(str(tmp_path / "boxes.ini"), timeout_s=0.01)


@pytest.mark.parametrize("words", [["query", "seen"], ["inventory"], ["collect"]])
def test_what_a_box_calls_itself_cannot_steer_the_terminal(
    tmp_path: Path, words: "list[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    evil = {"name": "a\x1b[2J\nb", "id": "3f9a1c20b7de"}
    line = {**samples.verdict(7), "box": evil, "picture": None, "label": None}
    line["species"] = [{**line["species"][0], "label": "leek\x1b]0;x\x07"}]
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\n")
    cli.main(["collect", str(tmp_path / "a.jsonl"), "--records", str(tmp_path / "r")])
    if words[0] == "inventory":
        other = {**STATUS, "model": {"name": "m\x1b[2J", "version": "2"}}
        words = ["inventory"] + [
            support_bundle(tmp_path / name, tree)
            for name, tree in (("a.tar.gz", STATUS), ("b\x1b[2J.tar.gz", other))
        ]
    elif words[0] == "collect":
        words = ["collect", str(tmp_path / "none\x1b[2J.jsonl"), "--records", str(tmp_path / "r")]
    else:
        words += ["--records", str(tmp_path / "r")]
    cli.main(words)
    said = capsys.readouterr()
    assert "\\x1b[2J" in said.out + said.err
    assert "\x1b" not in said.out + said.err
    assert "\x07" not in said.out


def test_a_status_says_how_a_box_is() -> None:
    assert facts_of_status("ridge-03", STATUS, samples.verdict(7)) == BoxFacts(
        "ridge-03",
        "ridge-03",
        "3f9a1c20b7de",
        "0.1.0",
        "DEGRADED",
        "a full card",
        "plants70 1.0.0",
        118,
        samples.verdict(7)["wall"],
        "poisonous",
        512.0,
        51.5,
    )


def test_a_status_of_another_version_leaves_unknown_what_it_does_not_say() -> None:
    assert facts_of_status("x", {"service": None, "disk": [7]}, None) == BoxFacts("x")


def support_bundle(path: Path, status: Any) -> str:
    files = {
        "status.json": status,
        "box.json": {"name": "ridge-03", "id": "3f9a1c20b7de"},
        "version.json": {"plantd": "0.1.0"},
        "log.ndjson": samples.verdict(7),
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, tree in files.items():
            made = path.parent / name
            made.write_text(json.dumps(tree) + "\n")
            archive.add(made, "plantd-support/" + name)
    return str(path)


def test_a_support_bundle_says_how_its_box_was(tmp_path: Path) -> None:
    found = facts_of_bundle(support_bundle(tmp_path / "a.tar.gz", STATUS))
    assert (found.name, found.id, found.state) == ("ridge-03", "3f9a1c20b7de", "DEGRADED")
    assert found.answer == "poisonous"


def test_a_support_bundle_of_a_silent_service_names_the_box_and_why(tmp_path: Path) -> None:
    found = facts_of_bundle(support_bundle(tmp_path / "a.tar.gz", {"error": "no socket"}))
    assert (found.name, found.version, found.state) == ("ridge-03", "0.1.0", "silent")
    assert found.detail == "no socket"


def test_what_is_no_support_bundle_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_text("no archive")
    with pytest.raises(UsageError, match="is not a support bundle"):
        facts_of_bundle(str(tmp_path / "a.tar.gz"))


def test_silent_boxes_stand_before_failed_ones_and_those_before_good_ones() -> None:
    found = [BoxFacts(s, s, state=s) for s in ("HEALTHY", "FAILED", "silent", "DEGRADED")]
    assert [box.state for box in worst_first(found)] == ["silent", "FAILED", "DEGRADED", "HEALTHY"]
    assert len(table(found)) == 5


def test_one_identity_on_two_boxes_and_two_versions_are_told() -> None:
    one = BoxFacts("a", "a", "3f9a1c20b7de", "0.1.0", model="m 1")
    other = BoxFacts("b", "b", "3f9a1c20b7de", "0.2.0", model="m 1")
    told = warnings([one, other])
    assert told[0].startswith("a, b have one identity, 3f9a1c20b7de")
    assert told[1:] == ["2 versions of plantd: 0.1.0, 0.2.0"]
    assert warnings([one, one]) == []


@pytest.fixture
def over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program ssh that answers for ridge-03 alone, and writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "status.json").write_text(json.dumps(STATUS))
    (tmp_path / "last.json").write_text(json.dumps(samples.verdict(7)))
    line = {**samples.verdict(7), "box": STATUS["box"], "picture": None, "label": None}
    (tmp_path / "export.jsonl").write_text(json.dumps(line) + "\n")
    program = folder / "ssh"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >>{tmp_path}/called\n'
        'case "$*" in\n'
        f"*10.0.0.3*export*) cat {tmp_path}/export.jsonl ;;\n"
        f"*10.0.0.3*) cat {tmp_path}/status.json; echo; cat {tmp_path}/last.json ;;\n"
        "*) echo 'ssh: connect to host ridge-04 port 22: No route to host' >&2; exit 255 ;;\n"
        "esac\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    (tmp_path / "boxes.ini").write_text(INI)
    return tmp_path


def test_the_inventory_over_ssh_has_every_box_and_its_code_says_that_one_is_silent(
    over_ssh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inventory", "-i", str(over_ssh / "boxes.ini")]) == 69
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("ridge-04")
    assert "No route to host" in lines[1]
    assert "3f9a1c20b7de  DEGRADED  0.1.0   plants70 1.0.0  118" in lines[2]


def test_ssh_is_asked_as_the_inventory_says_and_never_for_a_password(over_ssh: Path) -> None:
    cli.main(["inventory", "-i", str(over_ssh / "boxes.ini")])
    called = (over_ssh / "called").read_text()
    assert "-o BatchMode=yes" in called
    assert "-p 2222 -l field -i /keys/north -- 10.0.0.3 plantd-cli status --json" in called


def test_a_box_that_does_not_answer_keeps_nobody_from_being_collected(
    over_ssh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["collect", "-i", str(over_ssh / "boxes.ini"), "--records", str(over_ssh / "records")]
    assert cli.main(words) == 69
    said = capsys.readouterr()
    assert "ridge-03: 1 verdicts and 0 readings are new" in said.out
    assert "ridge-04: ssh: connect to host ridge-04 port 22: No route to host" in said.err


def test_the_report_is_one_page_with_boxes_and_records(over_ssh: Path) -> None:
    cli.main(["collect", "-i", str(over_ssh / "boxes.ini"), "--records", str(over_ssh / "r")])
    out = over_ssh / "fleet.html"
    words = ["report", "-i", str(over_ssh / "boxes.ini"), "--records", str(over_ssh / "r")]
    assert cli.main([*words, "--out", str(out)]) == 0
    text = out.read_text()
    for part in ("ridge-03", "No route to host", "What was seen", "lily_of_the_valley"):
        assert part in text


def test_the_report_reads_in_words_and_names_of_months(tmp_path: Path) -> None:
    months = ("2026-05", "2026-06")
    lines = [
        {**samples.verdict(seq), "box": STATUS["box"], "picture": None, "label": None}
        for seq in (1, 2, 3)
    ]
    for line, month in zip(lines, (*months, months[1])):
        line["wall"] = month + "-01T10:00:00Z"
    lines[0]["species"] = [{**lines[0]["species"][0], "label": "foxglove"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    records = Records(str(tmp_path / "r"))
    collect(records, [str(tmp_path / "a.jsonl")])
    text = page([], records).text
    records.close()
    assert "score of the plant" in text
    assert "species_p" not in text
    # What was seen: the newest month first.
    seen = text.partition("What was seen, where and when")[2]
    assert seen.index("2026-06") < seen.index("2026-05")


def test_a_query_is_csv(over_ssh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["collect", "-i", str(over_ssh / "boxes.ini"), "--records", str(over_ssh / "r")])
    capsys.readouterr()
    assert cli.main(["query", "answers", "--records", str(over_ssh / "r")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "2026-06,1,1,0,0"


@pytest.mark.parametrize("words", [["inventory"], ["report"], ["collect", "--records", "x"]])
def test_nothing_to_look_at_is_said_with_64(
    words: "list[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 64
    assert capsys.readouterr().err.startswith("plantd-fleet: ")
