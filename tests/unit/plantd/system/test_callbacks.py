"""A bug in a callback leaves the thread alive that calls it."""

import pytest

from plantd.system.callbacks import guarded


def test_a_bug_in_a_callback_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    guarded(lambda value: 1 // value, "a listener")(0)  # type: ignore[arg-type,return-value]
    assert "a listener met a bug" in caplog.text
