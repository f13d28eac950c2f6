"""The workstation's commands in the documents are commands that its programs take."""

import pytest
from support import documents
from support.checkout import TOP

import plantd_calibration.cli.arguments
import plantd_import.cli.arguments
import plantd_training.cli.arguments

PARSERS = [
    plantd_calibration.cli.arguments.parser(),
    plantd_import.cli.arguments.parser(),
    plantd_training.cli.arguments.parser(),
]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_every_command_of_a_document_is_taken(parser):
    found = documents.documents_below(TOP)
    refused = [(doc.path, documents.refused_commands(doc.text, parser)) for doc in found]
    assert [each for each in refused if each[1]] == []


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_the_readme_shows_commands_of_the_workstation(parser):
    text = (TOP / "README.md").read_text(encoding="utf-8")
    assert documents.command_lines(text, parser.prog)
