"""`python3 -m plantd`: run the service, or look at its configuration."""

import argparse
import asyncio
import importlib.util
import logging
import os
import sys
from typing import Optional, Sequence

from plantd import __version__, command_line
from plantd.command_line import Parser, VisibleFormatter
from plantd.config import commands as config_cli
from plantd.config import file, last_good
from plantd.doctor import live
from plantd.errors import ConfigError
from plantd.inference import replay_command


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Do what the command line asks for; return the exit code, after sysexits.h."""
    return command_line.run(parser(), lambda options: int(options.call(options)), argv)


def parser() -> Parser:
    """Return the parser of plantd."""
    top = Parser(prog="plantd", description=__doc__)
    top.add_argument("--version", action="version", version="plantd " + __version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    commands.required = True
    for name, call, text in (
        ("run", _run, "run the service until SIGTERM"),
        ("check-config", _check, "name every problem of the configuration"),
        ("show-config", _show, "print what holds, and where each value comes from"),
        ("replay", _replay, "compute a recorded press again and show where it begins to differ"),
        ("doctor", _doctor, "look at everything the service needs, and say what helps"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(call=call)
        command.add_argument("--config", default=None, metavar="FILE")
        command.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="e.g. log.level=debug"
        )
        if name in ("show-config", "doctor"):
            command.add_argument("--json", action="store_true")
        if name == "doctor":
            live.add_arguments(command)
        if name == "replay":
            replay_command.add_arguments(command)
        if name == "show-config":
            command.add_argument("--documented", action="store_true")
    return top


def _run(options: argparse.Namespace) -> int:
    path = _path(options)
    kept = last_good.place(path, os.environ)
    try:
        return _serve(options, file.load(path, options.set), path, kept)
    except ConfigError as error:
        loaded = last_good.instead_of(error, kept, options.set)
        if loaded is None:
            raise
        command_line.say("plantd", error)
        sys.stderr.write("plantd: the last good one holds: {}\n".format(kept))
        return _serve(options, loaded, path, kept)


def _serve(options: argparse.Namespace, loaded: file.LoadedConfig, path: str, kept: str) -> int:
    """Be the service; raise ConfigError where none can be made from this configuration."""
    # What the service makes is its own and its group's, whatever it was started from.
    os.umask(0o027)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(VisibleFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=loaded.config.log.level.upper(), handlers=[handler])
    # OpenCV looks for numpy by itself, and without it prints a traceback of its own.
    if importlib.util.find_spec("numpy") is None:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
    # OpenCV first: imported late it may find no room for its thread-local storage (opencv #14884).
    from plantd import picture  # noqa: F401
    from plantd.service.composition import service_from_config

    service = service_from_config(loaded, lambda: file.load(path, options.set), os.environ)
    if not loaded.complaint:
        last_good.keep(path, kept)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(service.run())
    finally:
        loop.close()


def _check(options: argparse.Namespace) -> int:
    return config_cli.check_config(_path(options), options.set)


def _show(options: argparse.Namespace) -> int:
    path = None if options.documented else _path(options)
    return config_cli.show_config(path, options.json, options.documented, options.set)


def _doctor(options: argparse.Namespace) -> int:
    from plantd.doctor.report import doctor

    look = live.look_of(options)
    path = file.path_in_use(options.config, os.environ)
    if look is not None:
        return live.live(look, path, options)
    return doctor(path, options.set, options.json)


def _replay(options: argparse.Namespace) -> int:
    return replay_command.run(options, file.path_in_use(options.config, os.environ))


def _path(options: argparse.Namespace) -> str:
    return options.config or file.default_path(os.environ)


if __name__ == "__main__":
    sys.exit(main())
