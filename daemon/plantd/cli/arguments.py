"""The command line: what can be asked, and how."""

import argparse
import os
from typing import Mapping

from plantd import __version__
from plantd.answers import EDIBLE, POISONOUS, UNSURE
from plantd.command_line import Parser, count, path, wall
from plantd.command_line import sequence_number as seq

SOCKET = "/run/plantd/plantd.sock"
SOCKET_VARIABLE = "PLANTD_SOCKET"
# sun_path of Linux less the zero at its end. Source: man 7 unix.
SOCKET_MAX_BYTES = 107
TIMEOUT_S = 30.0
HISTORY_LIMIT = 20


def parser(environ: Mapping[str, str] = os.environ) -> Parser:
    """Return the parser; `command` of what it parses names the command."""
    top = Parser(prog="plantd-cli", description="Ask the running plantd.")
    top.add_argument("--version", action="version", version="plantd-cli " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    commands.required = True
    common = _common(environ)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    add("status", "how the device and the service are")
    _watch(add("watch", "verdicts and changes as they happen, until Ctrl-C"))
    add("capture", "take a picture and answer, as a press of the button does")
    classify = add("classify", "answer for pictures (JPEG or PNG), through the running service")
    classify.add_argument("pictures", nargs="+", type=path, metavar="PICTURE")
    history = add("history", "the recorded verdicts, newest last")
    history.add_argument("-n", "--limit", type=count, default=HISTORY_LIMIT, metavar="N")
    history.add_argument("--after", type=seq, metavar="SEQ", help="only those after SEQ")
    add("show", "one recorded verdict in full").add_argument("seq", type=seq, metavar="SEQ")
    add("explain", "why a verdict is what it is").add_argument("seq", type=seq, metavar="SEQ")
    _export(add("export", "recorded verdicts as a file, and their pictures as a folder"))
    _review(add("review", "say what the recorded pictures show, the newest first"))
    replay = add("replay", "compute a recorded press again: the first stage that differs")
    replay.add_argument("seq", type=seq, metavar="SEQ")
    replay.add_argument(
        "--backend", choices=("onnxruntime", "tensorrt", "fake"), help="instead of the configured"
    )
    replay.add_argument("--config", metavar="FILE", help="a configuration (default: the service's)")
    add("engine", "the engine that answers: backend, precision, plan, inference, memory")
    _model(add("model", "the model that answers"), common)
    metrics = add("metrics", "the figures as Prometheus reads them")
    metrics.add_argument(
        "--textfile", type=path, metavar="FILE.prom", help="replace this file of node_exporter's"
    )
    support = add("support-bundle", "one redacted file for whoever helps from afar")
    support.add_argument(
        "file", nargs="?", type=path, default="plantd-support.tar.gz", metavar="FILE.tar.gz"
    )
    support.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    return top


def _export(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file",
        nargs="?",
        type=path,
        metavar="FILE",
        help="where to (default: standard output); .csv makes it a table",
    )
    command.add_argument(
        "--format", choices=("jsonl", "csv"), help="JSON lines or CSV, whatever FILE is called"
    )
    command.add_argument(
        "--pictures",
        type=path,
        metavar="FOLDER",
        help="make a folder of the kept pictures and the verdicts, as plantd-train takes it",
    )
    command.add_argument(
        "--reviewed", action="store_true", help="only what a person labelled: plantd-cli review"
    )
    command.add_argument("--since", type=wall, metavar="TIME", help="UTC, from then on")
    command.add_argument("--until", type=wall, metavar="TIME", help="UTC, before then")
    command.add_argument(
        "--from-seq", type=seq, default=1, metavar="SEQ", help="from this verdict on"
    )
    command.add_argument("--answer", choices=(POISONOUS, EDIBLE, UNSURE), help="only these")
    command.add_argument(
        "--apart",
        metavar="SECONDS",
        type=_apart,
        help="pictures of one label closer than this stay in one split (default: 60)",
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument("--state", type=path, metavar="FOLDER", help="a record elsewhere: a card")
    where.add_argument("--config", metavar="FILE", help="where plantd's configuration is")


def _review(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "seq", nargs="?", type=seq, metavar="SEQ", help="only this verdict (default: all that wait)"
    )
    command.add_argument(
        "label",
        nargs="?",
        metavar="LABEL",
        help="what it shows, without asking: a plant of the model, another plant, no plant",
    )
    command.add_argument("--before", type=seq, metavar="SEQ", help="begin with those before SEQ")
    command.add_argument(
        "--again", action="store_true", help="also those that somebody labelled already"
    )


def _common(environ: Mapping[str, str]) -> Parser:
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    common.add_argument(
        "--socket",
        metavar="PATH",
        type=_socket,
        default=environ.get(SOCKET_VARIABLE) or SOCKET,
        help="the service's socket (default: ${}, else {})".format(SOCKET_VARIABLE, SOCKET),
    )
    common.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=TIMEOUT_S,
        help="how long an answer may take (default: %(default)g)",
    )
    return common


def _watch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--types",
        metavar="TYPE,...",
        help="only these of verdict, telemetry, state (default: verdict,state)",
        default="verdict,state",
        type=_types,
    )
    command.add_argument("--after", type=seq, metavar="SEQ", help="begin with those after SEQ")
    command.add_argument("-n", "--count", type=count, metavar="N", help="stop after N verdicts")


def _model(command: argparse.ArgumentParser, common: Parser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    actions.required = True

    def add(name: str, text: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text, description=text, parents=[common])
        action.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
        return action

    add("list", "the active model, its labels and its thresholds, and what is installed")
    install = add("install", "take a model from a directory or archive (USB stick) and activate it")
    install.add_argument(
        "path", type=path, metavar="PATH", help="a bundle: its directory, .tar or .tar.gz"
    )
    install.add_argument(
        "--no-activate", action="store_true", help="the model that answers stays the same"
    )
    install.add_argument(
        "--unsigned",
        action="store_true",
        help="also a model that no key of this box has signed (docs/updates.md)",
    )
    activate = add("activate", "make an installed model the one that answers")
    activate.add_argument("name", metavar="NAME", help="as 'model list' shows it")
    add("rollback", "go back to the model before this one")
    remove = add("remove", "take an installed model off the disk; never the active one")
    remove.add_argument("name", metavar="NAME", help="as 'model list' shows it")
    remove.add_argument(
        "--force", action="store_true", help="also the one that rollback goes back to"
    )


def _types(text: str) -> str:
    known = ("verdict", "telemetry", "state")
    unknown = [name for name in text.split(",") if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(
            "{!r} is not a type of event; expected some of {}".format(unknown[0], ", ".join(known))
        )
    return text


def _socket(text: str) -> str:
    size = len(os.fsencode(path(text)))
    if size > SOCKET_MAX_BYTES:
        raise argparse.ArgumentTypeError(
            "is {} bytes long; the path of a socket has at most {}".format(size, SOCKET_MAX_BYTES)
        )
    return text


def _apart(text: str) -> float:
    return 0.0 if text == "0" else _seconds(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise argparse.ArgumentTypeError("{!r} is not a number of seconds above 0".format(text))
    return value
