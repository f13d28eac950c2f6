"""Ansible before three real boxes; each test goes on from what the one before left."""

import json
from typing import Any

from containers import CONFIG, Fleet

from plantd.cli.wording import trial_line

OWN = "/etc/plantd/plantd.yaml"


def status(fleet: Fleet, name: str) -> Any:
    return json.loads(fleet.run(name, "sudo plantd-cli status --json"))


def pid(fleet: Fleet, name: str) -> str:
    return fleet.run(name, "systemctl show -p MainPID plantd")


def installed(fleet: Fleet, name: str) -> str:
    return fleet.run(name, "dpkg-query -W -f '${Version}' plantd")


def test_a_look_at_bare_boxes_tells_what_would_be_done_and_does_nothing(fleet: Fleet) -> None:
    done = fleet.play("--check", "--diff")
    assert done.code == 0
    assert (
        "+deb [signed-by=/etc/apt/keyrings/plantd.gpg] http://10.77.0.1:8080 stable main"
        in done.said
    )
    assert not (fleet.boxes["ridge-a"].root / "etc/apt/keyrings/plantd.gpg").exists()


def test_bare_boxes_get_plantd_from_the_web_from_files_and_from_a_stick(fleet: Fleet) -> None:
    done = fleet.play()
    assert done.code == 0
    for name in fleet.boxes:
        assert installed(fleet, name) == fleet.versions[0]
        told = status(fleet, name)
        assert (told["box"]["name"], told["service"]["state"]) == (name, "HEALTHY")
        assert fleet.run(name, "systemctl is-enabled plantd") == "enabled\n"


def test_a_second_run_changes_nothing(fleet: Fleet) -> None:
    done = fleet.play()
    assert (done.code, done.changed()) == (0, [0, 0, 0])


def test_plantd_fleet_reads_the_same_inventory(fleet: Fleet) -> None:
    done = fleet.ask("inventory")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()[1:]
    assert sorted(line.split()[0] for line in lines) == list(fleet.boxes)
    assert all("HEALTHY" in line for line in lines)


def test_a_look_shows_the_difference_and_changes_nothing(fleet: Fleet) -> None:
    before = fleet.boxes["ridge-a"].read(OWN)
    fleet.tell("ridge-a", plantd_config={**CONFIG, "verdict": {"edible": False}})
    done = fleet.play("--check", "--diff", "--limit", "ridge-a")
    assert done.code == 0
    assert "+  edible: " in done.said
    assert fleet.boxes["ridge-a"].read(OWN) == before


def test_a_key_that_a_reload_takes_is_taken_without_a_restart(fleet: Fleet) -> None:
    before = pid(fleet, "ridge-a")
    assert fleet.play("--limit", "ridge-a").code == 0
    assert pid(fleet, "ridge-a") == before
    assert status(fleet, "ridge-a")["edible"] is False


def test_a_key_that_needs_a_restart_gets_one(fleet: Fleet) -> None:
    before = pid(fleet, "ridge-a")
    camera = {"source": "test://plant", "width_px": 640, "height_px": 480}
    fleet.tell("ridge-a", plantd_config={**CONFIG, "camera": camera})
    assert fleet.play("--limit", "ridge-a").code == 0
    assert pid(fleet, "ridge-a") != before
    assert status(fleet, "ridge-a")["service"]["state"] == "HEALTHY"


def test_what_a_site_shares_lies_below_what_a_box_has_of_its_own(fleet: Fleet) -> None:
    fleet.tell("ridge-c", plantd_site={"camera": {"source": "csi://1", "burst": 2}})
    done = fleet.play("--limit", "ridge-c")
    assert (done.code, done.recap["ridge-c"].failed) == (0, 0)
    keys = json.loads(fleet.run("ridge-c", "plantd show-config --json"))["keys"]
    assert (keys["camera.burst"]["value"], keys["camera.source"]["value"]) == (2, "test://plant")
    assert keys["camera.burst"]["origin"].startswith("/etc/plantd/site.yaml:")


def test_a_wrong_configuration_is_refused_and_the_other_boxes_are_left_alone(fleet: Fleet) -> None:
    before, running = fleet.boxes["ridge-b"].read(OWN), pid(fleet, "ridge-b")
    fleet.tell("ridge-b", plantd_config={**CONFIG, "camera": {"sauce": "test://plant"}})
    done = fleet.play()
    assert done.code == 2
    assert "did you mean 'source'?" in done.said
    assert (done.recap["ridge-b"].failed, done.recap["ridge-b"].changed) == (1, 0)
    for other in ("ridge-a", "ridge-c"):
        assert (done.recap[other].failed, done.recap[other].changed) == (0, 0)
    assert (fleet.boxes["ridge-b"].read(OWN), pid(fleet, "ridge-b")) == (before, running)
    fleet.tell("ridge-b", plantd_config=CONFIG)


def test_a_signed_model_is_taken_and_one_that_nobody_signed_is_not(fleet: Fleet) -> None:
    owner = {"plantd_model_keys": [str(fleet.work / "owner.gpg")], "plantd_require_signature": True}
    fleet.tell("ridge-b", **owner, plantd_model=str(fleet.work / "plants70-9.0.0.tar.gz"))
    assert fleet.play("--limit", "ridge-b").code == 0
    told = status(fleet, "ridge-b")
    assert told["models"]["active"] == "plants70-9.0.0"
    assert trial_line(told["trial"]).startswith("plants70-9.0.0 is on trial")
    fleet.tell("ridge-b", plantd_model=str(fleet.work / "plants70-9.1.0.tar.gz"))
    done = fleet.play("--limit", "ridge-b")
    assert (done.code, done.recap["ridge-b"].failed) == (2, 1)
    assert "--unsigned" in done.said
    assert status(fleet, "ridge-b")["models"]["active"] == "plants70-9.0.0"
    fleet.tell("ridge-b", plantd_model=str(fleet.work / "plants70-9.0.0.tar.gz"))
    assert fleet.play("--limit", "ridge-b").changed() == [0]


def test_an_update_goes_on_where_a_box_is_off_and_says_which(fleet: Fleet) -> None:
    fleet.boxes["ridge-c"].cut()
    fleet.offer(1)
    done = fleet.play()
    assert done.code == 4
    assert done.recap["ridge-c"].unreachable == 1
    for name in ("ridge-a", "ridge-b"):
        assert done.recap[name].failed == 0
        assert installed(fleet, name) == fleet.versions[1]
        assert status(fleet, name)["service"]["state"] == "HEALTHY"


def test_a_box_that_was_off_catches_up_and_the_others_stay_as_they_are(fleet: Fleet) -> None:
    fleet.boxes["ridge-c"].boot()
    fleet.wait(fleet.boxes["ridge-c"])
    done = fleet.play()
    assert done.code == 0
    assert installed(fleet, "ridge-c") == fleet.versions[1]
    assert (done.recap["ridge-a"].changed, done.recap["ridge-b"].changed) == (0, 0)
    assert status(fleet, "ridge-c")["box"]["name"] == "ridge-c"


def test_a_version_that_does_not_start_goes_back_in_the_same_run(fleet: Fleet) -> None:
    fleet.offer(2)
    done = fleet.play("--limit", "ridge-a,ridge-b", "-e", "plantd_wait_s=10")
    assert done.code == 2
    assert f"plantd {fleet.versions[2]} went back to {fleet.versions[1]}: " in done.said
    for name in ("ridge-a", "ridge-b"):
        assert done.recap[name].failed == 1
        assert installed(fleet, name) == fleet.versions[1]
        fleet.run(name, "until plantd-cli status >/dev/null; do sleep 1; done")
    fleet.offer(1)


def test_a_package_that_was_changed_is_refused_and_the_old_one_serves_on(fleet: Fleet) -> None:
    (deb,) = (fleet.work / "stick").glob(f"pool/main/p/plantd/plantd_{fleet.versions[2]}_*.deb")
    content = bytearray(deb.read_bytes())
    content[len(content) // 2] ^= 1
    deb.write_bytes(bytes(content))
    # apt kept the good one of the test before.
    fleet.run("ridge-a", "sudo apt-get clean")
    before = pid(fleet, "ridge-a")
    fleet.offer(2)
    done = fleet.play("--limit", "ridge-a,ridge-c")
    assert done.code == 2
    for name in ("ridge-a", "ridge-c"):
        assert done.recap[name].failed == 1
        assert installed(fleet, name) == fleet.versions[1]
    assert "Hash Sum mismatch" in done.said
    assert pid(fleet, "ridge-a") == before


def test_the_way_back_is_an_older_version(fleet: Fleet) -> None:
    fleet.offer(0)
    assert fleet.play("--limit", "ridge-a").code == 0
    assert installed(fleet, "ridge-a") == fleet.versions[0]
    assert status(fleet, "ridge-a")["service"]["state"] == "HEALTHY"
