"""A broken file that is read again: the last good configuration holds, and why is said."""

import pytest

from plantd.config import Config
from plantd.config.file import LoadedConfig
from plantd.errors import ConfigError
from plantd.health.states import ComponentStates
from plantd.service.notify import Notifier
from plantd.service.reload import LiveConfig


def broken() -> LoadedConfig:
    raise ConfigError(["plantd.yaml:1: bogus: is not a key", "plantd.yaml:2: log.level: is 'x'"])


def test_each_problem_of_a_file_that_is_not_taken_is_a_line_of_the_journal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = LiveConfig(LoadedConfig(Config(), {}), broken, ComponentStates(), Notifier({}))
    assert not live.reload()
    assert live.config() == Config()
    assert [record.getMessage() for record in caplog.records] == [
        "the configuration is not taken; the last good one holds",
        "plantd.yaml:1: bogus: is not a key",
        "plantd.yaml:2: log.level: is 'x'",
    ]
