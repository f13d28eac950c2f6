"""plantd-cli export: the record as files; the service need not be there."""

import argparse
import os
from contextlib import closing
from typing import Any, Callable, Dict, Iterator

from plantd.api.client import Client
from plantd.config import Config, file
from plantd.errors import EX_OK, NotFoundError, UsageError
from plantd.export.dataset import LABELLED, Dataset
from plantd.export.exporting import Export, Recording, Summary
from plantd.export.lines import format_of
from plantd.export.occasions import Occasions
from plantd.export.output import whole_file, whole_folder
from plantd.sinks.recording.reader import Recorded, Selection
from plantd.system.box import Box, box_of
from plantd.system.terminal import Terminal

STANDARD_OUTPUT = "-"
UNKNOWN = "unknown"
_TOLD_EVERY = 100

Write = Callable[[bytes], object]


def write(asked: argparse.Namespace, _client: Client, terminal: Terminal) -> int:
    """Write the verdicts, and the pictures, that the command line asks for."""
    if asked.apart is not None and asked.pictures is None:
        raise UsageError("--apart says how pictures are split; name a folder with --pictures")
    recording = Recording(_state_path(asked))
    labelled = True if asked.reviewed else None
    chosen = Selection(asked.since or "", asked.until or "", asked.answer or "", labelled)
    verdicts = recording.verdicts(max(asked.from_seq - 1, 0), chosen)
    form = asked.format or format_of(asked.file or "")
    if asked.pictures is None:
        _write_lines(asked, Export(recording, form, None, _box(asked)), verdicts, terminal)
    else:
        _write_folder(asked, recording, form, verdicts, terminal)
    return EX_OK


def _write_lines(
    asked: argparse.Namespace, export: Export, verdicts: Iterator[Recorded], terminal: Terminal
) -> None:
    if asked.file in (None, STANDARD_OUTPUT):
        _write_all(export, verdicts, terminal.data, terminal)
        return
    with whole_file(asked.file) as target:
        _write_all(export, verdicts, target.write, terminal)
    _tell(asked, asked.file, export.summary, terminal)


def _write_folder(
    asked: argparse.Namespace,
    recording: Recording,
    form: str,
    verdicts: Iterator[Recorded],
    terminal: Terminal,
) -> None:
    if os.path.basename(os.path.abspath(asked.pictures)) == LABELLED:
        raise UsageError(
            "a folder called {0} would lie in one called {0}, and its list would name neither; "
            "name it otherwise".format(LABELLED)
        )
    occasions = Occasions() if asked.apart is None else Occasions(asked.apart)
    with whole_folder(asked.pictures) as folder, closing(Dataset(folder, occasions)) as dataset:
        export = Export(recording, form, dataset, _box(asked))
        with open(os.path.join(folder, "verdicts." + form), "wb") as target:
            _write_all(export, verdicts, target.write, terminal)
        if not dataset.counts.pictures:
            raise NotFoundError(
                "no picture {}is kept of the verdicts asked for; see: plantd-cli history".format(
                    "that a person labelled " if asked.reviewed else ""
                )
            )
        dataset.finish()
    _tell(asked, asked.pictures, export.summary, terminal)
    if dataset.cannot_be_trained_on:
        terminal.complain(
            "all labelled pictures lie in one split ({}): review more, from other occasions; "
            "--apart 0 takes each picture for an occasion of its own, and then what is tuned on "
            "may show the very plant that was learned".format(", ".join(dataset.splits))
        )


def _write_all(
    export: Export, verdicts: Iterator[Recorded], target: Write, terminal: Terminal
) -> None:
    for written in export.write(verdicts, target):
        if written.verdicts % _TOLD_EVERY == 0:
            terminal.progress("{} verdicts".format(written.verdicts))
    terminal.quiet()
    if export.summary.damaged:
        terminal.complain(
            "{} pictures were left out: they are damaged, or gone from the disk".format(
                export.summary.damaged
            )
        )


def _tell(asked: argparse.Namespace, path: str, written: Summary, terminal: Terminal) -> None:
    if asked.json:
        terminal.json({"path": path, **_json_from_summary(written)})
        return
    told = ["{} verdicts".format(written.verdicts), "{} labelled".format(written.labelled)]
    if written.pictures is not None:
        told.append("{} pictures".format(written.pictures.pictures))
    terminal.line("{}: {}".format(path, ", ".join(told)))


def _json_from_summary(written: Summary) -> Dict[str, Any]:
    counts = written.pictures
    pictures = None if counts is None else dict(counts._asdict())
    return {**written._asdict(), "pictures": pictures}


def _box(asked: argparse.Namespace) -> Box:
    # A card of another box has that one's identity, and not its name.
    if asked.state is not None:
        return box_of(UNKNOWN, asked.state)
    config = _config(asked)
    return box_of(config.box.name, config.paths.state)


def _state_path(asked: argparse.Namespace) -> str:
    return str(asked.state) if asked.state is not None else _config(asked).paths.state


def _config(asked: argparse.Namespace) -> Config:
    return file.load(file.path_in_use(asked.config, os.environ)).config
