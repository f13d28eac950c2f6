"""What several machines cannot train together is refused before anybody is met."""

import pytest

from plantd.errors import EX_USAGE
from plantd_training.cli import main

GIVEN = ["weights", "--data", "nowhere"]
TOGETHER = [*GIVEN, "--distribute", "192.0.2.1:7711"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*GIVEN, "--processes", "2"], "expected --distribute HOST:PORT besides"),
        ([*GIVEN, "--process", "1"], "expected --distribute HOST:PORT besides"),
        ([*TOGETHER, "--processes", "2", "--process", "2"], "expected a process from 0"),
        ([*GIVEN, "--distribute", "local", "--processes", "2"], "one process with local"),
        ([*TOGETHER, "--cluster", "local"], "expected neither --cluster"),
        ([*TOGETHER, "--trainer", "bfloat16"], "nor --trainer bfloat16"),
        ([*GIVEN, "--distribute", "nobody"], "names nobody"),
    ],
)
def test_what_does_not_go_together_is_refused(words, said, capsys, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert main(words) == EX_USAGE
    assert said in capsys.readouterr().err


def test_keras_on_tensorflow_is_refused_with_the_reason(capsys, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert main(TOGETHER) == EX_USAGE
    assert "MultiWorkerMirroredStrategy (keras issue 20585)" in capsys.readouterr().err
