"""One run of plantd-cli: arguments, command, exit code."""

import os
import sys
from typing import Mapping, Optional, Sequence, TextIO

from plantd.api.client import Client
from plantd.cli.arguments import parser
from plantd.cli.commands import COMMANDS
from plantd.command_line import BROKEN_PIPE, INTERRUPTED, forget_standard_output
from plantd.errors import PlantdError
from plantd.system.terminal import Terminal


def main(
    argv: Optional[Sequence[str]] = None,
    out: Optional[TextIO] = None,
    err: Optional[TextIO] = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Run one command and return its exit code."""
    terminal = Terminal(out or sys.stdout, err or sys.stderr, environ)
    try:
        asked = parser(environ).parse_args(argv)
        return COMMANDS[asked.command](asked, Client(asked.socket, asked.timeout), terminal)
    except PlantdError as error:
        terminal.complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        terminal.quiet()
        return INTERRUPTED
    except BrokenPipeError:
        forget_standard_output()
        return BROKEN_PIPE
