"""The site's file lies below the box's own: what the box's own says wins, key by key."""

import io
import json
import os
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import pytest

from plantd.config import Config, last_good
from plantd.config.commands import check_config, show_config
from plantd.config.file import LoadedConfig, load, path_in_use, site_of
from plantd.errors import EX_CONFIG, ConfigError

BROKEN = ConfigError(["/etc/plantd/site.yaml:3: camra: is not a key of the configuration"])
OWN_BESIDE_SITE = [
    ("button: {pin: 31}", "button: {line: 161}", (None, 161)),
    ("button: {line: 161}", "button: {pin: 31}", (31, None)),
    ("button: {line: 161}", "", (None, 161)),
]


def written(tmp_path: Path, site: str, own: str) -> str:
    """Write both files; return the box's own."""
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    (tmp_path / "plantd.yaml").write_text(own, encoding="utf-8")
    return str(tmp_path / "plantd.yaml")


def loaded(tmp_path: Path, site: str, own: str, overrides: Sequence[str] = ()) -> LoadedConfig:
    return load(written(tmp_path, site, own), overrides)


def problems(tmp_path: Path, site: str, own: str, overrides: Sequence[str] = ()) -> List[str]:
    """Return the problems, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, site, own, overrides)
    return [problem.replace(str(tmp_path) + "/", "") for problem in caught.value.problems]


def test_the_boxs_own_wins_key_by_key_and_each_origin_is_told(tmp_path: Path) -> None:
    site = "camera:\n  fps: 15\n  idle: stop\nlog: {level: debug}\n"
    found = loaded(tmp_path, site, "# mine\ncamera: {fps: 5}\n", ["log.level=error"])
    assert (found.config.camera.fps, found.config.camera.idle) == (5, "stop")
    assert found.config.log.level == "error"
    assert found.site == str(tmp_path / "site.yaml")
    assert found.origins["camera.fps"] == str(tmp_path / "plantd.yaml") + ":2"
    assert found.origins["camera.idle"] == found.site + ":3"
    assert found.origins["log.level"] == "command line"
    assert found.origins["camera.width_px"] == "default"


def test_the_boxs_own_takes_a_sites_value_back_to_the_default(tmp_path: Path) -> None:
    found = loaded(tmp_path, "camera: {exposure_us: 9}\n", "camera: {exposure_us: null}\n")
    assert found.config == Config()


def test_without_a_sites_file_it_is_as_ever(tmp_path: Path) -> None:
    own = tmp_path / "plantd.yaml"
    own.write_text("camera: {fps: 5}\n")
    found = load(str(own))
    assert (found.site, found.files) == ("", str(own))


def test_a_sites_file_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# nothing yet\n", "").config == Config()


def test_a_sites_file_is_not_below_itself(tmp_path: Path) -> None:
    written(tmp_path, "camera: {fps: 5}\n", "")
    found = load(str(tmp_path / "site.yaml"))
    assert (found.config.camera.fps, found.site) == (5, "")


def test_problems_of_both_files_are_told_at_once_the_sites_first(tmp_path: Path) -> None:
    site = "camera:\n  width: 640\nlog: {level: loud}\n"
    own = "camera:\n  idle: few\n"
    assert problems(tmp_path, site, own, ["log.files=0"]) == [
        "site.yaml:2: camera.width: is not a key of camera; did you mean 'width_px'?",
        "site.yaml:3: log.level: is 'loud'; expected one of debug, info, warning, error",
        "plantd.yaml:2: camera.idle: is 'few'; expected one of stream, stop",
        "command line: log.files: is 0; expected a whole number from 1 to 100",
    ]


def test_a_sites_file_that_is_no_yaml_hides_no_problem_of_the_other(tmp_path: Path) -> None:
    found = problems(tmp_path, "camera:\n\tfps: 3\n", "log: {levle: info}\n")
    assert found[0].startswith("site.yaml:2: this is not YAML: a tab is in the way")
    assert found[1:] == ["plantd.yaml:1: log.levle: is not a key of log; did you mean 'level'?"]


def test_no_rule_is_asked_where_a_file_could_not_be_read(tmp_path: Path) -> None:
    (only,) = problems(
        tmp_path, "button: {long_press_s: 3\n", "button: {long_press_action: repeat}"
    )
    assert only.startswith("site.yaml:2: this is not YAML")


def test_what_contradicts_the_other_file_bears_the_line_of_the_one_to_blame(tmp_path: Path) -> None:
    found = problems(
        tmp_path, "camera: {press_timeout_s: 40}\n", "\napi: {request_timeout_s: 20}\n"
    )
    (only,) = found
    assert only.startswith("plantd.yaml:2: api.request_timeout_s: is 20.0 s; expected more than ")


@pytest.mark.parametrize("key", ["box: {name: hut}", "mqtt: {name: hut}"])
def test_what_is_each_boxs_own_has_no_place_in_the_sites_file(tmp_path: Path, key: str) -> None:
    (only,) = problems(tmp_path, key + "\n", "")
    assert only.endswith("is each box's own; expected in the box's own file, not the site's")
    assert loaded(tmp_path, "", key + "\n").config != Config()


@pytest.mark.parametrize(
    ("site", "own", "place"),
    [
        ("region: Europe", "latitude: 40, longitude: -80", ("none", 40.0, -80.0, "")),
        ("latitude: 47, longitude: 8", "region: Europe", ("Europe", None, None, "")),
        ("gpsd: 'gps:1'", "region: Europe", ("Europe", None, None, "gps:1")),
        ("gpsd: 'gps:1'", "latitude: 40, longitude: 8", ("none", 40.0, 8.0, "gps:1")),
        ("region: Europe", "gpsd: 'gps:1'", ("Europe", None, None, "gps:1")),
        ("latitude: 47, longitude: 8", "gpsd: 'gps:1'", ("none", 47.0, 8.0, "gps:1")),
        ("gpsd: 'gps:1', region: Europe", "latitude: 4, longitude: 8", ("none", 4.0, 8.0, "gps:1")),
        ("latitude: 47, longitude: 8", "latitude: 40", ("none", 40.0, 8.0, "")),
        ("latitude: 47, longitude: 8", "region: none", ("none", 47.0, 8.0, "")),
        ("region: Europe", "season: true", ("Europe", None, None, "")),
    ],
)
def test_the_boxs_own_word_on_its_place_takes_the_place_of_the_sites(
    tmp_path: Path, site: str, own: str, place: Tuple[object, ...]
) -> None:
    site, own = "place: {" + site + "}\n", "place: {" + own + "}\n"
    assert loaded(tmp_path, site, own).config.place[:4] == place


def test_what_gave_way_of_a_place_says_to_what(tmp_path: Path) -> None:
    site, own = "place: {region: Europe}\n", "place: {latitude: 40, longitude: -80}\n"
    assert loaded(tmp_path, site, own).origins["place.region"] == "place.latitude is given"


def test_one_file_that_says_two_things_of_a_place_is_told_so(tmp_path: Path) -> None:
    own = "place: {region: Europe, latitude: 40, longitude: -80}\n"
    (only,) = problems(tmp_path, "place: {region: Africa}\n", own)
    assert only.startswith("plantd.yaml:1: place.region: is given beside place.latitude")


@pytest.mark.parametrize(("site", "own", "button"), OWN_BESIDE_SITE)
def test_of_pin_and_line_the_one_that_the_lower_file_names_gives_way(
    tmp_path: Path, site: str, own: str, button: Tuple[object, object]
) -> None:
    found = loaded(tmp_path, site + "\n", own + "\n").config.button
    assert (found.pin, found.line) == button


def test_a_sites_file_that_leads_nowhere_is_told_and_not_passed_over(tmp_path: Path) -> None:
    own = tmp_path / "plantd.yaml"
    own.write_text("")
    (tmp_path / "site.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match="site.yaml: there is no such file"):
        load(str(own))


def test_where_a_sites_file_lies_the_boxs_own_is_not_done_without(tmp_path: Path) -> None:
    environment: Dict[str, str] = {"PLANTD_CONFIG": str(tmp_path / "plantd.yaml")}
    assert path_in_use(None, environment) is None
    assert path_in_use("/other.yaml", environment) == "/other.yaml"
    (tmp_path / "site.yaml").write_text("")
    assert path_in_use(None, environment) == environment["PLANTD_CONFIG"]


def test_what_holds_is_shown_with_the_file_of_each_value(tmp_path: Path) -> None:
    path, out = written(tmp_path, "\nlog: {level: debug}\n", "camera: {fps: 5}\n"), io.StringIO()
    assert show_config(path, json=True, out=out) == 0
    shown = json.loads(out.getvalue())
    assert (shown["path"], shown["site"]) == (path, str(tmp_path / "site.yaml"))
    assert shown["keys"]["log.level"]["origin"] == shown["site"] + ":2"
    assert shown["keys"]["camera.fps"]["origin"] == path + ":1"


def test_both_files_are_called_good_together(tmp_path: Path) -> None:
    path, out = written(tmp_path, "log: {level: debug}\n", "camera: {fps: 5}\n"), io.StringIO()
    assert check_config(path, out=out) == 0
    assert out.getvalue().startswith("{} over {}: good; 2 of ".format(path, site_of(path)))


def test_bad_files_are_counted_together(tmp_path: Path) -> None:
    path, err = written(tmp_path, "log: {level: x}\n", "camera: {fps: x}\n"), io.StringIO()
    assert check_config(path, err=err) == EX_CONFIG
    assert err.getvalue().splitlines()[-1] == "2 problems"


def kept_at(tmp_path: Path) -> str:
    return last_good.place(str(tmp_path / "plantd.yaml"), {"STATE_DIRECTORY": str(tmp_path)})


def test_both_files_are_kept_and_hold_together(tmp_path: Path) -> None:
    path, kept = written(tmp_path, "log: {level: debug}\n", "camera: {fps: 7}\n"), kept_at(tmp_path)
    last_good.keep(path, kept)
    found = last_good.instead_of(BROKEN, kept, [])
    assert found is not None
    assert (found.config.camera.fps, found.config.log.level) == (7, "debug")
    assert found.complaint.startswith("/etc/plantd/site.yaml:3: camra: ")


@pytest.mark.parametrize("site", ["log: {level: error}\n", None])
def test_a_newer_pair_takes_the_place_of_the_old_one(tmp_path: Path, site: object) -> None:
    path, kept = written(tmp_path, "log: {level: debug}\n", "camera: {fps: 7}\n"), kept_at(tmp_path)
    last_good.keep(path, kept)
    (tmp_path / "site.yaml").unlink()
    if site:
        written(tmp_path, str(site), "camera: {fps: 8}\n")
    last_good.keep(path, kept)
    found = last_good.instead_of(BROKEN, kept, [])
    assert found is not None
    assert found.config.log.level == ("error" if site else "info")
    assert len(os.listdir(os.path.dirname(kept))) == (2 if site else 1)


def test_what_an_older_plantd_kept_holds_until_a_pair_takes_its_place(tmp_path: Path) -> None:
    path, kept = written(tmp_path, "log: {level: debug}\n", "camera: {fps: 7}\n"), kept_at(tmp_path)
    os.mkdir(os.path.dirname(kept))
    Path(kept).write_text("camera: {fps: 6}\n")
    found = last_good.instead_of(BROKEN, kept, [])
    assert found is not None
    assert found.config.camera.fps == 6
    last_good.keep(path, kept)
    found = last_good.instead_of(BROKEN, kept, [])
    assert found is not None
    assert (found.config.camera.fps, found.config.log.level) == (7, "debug")


def test_what_a_power_cut_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path, kept = written(tmp_path, "log: {level: debug}\n", "camera: {fps: 7}\n"), kept_at(tmp_path)
    os.makedirs(kept + "+new")
    Path(kept + "+new", "site.yaml").write_text("half")
    os.symlink("nowhere", kept + "+link")
    last_good.keep(path, kept)
    assert last_good.instead_of(BROKEN, kept, []) is not None
    assert len(os.listdir(os.path.dirname(kept))) == 2
