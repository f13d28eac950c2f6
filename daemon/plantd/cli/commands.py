"""The commands: what each asks the service, and what it writes."""

import argparse
import subprocess
import sys
from typing import Any, Callable, Dict, Mapping, Optional

from plantd.api.client import Client
from plantd.cli import metrics_command, review_command
from plantd.cli.explanation import explanation
from plantd.cli.status_lines import engine_lines, no_engine, status_lines
from plantd.cli.verdict_lines import (
    detail_lines,
    event_lines,
    history_lines,
    verdict_lines,
)
from plantd.errors import (
    EX_OK,
    EngineError,
    NotFoundError,
    PictureError,
    PlantdError,
    UnavailableError,
)
from plantd.system.terminal import Terminal, wrapped

Json = Dict[str, Any]
Command = Callable[[argparse.Namespace, Client, Terminal], int]

READ_MAX_BYTES = 512 * 1024 * 1024
SILENCE_S = 30.0


def status(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print how the device and the service are."""
    answer = client.get("/v1/status")
    if asked.json:
        terminal.json(answer)
    else:
        terminal.lines(status_lines(answer))
    return EX_OK


def engine(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the engine that answers. Raises EngineError with the reason when none does."""
    answer = client.get("/v1/status")
    if not answer.get("engine"):
        raise EngineError(no_engine(client.health()))
    if asked.json:
        terminal.json(answer["engine"])
    else:
        terminal.lines(engine_lines(answer["engine"]))
    return EX_OK


def capture(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the verdict on what the camera sees now."""
    terminal.progress("waiting for a picture and its verdict ...")
    verdict = client.post("/v1/capture")
    terminal.quiet()
    _write_verdict(asked, terminal, verdict)
    return EX_OK


def classify(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print a verdict for each picture; one that fails does not stop the others."""
    worst = EX_OK
    for number, path in enumerate(asked.pictures, start=1):
        terminal.progress("{}/{} {}".format(number, len(asked.pictures), path))
        try:
            verdict = client.post_bytes("/v1/classify", picture_bytes(path))
        except PlantdError as error:
            worst = max(worst, error.exit_code)
            terminal.complain("{}: {}".format(path, error))
            if asked.json:
                terminal.json({"file": path, "error": str(error), "exit_code": error.exit_code})
            if isinstance(error, UnavailableError):
                # Nobody there, or no engine: the other pictures would fare no better.
                _complain_of_rest(terminal, len(asked.pictures) - number)
                break
            continue
        terminal.quiet()
        _write_verdict(asked, terminal, verdict, path)
    terminal.quiet()
    return worst


def history(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the newest verdicts, or those after a sequence number."""
    begin = {"newest": 1} if asked.after is None else {"after": asked.after}
    verdicts = client.get("/v1/verdicts", limit=asked.limit, **begin)["verdicts"]
    if asked.json:
        for verdict in verdicts:
            terminal.json(verdict)
    elif verdicts:
        terminal.lines(history_lines(verdicts, terminal.coloured))
    else:
        later = "" if asked.after is None else " after #{}".format(asked.after)
        terminal.line("no verdict{} is recorded yet".format(later))
    return EX_OK


def show(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print one recorded verdict in full."""
    verdict = client.get("/v1/verdicts/{}".format(asked.seq))
    _write_verdict(asked, terminal, verdict)
    if not asked.json:
        terminal.lines(detail_lines(verdict))
    return EX_OK


def explain(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print why a verdict is what it is."""
    verdict = client.get("/v1/verdicts/{}".format(asked.seq))
    sentences = explanation(verdict, client.get("/v1/hello").get("model"))
    if asked.json:
        terminal.json({"seq": asked.seq, "explanation": sentences})
    else:
        for sentence in sentences:
            terminal.lines(wrapped("", sentence, 0))
    return EX_OK


def watch(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print events as they happen; end after so many verdicts, or when the service does."""
    seen = 0
    begin = {} if asked.after is None else {"after": asked.after}
    # Between events there are heartbeats; a shorter wait than three of them means nothing.
    patient = Client(client.socket_path, max(client.timeout_s, SILENCE_S))
    for event in patient.events(types=asked.types, **begin):
        if asked.json:
            terminal.json(event)
        else:
            terminal.lines(event_lines(event, terminal.coloured))
        seen += event.get("type") == "verdict"
        if asked.count is not None and seen >= asked.count:
            return EX_OK
    raise UnavailableError("the service closed the stream of events; it has stopped or restarts")


def model(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Install, list, activate, roll back."""
    # Only this reads the configuration, which takes PyYAML.
    from plantd.cli.model_commands import act

    return act(asked, client, terminal)


def metrics(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Print the figures, or write them where node_exporter looks."""
    return metrics_command.write(asked, client, terminal)


def support_bundle(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Write the support bundle; the service need not be there."""
    # Only this and `model` read the configuration, which takes PyYAML.
    from plantd.cli.support_command import write

    return write(asked, client, terminal)


def export(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Write recorded verdicts and pictures; the service need not be there."""
    # This reads the configuration as well.
    from plantd.cli.export_command import write

    return write(asked, client, terminal)


def review(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Ask a person what the recorded pictures show."""
    return review_command.walk(asked, client, terminal)


def replay(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Compute a recorded press again, by plantd itself: here are neither numpy nor cv2."""
    command = [sys.executable, "-m", "plantd", "replay", str(asked.seq)]
    command += ["--socket", client.socket_path]
    # That of the service which is asked: its model may be another one than /etc names.
    config = asked.config or client.get("/v1/status")["service"]["config"]
    for option, given in (("--backend", asked.backend), ("--config", config)):
        if given:
            command += [option, given]
    if asked.json:
        command.append("--json")
    terminal.progress("loading an engine of its own ...")
    code = subprocess.call(command, stdin=subprocess.DEVNULL)
    terminal.quiet()
    return code


COMMANDS: Mapping[str, Command] = {
    "status": status,
    "watch": watch,
    "engine": engine,
    "capture": capture,
    "classify": classify,
    "history": history,
    "show": show,
    "explain": explain,
    "export": export,
    "review": review,
    "replay": replay,
    "model": model,
    "metrics": metrics,
    "support-bundle": support_bundle,
}


def picture_bytes(path: str) -> bytes:
    """Return a file's bytes. Raises NotFoundError, or PictureError for what is none by its size."""
    try:
        with open(path, "rb") as source:
            data = source.read(READ_MAX_BYTES)
    except OSError as error:
        raise NotFoundError(
            "cannot be read ({}); name a JPEG or PNG file".format(error.strerror)
        ) from error
    if not data:
        raise PictureError("is 0 bytes long; expected a JPEG or PNG: take the picture again")
    return data


def _write_verdict(
    asked: argparse.Namespace, terminal: Terminal, verdict: Json, path: Optional[str] = None
) -> None:
    if asked.json:
        terminal.json(verdict if path is None else {"file": path, **verdict})
        return
    terminal.lines(verdict_lines(verdict, terminal.coloured, path))


def _complain_of_rest(terminal: Terminal, left: int) -> None:
    if left:
        terminal.complain("{} more pictures were not sent".format(left))
