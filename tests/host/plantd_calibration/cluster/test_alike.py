"""A machine compares itself before it touches anything."""

import pickle

import pytest

from plantd.errors import UnavailableError, UsageError
from plantd_calibration.cluster import tasks
from plantd_calibration.cluster.alike import NONE, marked
from plantd_calibration.cluster.tasks import Task


def told(path, text):
    path.write_text(text, encoding="utf-8")


def refused(path):
    raise UsageError("{} is refused".format(path))


def done(site, task):
    return tasks.on_a_machine("10.0.0.2", tasks.order(site, task, pickle.dumps))


def test_where_all_is_alike_the_task_is_done(tmp_path):
    path = tmp_path / "made"
    with marked(tmp_path) as site:
        assert done(site, Task("it", told, (path, "here"))) == ("10.0.0.2", None)
    assert path.read_text() == "here"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named_and_nothing_is_done(tmp_path):
    with marked(tmp_path / "shared") as site:
        elsewhere = site._replace(mark=tmp_path / "elsewhere" / site.mark.name)
        found = done(elsewhere, Task("it", told, (tmp_path / "made", "here"))).error
    assert isinstance(found, UnavailableError)
    assert "10.0.0.2 does not see {}".format(tmp_path / "elsewhere") in str(found)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["numpy", "plantd", "Python"])
def test_another_version_is_named(tmp_path, name):
    with marked(tmp_path) as site:
        own = site.versions[name]
        other = site._replace(versions={**site.versions, name: "0.1"})
        assert "{} {} instead of 0.1".format(name, own) in other.problem_here()


def test_a_library_that_is_missing_there_is_one_too(tmp_path):
    with marked(tmp_path) as site:
        other = site._replace(versions={**site.versions, "keras": NONE, "unheard-of": "2.9"})
        assert "keras {} instead of none".format(site.versions["keras"]) in other.problem_here()
        assert "unheard-of none instead of 2.9" in other.problem_here()


def test_pictures_that_are_decoded_otherwise_are_noticed(tmp_path):
    with marked(tmp_path) as site:
        assert site.problem_here() == ""
        assert "decodes pictures otherwise" in site._replace(seen="0" * 64).problem_here()


def test_what_a_task_refuses_comes_back_as_it_was_said(tmp_path):
    with marked(tmp_path) as site:
        found = done(site, Task("it", refused, ("the recipe",))).error
    assert isinstance(found, UsageError)
    assert str(found) == "the recipe is refused"


@pytest.mark.parametrize("threads", [1, 3])
def test_a_task_is_told_how_many_threads_it_has(tmp_path, threads, monkeypatch):
    monkeypatch.setattr("os.environ", {"TF_ENABLE_ONEDNN_OPTS": "0", "LANG": "C"})
    with marked(tmp_path) as site:
        given = tasks.order(site, Task("it", told, ()), pickle.dumps, threads)
    assert given.settings["OMP_NUM_THREADS"] == str(threads)
    assert given.settings["TF_NUM_INTRAOP_THREADS"] == str(threads)
    assert given.settings["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert "LANG" not in given.settings
