"""What no cluster can share out is refused before anybody is joined."""

from host.support.drawn_photos import draw_photos, write_facts
from host.support.recipes import write_recipe

from plantd.errors import EX_USAGE
from plantd_training.cli import main

# Nobody listens there, and nobody is asked.
NOBODY = ["--cluster", "127.0.0.1:1"]


def test_a_recipe_without_folds_is_refused_with_its_method(tmp_path, capsys):
    data = draw_photos(tmp_path / "drawn", each=(1, 1, 1))
    given = ["--data", str(data), "--recipe", str(write_recipe(tmp_path)), *NOBODY]
    facts = ["--species", str(write_facts(tmp_path / "facts.yaml"))]
    assert main(["bundle", *given, *facts, "--cache", str(tmp_path / "c")]) == EX_USAGE
    said = capsys.readouterr().err
    assert "has the method linear_probe; expected finetune: networks trained fold by fold" in said
    assert not (tmp_path / "c").exists()


def test_a_running_service_is_one_and_cannot_be_shared_out(tmp_path, capsys):
    given = ["--socket", "/run/plantd/plantd.sock", "--data", str(tmp_path)]
    assert main(["evaluate", *given, *NOBODY]) == EX_USAGE
    assert "there is one service at --socket" in capsys.readouterr().err
