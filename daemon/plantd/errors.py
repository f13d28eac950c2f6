"""Every error plantd raises on purpose, with the exit code it ends a program with.

Exit codes follow sysexits.h. systemd does not restart the service on 69 and 78: what is
missing or misconfigured stays so until somebody acts.

A message says what happened, where, what was seen, what was expected and what helps:

    PlantdError("the picture /tmp/x.jpg is 0 bytes long; expected a JPEG or PNG; take it again")
"""

from typing import Sequence

EX_OK = 0
EX_USAGE = 64
EX_DATAERR = 65
EX_NOINPUT = 66
EX_UNAVAILABLE = 69
EX_SOFTWARE = 70
EX_OSERR = 71
EX_CANTCREAT = 73
EX_IOERR = 74
EX_TEMPFAIL = 75
EX_NOPERM = 77
EX_CONFIG = 78


class PlantdError(Exception):
    """The one base: whatever plantd raises on purpose is one of these."""

    exit_code = EX_SOFTWARE


class UsageError(PlantdError):
    """The command line asks for something that does not exist."""

    exit_code = EX_USAGE


class PictureError(PlantdError):
    """Bytes that are no picture plantd can read, or one outside its limits."""

    exit_code = EX_DATAERR


class BundleError(PlantdError):
    """A model bundle that is missing, damaged or contradicts itself."""

    exit_code = EX_DATAERR


class GraphError(PlantdError):
    """A network graph that cannot be read, converted or merged."""

    exit_code = EX_DATAERR


class PlanError(PlantdError):
    """A TensorRT plan that is missing, stale, damaged or gives wrong answers."""

    exit_code = EX_DATAERR


class NotFoundError(PlantdError):
    """A file, a verdict or a device that was named and is not there."""

    exit_code = EX_NOINPUT


class UnavailableError(PlantdError):
    """A program, library, device or service that is needed and absent."""

    exit_code = EX_UNAVAILABLE


class InUseError(UnavailableError):
    """A line, a device or a socket that another program holds."""


class CameraError(UnavailableError):
    """No frame: the source does not open, does not deliver, or delivers stale frames."""


class EngineError(UnavailableError):
    """The engine cannot be loaded, or failed while inferring."""


class ButtonError(UnavailableError):
    """The button's line cannot be read."""


class ButtonInUseError(ButtonError):
    """The button's line is held by another program, the service perhaps."""


class CannotWriteError(PlantdError):
    """A file or a directory that was to be written and cannot be."""

    exit_code = EX_CANTCREAT


class BusyError(PlantdError):
    """One press at a time: another one is being answered."""

    exit_code = EX_TEMPFAIL


class RecordError(PlantdError):
    """The record cannot be read or written."""

    exit_code = EX_IOERR


class AccessError(PlantdError):
    """The caller lacks a right; the message names the group that has it."""

    exit_code = EX_NOPERM


class ConfigError(PlantdError):
    """All problems of one configuration, each as `file:line: key: message`."""

    exit_code = EX_CONFIG

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
