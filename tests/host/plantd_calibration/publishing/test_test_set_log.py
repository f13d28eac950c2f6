"""The log of uses of the test photographs, which training and calibration write."""

from plantd_calibration.publishing import test_set_log
from plantd_calibration.publishing.test_set_log import log_use, read_log


def use(date="2026-01-01", model="plants 1.0.0", result="top-1 0.9"):
    return test_set_log.TestSetUse(date, model, result)


def test_uses_are_listed_oldest_first_under_one_header(tmp_path):
    path = tmp_path / "looks.csv"
    log_use(path, use())
    assert log_use(path, use(model="plants 1.1.0")) == read_log(path)
    assert [one.model for one in read_log(path)] == ["plants 1.0.0", "plants 1.1.0"]
    assert path.read_text().splitlines()[0] == "date,model,saw"


def test_the_same_result_of_the_same_model_is_no_new_use(tmp_path):
    path = tmp_path / "looks.csv"
    log_use(path, use())
    log_use(path, use(date="2026-01-02"))
    assert read_log(path) == [use()]


def test_there_is_no_use_before_the_first(tmp_path):
    assert read_log(tmp_path / "looks.csv") == []
