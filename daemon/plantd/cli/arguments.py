"""The command line: what can be asked, and how."""

import argparse
import os
from typing import Mapping, NoReturn

from plantd import __version__
from plantd.errors import UsageError

SOCKET = "/run/plantd/plantd.sock"
SOCKET_VARIABLE = "PLANTD_SOCKET"
TIMEOUT_S = 30.0
HISTORY_LIMIT = 20


class Parser(argparse.ArgumentParser):
    """argparse, but with the exit code of sysexits.h."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the message and where help is."""
        raise UsageError("{}; see {} --help".format(message, self.prog))


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
    classify.add_argument("pictures", nargs="+", metavar="PICTURE")
    history = add("history", "the recorded verdicts, newest last")
    history.add_argument("-n", "--limit", type=_count, default=HISTORY_LIMIT, metavar="N")
    history.add_argument("--after", type=_seq, metavar="SEQ", help="only those after SEQ")
    add("show", "one recorded verdict in full").add_argument("seq", type=_seq, metavar="SEQ")
    add("explain", "why a verdict is what it is").add_argument("seq", type=_seq, metavar="SEQ")
    replay = add("replay", "compute a recorded press again: the first stage that differs")
    replay.add_argument("seq", type=_seq, metavar="SEQ")
    replay.add_argument(
        "--backend", choices=("onnxruntime", "tensorrt", "fake"), help="instead of the configured"
    )
    replay.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    add("engine", "the engine that answers: backend, precision, plan, inference, memory")
    _model(add("model", "the model that answers"), common)
    support = add("support-bundle", "one redacted file for whoever helps from afar")
    support.add_argument("file", nargs="?", default="plantd-support.tar.gz", metavar="FILE.tar.gz")
    support.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
    return top


def _common(environ: Mapping[str, str]) -> Parser:
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    common.add_argument(
        "--socket",
        metavar="PATH",
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
    command.add_argument("--after", type=_seq, metavar="SEQ", help="begin with those after SEQ")
    command.add_argument("-n", "--count", type=_count, metavar="N", help="stop after N verdicts")


def _model(command: argparse.ArgumentParser, common: Parser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    actions.required = True

    def add(name: str, text: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text, description=text, parents=[common])
        action.add_argument("--config", metavar="FILE", help="where plantd's configuration is")
        return action

    add("list", "the active model, its labels and its thresholds, and what is installed")
    install = add("install", "take a model from a directory or archive (USB stick) and activate it")
    install.add_argument("path", metavar="PATH", help="a bundle: its directory, .tar or .tar.gz")
    install.add_argument(
        "--no-activate", action="store_true", help="the model that answers stays the same"
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
            "{!r} is no type of event; expected some of {}".format(unknown[0], ", ".join(known))
        )
    return text


def _count(text: str) -> int:
    return _number(text, 1, "a whole number from 1 on")


def _seq(text: str) -> int:
    return _number(text, 0, "a sequence number such as 1042")


def _number(text: str, smallest: int, expected: str) -> int:
    digits = text[1:] if text.startswith("#") else text
    # isdecimal: isdigit() takes superscripts too, which int() refuses.
    if not digits.isdecimal() or int(digits) < smallest:
        raise argparse.ArgumentTypeError("{!r} is not {}".format(text, expected))
    return int(digits)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise argparse.ArgumentTypeError("{!r} is not a number of seconds above 0".format(text))
    return value
