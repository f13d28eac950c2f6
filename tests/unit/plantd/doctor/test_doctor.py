"""Each check of doctor on drawn machines: one where all is well, and what each fault looks like."""

import datetime
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Optional

import pytest
from support import tiny_bundle, tx2_tree
from support.as_nobody import NOBODY
from support.checkout import TOP
from support.drawn_machine import FACTS, UNIT, Programs, draw, probes
from support.gpsd_server import GpsdServer, report

from plantd.api.appliance import Check
from plantd.config import (
    ApiConfig,
    ButtonConfig,
    CameraConfig,
    Config,
    DisplayConfig,
    EngineConfig,
    HooksConfig,
    LightConfig,
    ModelConfig,
    MqttConfig,
    PathsConfig,
    PlaceConfig,
    RecordConfig,
    TelemetryConfig,
    VoiceConfig,
)
from plantd.doctor import (
    device_checks,
    place_checks,
    service_checks,
    setup_checks,
    system_checks,
    told_checks,
)
from plantd.doctor.probes import FAILED, OK, UNSEEN, WARNING, Checked, Probes, Ran, run
from plantd.doctor.report import doctor, json_from_checks, lines_from_checks
from plantd.doctor.table import CHEAP, CHECKS, run_checks
from plantd.errors import AccessError
from plantd.telemetry.clock import Clock
from plantd.telemetry.disk import Disk

DRAWN = Config(camera=CameraConfig(source="test://plant"), button=ButtonConfig(driver="fake"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw(tmp_path / "root")


def only(found: Checked) -> Check:
    (check,) = found
    return check


def by_id(found: Checked) -> Dict[str, Check]:
    return {check.id: check for check in found}


# ---- all of it ----------------------------------------------------------------------------------


def test_a_machine_on_which_all_is_well(root: Path) -> None:
    tiny_bundle.make(str(root / "var/lib/plantd/models/tiny-1.0.0"))
    os.symlink("tiny-1.0.0", str(root / "var/lib/plantd/models/active"))
    states = {check.id: check.state for check in run_checks(probes(root))}
    # Nothing answers on the socket of a drawn machine.
    assert states.pop("socket") == WARNING
    # A Jetson whose GPU is left idle is told so.
    assert states.pop("gpu") == WARNING
    assert {ident: state for ident, state in states.items() if state != OK} == {}
    assert {"config", "opencv", "group.gpio", "camera", "button", "model", "unit"} <= set(states)


def test_every_check_has_a_line_or_a_reason_not_to(root: Path) -> None:
    named = {check.id.split(".")[0] for check in run_checks(probes(root))}
    assert {name for name, _ in CHECKS} - named == {
        *("display", "mqtt", "network", "place", "plan", "voice")
    }


def placed(root: Path, place: PlaceConfig) -> Dict[str, Check]:
    """Return the checks of a place, before a model that says nothing of places."""
    tiny_bundle.make(str(root / "var/lib/plantd/models/active"))
    return by_id(place_checks.place(probes(root, DRAWN._replace(place=place))))


def test_a_place_of_which_the_model_says_nothing_is_told(root: Path) -> None:
    found = placed(root, PlaceConfig(region="Europe"))
    assert found["place"].state == WARNING
    assert "tiny 1.0.0 says of no plant where it grows: nothing changes" in found["place"].detail
    assert "species.yaml" in found["place"].remedy


def test_a_place_of_which_the_model_says_something_is_good(root: Path) -> None:
    model = ModelConfig(bundle=str(TOP / "engines/bundles/plants70"))
    config = DRAWN._replace(place=PlaceConfig(region="Europe"), model=model)
    (found,) = place_checks.place(probes(Path("/"), config))
    assert found.state == OK
    assert "27 plants where they grow, of 16 when" in found.detail


def test_a_gpsd_that_is_not_there_is_told_with_what_starts_it(root: Path) -> None:
    with GpsdServer() as gone:
        where = "127.0.0.1:{}".format(gone.address.port)
    found = placed(root, PlaceConfig(gpsd=where))["place.gpsd"]
    assert found.state == WARNING
    assert where + " cannot be read: Connection refused" in found.detail
    assert "systemctl enable --now gpsd.socket" in found.remedy


def test_a_gpsd_is_asked_for_its_version_alone(root: Path) -> None:
    with GpsdServer(report(52.51234, 13.41234)) as gpsd:
        place = PlaceConfig(gpsd="127.0.0.1:{}".format(gpsd.address.port))
        (found,) = place_checks.place(probes(root, DRAWN._replace(place=place)))
        assert (found.state, found.detail.split(";")[0]) == (OK, "gpsd 3.22 is there")
        assert not gpsd.watched.is_set()


@pytest.mark.parametrize("synchronised", [True, False])
def test_a_season_without_a_clock_is_told(root: Path, synchronised: bool) -> None:
    config = DRAWN._replace(place=PlaceConfig(region="Europe", season=True))
    clock = Clock(str(root), kernel=lambda: synchronised)
    told = by_id(place_checks.place(probes(root, config), clock))
    assert ("place.season" in told) is not synchronised


def test_programs_that_the_voice_lacks_are_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(root))
    config = DRAWN._replace(voice=VoiceConfig("alsa"))
    helps = [check.remedy for check in device_checks.voice(probes(root, config))]
    assert helps == ["sudo apt-get install espeak-ng", "sudo apt-get install alsa-utils"]


def test_what_the_broker_needs_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mqtt = MqttConfig("broker.lan", username="box", password_file="/etc/plantd/mqtt-password")
    config = DRAWN._replace(mqtt=mqtt)
    (told,) = told_checks.mqtt(probes(root, config))
    assert told.state == WARNING
    assert "mqtt.password_file cannot be read: No such file" in told.detail
    monkeypatch.setitem(sys.modules, "paho", None)
    told, _ = told_checks.mqtt(probes(root, config))
    assert told.detail.startswith("the library paho cannot be used")
    assert "sudo make install" in told.remedy


def test_a_broker_that_has_all_it_needs_is_well(root: Path) -> None:
    (told,) = told_checks.mqtt(probes(root, DRAWN._replace(mqtt=MqttConfig("broker.lan"))))
    assert told.state == OK


def test_what_a_display_lacks_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = DRAWN._replace(display=DisplayConfig("ssd1306"))
    (told,) = told_checks.display(probes(root, config))
    assert (told.state, told.detail) == (WARNING, "/dev/i2c-1 is not there")
    assert "display.i2c_bus" in told.remedy
    monkeypatch.setitem(sys.modules, "smbus2", None)
    told, _ = told_checks.display(probes(root, config))
    assert told.detail.startswith("the library smbus2 cannot be used")
    assert "python3-luma.oled" in told.remedy


def test_what_a_display_on_spi_lacks_is_told(root: Path) -> None:
    config = DRAWN._replace(display=DisplayConfig("ssd1306", bus="spi", dc_pin=18))
    (told,) = told_checks.display(probes(root, config))
    assert (told.state, told.detail) == (WARNING, "/dev/spidev0.0 is not there")
    assert "ls /dev/spidev*" in told.remedy


def test_what_an_e_ink_lacks_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = DRAWN._replace(display=DisplayConfig("inky-phat", spi_bus=1, spi_device=0))
    (told,) = told_checks.display(probes(root, config))
    assert "/dev/spidev1.0 is not there" in told.detail
    monkeypatch.setitem(sys.modules, "inky", None)
    lacks, _ = told_checks.display(probes(root, config))
    assert "inky" in lacks.detail
    assert "--no-deps 'inky<2'" in lacks.remedy
    assert ("gpio", "the display") in setup_checks.groups_of(config)


def test_a_display_that_has_all_it_needs_is_well(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "dev").mkdir(exist_ok=True)
    (root / "dev/i2c-1").touch()
    (oled,) = told_checks.display(probes(root, DRAWN._replace(display=DisplayConfig("ssd1306"))))
    # A picture needs neither a bus nor what drives one.
    monkeypatch.setitem(sys.modules, "smbus2", None)
    (png,) = told_checks.display(probes(root, DRAWN._replace(display=DisplayConfig("png"))))
    assert (oled.state, png.state) == (OK, OK)


def test_a_check_with_a_bug_hides_no_other(root: Path) -> None:
    def broken(_world: Probes) -> Checked:
        raise ZeroDivisionError("a bug")
        yield

    found = run_checks(probes(root), [("broken", broken), ("clock", system_checks.clock)])
    assert [(check.id, check.state) for check in found] == [("broken", UNSEEN), ("clock", OK)]
    assert "a bug" in found[0].detail


def test_what_is_cheap_starts_no_program(root: Path) -> None:
    programs = Programs()
    assert run_checks(probes(root, run=programs), CHEAP)
    assert programs.asked == []


# ---- the report ---------------------------------------------------------------------------------


def test_lines_say_state_what_was_seen_and_what_helps() -> None:
    checks = [Check("disk", FAILED, "read-only", "mount it"), Check("clock", OK, "good", "unasked")]
    assert lines_from_checks(checks) == [
        "FAILED  disk                 read-only",
        "                             -> mount it",
        "ok      clock                good",
        "",
        "1 failed, 0 warnings, 0 could not be seen, 1 ok",
    ]
    assert lines_from_checks([Check("clock", WARNING, "off")])[-1] == (
        "0 failed, 1 warning, 0 could not be seen, 0 ok"
    )


@pytest.mark.parametrize(
    ("states", "worst"),
    [((OK, UNSEEN), OK), ((OK, WARNING), WARNING), ((WARNING, FAILED), FAILED), ((), OK)],
)
def test_json_says_the_worst_state(states: Any, worst: str) -> None:
    report = json_from_checks([Check("a", state, "") for state in states])
    assert report["state"] == worst
    assert json.loads(json.dumps(report)) == report


def test_the_command_ends_with_69_when_something_has_failed(tmp_path: Path) -> None:
    path = tmp_path / "plantd.yaml"
    path.write_text("camera: {source: tset://plant}\n")
    out = io.StringIO()
    assert doctor(str(path), as_json=True, out=out) == 69
    (config,) = [c for c in json.loads(out.getvalue())["checks"] if c["id"] == "config"]
    assert config["state"] == FAILED
    assert "camera.source" in config["detail"]


@pytest.mark.gstreamer
def test_the_program_itself_finds_this_machine_fit(tmp_path: Path) -> None:
    bundle = tiny_bundle.make(str(tmp_path / "tiny"))
    settings = [
        "camera.source=test://plant",
        "button.driver=fake",
        "model.bundle=" + bundle,
        "record.reserve_mb=0",
        *("paths.{0}={1}/{0}".format(name, tmp_path) for name in PathsConfig._fields),
    ]
    command = [sys.executable, "-m", "plantd", "doctor"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(
        command,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        timeout=100,
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    assert "ok      opencv               OpenCV" in said
    assert "ok      model                tiny 1.0.0, made 2026-01-01, UNCALIBRATED" in said
    assert "0 failed" in said


def test_it_runs_as_a_user_without_rights(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can act as another user")
    state = tmp_path / "state"
    (state / "models").mkdir(parents=True)
    os.chmod(str(state), 0o700)
    program = (
        "import encodings.idna, os, sys\n"
        "from plantd.doctor import service_checks, setup_checks\n"
        "from plantd.doctor.probes import Probes\n"
        "from plantd.config import Config, PathsConfig\n"
        "os.setgroups([]); os.setgid({0}); os.setuid({0})\n"
        "probes = Probes(Config(paths=PathsConfig(state=sys.argv[1])))\n"
        "for check in (service_checks.bundle, setup_checks.directories):\n"
        "    print(*next(check(probes))[:2])\n"
    ).format(NOBODY)
    done = subprocess.run(
        [sys.executable, "-c", program, str(state)],
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        timeout=100,
    )
    assert done.stdout.decode().splitlines()[0] == "model unseen"


# ---- configuration, libraries, rights -----------------------------------------------------------


def test_a_broken_configuration_is_quoted(root: Path) -> None:
    broken = probes(root, problems=("f:1: camera.fps: is 'x'", "f:2: log.level: is 'y'"))
    check = only(setup_checks.config(broken))
    assert (check.state, check.detail) == (FAILED, "f:1: camera.fps: is 'x' (and 1 more)")


def test_a_sites_file_is_named_beside_the_boxs_own(root: Path) -> None:
    layered = probes(root, path="/etc/plantd/plantd.yaml", site="/etc/plantd/site.yaml")
    check = only(setup_checks.config(layered))
    assert check.detail == "/etc/plantd/plantd.yaml over /etc/plantd/site.yaml is good"


def test_no_configuration_is_a_warning(root: Path) -> None:
    assert only(setup_checks.config(probes(root, path=""))).state == WARNING


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (DRAWN, {"onnxruntime"}),
        (DRAWN._replace(engine=EngineConfig(backend="tensorrt")), {"tensorrt", "pycuda"}),
        (DRAWN._replace(engine=EngineConfig(backend="fake")), set()),
        (Config(), {"onnxruntime", "periphery"}),
        (DRAWN._replace(button=ButtonConfig(driver="jetson")), {"onnxruntime", "Jetson.GPIO"}),
        (DRAWN._replace(telemetry=TelemetryConfig(source="jtop")), {"onnxruntime", "jtop"}),
    ],
)
def test_only_the_libraries_that_are_configured_are_needed(config: Config, names: set) -> None:
    always = {"cv2", "numpy", "yaml", "aiohttp"}
    assert {name for name, _ in setup_checks.libraries_of(config)} == always | names


@pytest.mark.parametrize(
    ("ran", "state", "said"),
    [
        (Ran(0, "noise\n1.19.5", ""), OK, "numpy 1.19.5"),
        (Ran(1, "", "Traceback\nModuleNotFoundError: No module named 'numpy'"), FAILED, "No mod"),
        (Ran(-4, "", ""), FAILED, "ends Python by signal 4"),
        (None, FAILED, "no answer"),
    ],
)
def test_a_library_that_cannot_be_imported(
    root: Path, ran: Optional[Ran], state: str, said: str
) -> None:
    found = by_id(setup_checks.libraries(probes(root, run=lambda command: ran)))["library.numpy"]
    assert found.state == state
    assert said in found.detail


def test_the_room_for_thread_local_storage_is_explained(root: Path) -> None:
    said = "ImportError: libgomp.so.1: cannot allocate memory in static TLS block"
    found = by_id(setup_checks.libraries(probes(root, run=lambda command: Ran(1, "", said))))
    assert "import cv2 first" in found["library.onnxruntime"].remedy


def test_libraries_are_imported_after_cv2() -> None:
    done = run([sys.executable, "-c", setup_checks._IMPORT, "json"])
    assert done is not None
    assert done.code == 0
    assert setup_checks._IMPORT.index("cv2") < setup_checks._IMPORT.index("importlib")


def test_a_missing_group_names_user_group_and_command(tmp_path: Path) -> None:
    root = draw(tmp_path / "root", members=("video",))
    found = by_id(setup_checks.groups(probes(root)))
    assert found["group.video"].state == OK
    assert found["group.gpio"].state == FAILED
    assert found["group.gpio"].detail == "plantd is not in group gpio, which the button needs"
    assert found["group.gpio"].remedy.startswith("sudo usermod -aG gpio plantd")


@pytest.mark.parametrize(
    ("config", "groups"),
    [
        (DRAWN, set()),
        (Config(), {"video", "gpio"}),
        (DRAWN._replace(button=ButtonConfig(driver="evdev", device="/dev/input/x")), {"input"}),
        (DRAWN._replace(telemetry=TelemetryConfig(source="jtop")), {"jtop"}),
        (DRAWN._replace(engine=EngineConfig(backend="tensorrt")), {"video"}),
        (DRAWN._replace(light=LightConfig(driver="gpiochip", red_pin=12)), {"gpio"}),
        (DRAWN._replace(camera=CameraConfig(source="nonsense")), set()),
    ],
)
def test_only_the_groups_that_are_configured_are_needed(config: Config, groups: set) -> None:
    assert {group for group, _ in setup_checks.groups_of(config)} == groups


def test_without_the_services_user_whoever_asks_is_judged(root: Path) -> None:
    tx2_tree.write(root, "etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    assert only(setup_checks.user(probes(root))).state == WARNING
    assert probes(root).user().uid == os.getuid()


def test_openblas_is_asked_for_on_arm_only(root: Path) -> None:
    assert only(setup_checks.openblas(probes(root, machine="x86_64"))).state == OK
    assert "the unit" in only(setup_checks.openblas(probes(root))).detail
    bare = probes(root, run=lambda command: None)
    assert only(setup_checks.openblas(bare)).state == WARNING
    shell = probes(root, run=lambda command: None, environ={"OPENBLAS_CORETYPE": "ARMV8"})
    assert only(setup_checks.openblas(shell)).state == OK


def test_a_directory_of_another_user_is_a_fault(root: Path) -> None:
    os.chmod(str(root / "var/lib/plantd"), 0o755)
    found = by_id(setup_checks.directories(probes(root)))
    assert found["directory.state"].state == FAILED
    assert "sudo chown -R plantd:plantd /var/lib/plantd" in found["directory.state"].remedy
    assert found["directory.log"].state == OK


def test_a_directory_that_is_not_there_is_made_later(root: Path) -> None:
    os.rmdir(str(root / "var/log/plantd"))
    found = by_id(setup_checks.directories(probes(root)))["directory.log"]
    assert found.state == WARNING
    assert found.remedy == "sudo systemctl start plantd"


# ---- devices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "state", "said"),
    [
        (FACTS, OK, "and GStreamer 1.14.5"),
        (FACTS._replace(gstreamer=""), FAILED, "GStreamer cannot be loaded"),
        (FACTS._replace(opencv_version="", problem="OpenCV cannot be imported: x"), FAILED, "x"),
    ],
)
def test_opencv(root: Path, facts: Any, state: str, said: str) -> None:
    check = only(device_checks.opencv(probes(root, gstreamer=lambda: facts)))
    assert (check.state, said in check.detail) == (state, True)


def test_the_elements_of_the_source_are_looked_for(root: Path) -> None:
    bare = FACTS._replace(elements=frozenset({"videoconvert", "appsink"}))
    check = only(device_checks.elements(probes(root, gstreamer=lambda: bare)))
    assert check.state == FAILED
    assert "nvarguscamerasrc" in check.detail
    untold = FACTS._replace(elements=None)
    check = only(device_checks.elements(probes(root, gstreamer=lambda: untold)))
    assert check.state == UNSEEN
    assert "nvarguscamerasrc" in only(device_checks.elements(probes(root))).detail


def test_a_jetson_without_its_camera_daemon(root: Path) -> None:
    assert only(device_checks.camera(probes(root))).state == OK
    os.unlink(str(root / "tmp/argus_socket"))
    check = only(device_checks.camera(probes(root)))
    assert (check.state, "nvargus-daemon" in check.remedy) == (FAILED, True)


@pytest.mark.parametrize(
    ("mode", "state"), [(0o666, OK), (0o600, FAILED), (0o644, FAILED), (None, FAILED)]
)
def test_a_usb_camera_is_judged_by_its_node(root: Path, mode: Optional[int], state: str) -> None:
    if mode is not None:
        tx2_tree.write(root, "dev/video0", "")
        os.chmod(str(root / "dev/video0"), mode)
    config = DRAWN._replace(camera=CameraConfig(source="v4l2:///dev/video0"))
    assert only(device_checks.camera(probes(root, config))).state == state


def test_the_buttons_chip_is_looked_for_by_its_label(root: Path) -> None:
    assert (
        only(device_checks.button(probes(root))).detail == "line 161 of tegra-gpio (/dev/gpiochip0)"
    )
    check = only(device_checks.button(probes(root, gpio_chips=list)))
    assert (check.state, check.detail) == (
        FAILED,
        "no GPIO chip is labelled tegra-gpio; there is none",
    )
    line = Config(button=ButtonConfig(chip="tegra-gpio", pin=None, line=500))
    assert "has 192 lines" in only(device_checks.button(probes(root, line))).detail


def test_chips_that_may_not_be_read_are_not_guessed(root: Path) -> None:
    def forbidden() -> Any:
        raise AccessError("/dev/gpiochip0 may not be read")

    assert only(device_checks.button(probes(root, gpio_chips=forbidden))).state == UNSEEN


def test_every_lamp_has_its_line(root: Path) -> None:
    config = DRAWN._replace(light=LightConfig(driver="gpiochip", red_pin=12, green_pin=16))
    found = by_id(device_checks.light(probes(root, config)))
    assert found["light.red_pin"].state == OK
    assert found["light.green_pin"].state == FAILED


def test_a_gpu_that_is_left_idle_is_said_with_what_helps(root: Path) -> None:
    idle = only(device_checks.gpu(probes(root)))
    assert (idle.state, idle.detail) == (WARNING, "GPU idle: backend onnxruntime")
    assert idle.remedy.startswith("tensorrt is missing: it comes with JetPack")
    os.unlink(str(root / "etc/nv_tegra_release"))
    assert list(device_checks.gpu(probes(root))) == []


def test_the_nodes_of_the_gpu_are_needed_by_tensorrt_only(root: Path) -> None:
    assert [each.id for each in device_checks.gpu(probes(root))] == ["gpu"]
    config = DRAWN._replace(engine=EngineConfig(backend="tensorrt"))
    assert by_id(device_checks.gpu(probes(root, config)))["gpu.nvmap"].state == FAILED


def test_somebody_must_grant_what_only_root_may(root: Path) -> None:
    assert only(device_checks.root_requests(probes(root))).state == OK
    assert list(device_checks.root_requests(probes(root, DRAWN))) == []
    button = ButtonConfig(driver="fake", long_press_s=3.0, long_press_action="shutdown")
    programs = Programs()
    programs.answers["systemctl is-active"] = Ran(3, "inactive", "")
    check = only(
        device_checks.root_requests(probes(root, DRAWN._replace(button=button), run=programs))
    )
    assert (check.state, "nobody grants poweroff" in check.detail) == (WARNING, True)


# ---- model, plan, unit --------------------------------------------------------------------------


def with_bundle(path: str, **changes: Any) -> Config:
    return DRAWN._replace(model=ModelConfig(path), **changes)


def test_a_model_is_told_with_its_age(tmp_path: Path) -> None:
    config = with_bundle(tiny_bundle.make(str(tmp_path / "tiny")))
    here = Probes(config)
    young = only(service_checks.bundle(here, lambda: datetime.date(2026, 2, 1)))
    assert young.detail.startswith("tiny 1.0.0, made 2026-01-01, UNCALIBRATED")
    old = only(service_checks.bundle(here, lambda: datetime.date(2031, 2, 1)))
    assert (old.state, "5 years old" in old.detail) == (WARNING, True)


def test_a_damaged_model_is_a_fault(tmp_path: Path) -> None:
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    with open(path + "/species.yaml", "a") as species:
        species.write("# changed\n")
    check = only(service_checks.bundle(Probes(with_bundle(path))))
    assert (check.state, "species.yaml has sha256" in check.detail) == (FAILED, True)
    assert "plantd-cli model" in check.remedy


def test_a_missing_model_is_a_fault(root: Path) -> None:
    check = only(service_checks.bundle(probes(root)))
    assert (check.state, "no model bundle" in check.detail) == (FAILED, True)


def test_without_a_plan_tensorrt_has_nothing_to_run(tmp_path: Path) -> None:
    path = tiny_bundle.make(str(tmp_path / "tiny"))
    paths = PathsConfig(state=str(tmp_path / "state"))
    config = with_bundle(path, engine=EngineConfig(backend="tensorrt"), paths=paths)
    check = only(service_checks.plan(Probes(config)))
    assert (check.state, "make engine" in check.remedy) == (FAILED, True)
    assert list(service_checks.plan(Probes(with_bundle(path)))) == []


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, OK, "active (running), enabled"),
        ({"ActiveState": "failed", "ExecMainStatus": "78"}, FAILED, "its configuration is wrong"),
        ({"ActiveState": "failed", "ExecMainStatus": "1"}, FAILED, "it ended with 1"),
        ({"ActiveState": "inactive"}, WARNING, "inactive"),
        ({"UnitFileState": "disabled"}, WARNING, "disabled"),
        ({"LoadState": "not-found"}, WARNING, "not installed"),
    ],
)
def test_the_unit(changes: Dict[str, str], state: str, said: str) -> None:
    seen = dict(service_checks.properties(UNIT.splitlines()), **changes)
    check = service_checks.unit_check(seen)
    assert (check.state, said in check.detail) == (state, True)


def test_without_systemd_the_unit_is_not_seen(root: Path) -> None:
    os.rmdir(str(root / "run/systemd/system"))
    assert only(service_checks.unit(probes(root))).state == UNSEEN


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (Config(api=ApiConfig(http="10.42.0.1:8080")), "api.http needs"),
        (Config(mqtt=MqttConfig(host="broker")), "mqtt.host needs"),
        (Config(hooks=HooksConfig(url="http://10.0.0.1/")), "hooks.url needs"),
        (Config(place=PlaceConfig(gpsd="localhost:2947")), "place.gpsd needs"),
        (
            Config(api=ApiConfig(http="10.42.0.1:8080"), mqtt=MqttConfig(host="broker")),
            "api.http and mqtt.host need",
        ),
    ],
)
def test_what_wants_a_network_is_told_that_the_unit_sees_none(
    root: Path, config: Config, wanted: str
) -> None:
    check = only(service_checks.network(probes(root, config=config)))
    assert (check.state, check.detail.startswith(wanted + " a network")) == (FAILED, True)
    assert "/opt/plantd/page.conf" in check.remedy


def test_a_unit_that_is_open_to_the_network_is_well(root: Path) -> None:
    programs = Programs()
    programs.answers["systemctl show"] = Ran(0, "PrivateNetwork=no\n", "")
    config = Config(api=ApiConfig(http="10.42.0.1:8080"))
    assert only(service_checks.network(probes(root, config=config, run=programs))).state == OK


def test_who_wants_no_network_hears_nothing_of_it(root: Path) -> None:
    assert list(service_checks.network(probes(root))) == []


# ---- the system ---------------------------------------------------------------------------------

DISK = Disk("state", "/var/lib/plantd", 30000, 20000, 10.0, False, 1)


@pytest.mark.parametrize(
    ("disk", "state"),
    [
        (DISK, OK),
        (DISK._replace(read_only=True), FAILED),
        (DISK._replace(free_mb=100), WARNING),
        (DISK._replace(inodes_used_percent=99.0), WARNING),
        (DISK._replace(free_mb=None), UNSEEN),
    ],
)
def test_a_disk(disk: Disk, state: str) -> None:
    check = system_checks.disk_check(disk, Config(record=RecordConfig(reserve_mb=512)))
    assert (check.id, check.state) == ("disk.state", state)
    assert bool(check.remedy) == (state in (WARNING, FAILED))


def test_memory_and_swap(root: Path) -> None:
    assert only(system_checks.memory(probes(root))).detail == "5508 MB of 7852 available"
    tx2_tree.write(
        root, "proc/meminfo", "MemTotal: 8040448 kB\nMemAvailable: 102400 kB\nSwapTotal: 0 kB"
    )
    assert only(system_checks.memory(probes(root))).state == WARNING
    assert only(system_checks.swap(probes(root))).state == OK
    config = Config(engine=EngineConfig(backend="tensorrt"))
    assert "mkswap" in only(system_checks.swap(probes(root, config))).remedy


def test_a_desktop_is_named_with_what_it_takes(root: Path) -> None:
    assert only(system_checks.desktop(probes(root))).state == OK
    for pid, name in (("4711", "gnome-shell"), ("4712", "Xorg"), ("4713", "plantd")):
        tx2_tree.write(root, "proc/{}/comm".format(pid), name + "\n")
        tx2_tree.write(root, "proc/{}/status".format(pid), "VmRSS:\t204800 kB\n")
    check = only(system_checks.desktop(probes(root)))
    assert check.detail == "a desktop runs (Xorg, gnome-shell) and takes about 400 MB"
    assert "multi-user.target" in check.remedy


def test_a_clock_that_nobody_vouches_for_is_no_fault(root: Path) -> None:
    assert only(system_checks.clock(probes(root))).state == OK


def test_the_power_mode_is_shown_and_never_set(root: Path) -> None:
    assert "MAXP_CORE_ARM" in only(system_checks.power_mode(probes(root))).detail
    os.unlink(str(root / "var/lib/nvpmodel/status"))
    assert only(system_checks.power_mode(probes(root))).state == UNSEEN
    os.unlink(str(root / "etc/nv_tegra_release"))
    assert only(system_checks.power_mode(probes(root))).state == OK


@pytest.mark.parametrize(
    ("governor", "driver", "state"),
    [("schedutil", "", OK), ("powersave", "tegra18", WARNING), ("powersave", "intel_pstate", OK)],
)
def test_a_governor_that_keeps_clocks_low(
    root: Path, governor: str, driver: str, state: str
) -> None:
    folder = "sys/devices/system/cpu/cpu0/cpufreq/"
    tx2_tree.write(root, folder + "scaling_governor", governor)
    tx2_tree.write(root, folder + "scaling_driver", driver)
    assert only(system_checks.governor(probes(root))).state == state


def test_heat(root: Path) -> None:
    assert "C" in only(system_checks.heat(probes(root))).detail
    tx2_tree.write(root, "sys/class/thermal/thermal_zone2/temp", "91000")
    check = only(system_checks.heat(probes(root)))
    assert (check.state, "GPU" in check.detail) == (WARNING, True)
    tx2_tree.write(root, "sys/class/thermal/cooling_device0/type", "cpu-throttle")
    tx2_tree.write(root, "sys/class/thermal/cooling_device0/cur_state", "3")
    assert "slows the device down: cpu-throttle" in only(system_checks.heat(probes(root))).detail


def test_heat_that_nobody_measures_is_not_seen(tmp_path: Path) -> None:
    assert only(system_checks.heat(probes(tmp_path))).state == UNSEEN


# ---- running programs ---------------------------------------------------------------------------


def test_a_program_that_is_not_installed_is_none() -> None:
    assert run(["plantd-no-such-program"]) is None


def test_a_programs_answer() -> None:
    assert run(["sh", "-c", "echo out; echo err >&2; exit 3"]) == Ran(3, "out", "err")
