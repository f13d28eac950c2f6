"""The main job once: camera source, press, verdict on the socket, log, record; stops cleanly.

Called by `make demo`. It fails unless one and the same sequence number appears on the socket, in
the log and in the record, with a frame that arrived after the press.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Dict, List, Optional, Sequence

import drawn_pictures
from running import RunningService

from plantd import picture
from plantd.config.forms.camera_source import uri_from_path
from plantd.errors import PlantdError, UsageError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUNDLE = os.path.join(ROOT, "engines", "bundles", "plants70")
# A processor that is emulated takes minutes to start; one that ended is seen at once.
START_S = 1200.0
# From event to event: at least this, and on a slow machine as long as its start took.
EVENT_S = 30.0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the demo; return 0 when everything agreed."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--photo", default="", help="a JPEG or PNG to stand before the camera")
    parser.add_argument("--source", default="", help="a camera source, such as v4l2:///dev/video0")
    parser.add_argument("--bundle", default=BUNDLE)
    options = parser.parse_args(argv)
    try:
        source = _source(options)
    except PlantdError as error:
        sys.stderr.write("make demo: {}\n".format(error))
        return error.exit_code
    directory = tempfile.mkdtemp(prefix="plantd-demo-", dir="/tmp")
    try:
        exit_code = _demo(directory, source, os.path.abspath(options.bundle))
    finally:
        shutil.rmtree(directory)
    if exit_code == 0:
        _say("how to go on")
        print("\n".join(how_to_go_on()))
    return exit_code


def _demo(directory: str, source: str, bundle: str) -> int:
    service = RunningService(directory, {"camera": {"source": source}, "model": {"bundle": bundle}})
    _say("1/5 starting plantd: camera {}, model {}".format(source, os.path.basename(bundle)))
    started_at = time.monotonic()
    try:
        service.start(within_s=START_S)
        start_s = time.monotonic() - started_at
        patience_s = max(EVENT_S, start_s)
        print("ready after {:.1f} s: {}".format(start_s, service.notified[-1].split("STATUS=")[-1]))
        camera = service.client.get("/v1/status")["camera"]
        lives = "camera {state}, {width_px}x{height_px}, by {pipeline}"
        print((lives if camera["width_px"] else "camera {state}: {detail}").format(**camera))
        _say("2/5 pressing the button (through the fake button's socket)")
        heard = _press_and_hear(service, patience_s)
        print("the verdict as it came over the socket:")
        print(json.dumps(heard, indent=1, sort_keys=False))
        _say("3/5 the same verdict in the log and in the record")
        logged = _wait_for_log(service, heard["seq"], patience_s)
        print("{}: {}...".format(os.path.basename(service.log_path), json.dumps(logged)[:200]))
        _cli(service, "show", str(heard["seq"]))
        recorded = service.client.get("/v1/verdicts/{}".format(heard["seq"]))
        _say("4/5 plantd-cli status")
        _cli(service, "status")
        _say("5/5 stopping")
        exit_code = service.stop()
    finally:
        service.close()
    problems = _disagreements(heard, logged, recorded, exit_code)
    for problem in problems:
        print("FAILED: " + problem)
    if problems:
        print(service.journal())
        return 1
    print(
        "demo: verdict {} ({}) on socket, log and record; its frame arrived {} ms after the "
        "press; plantd stopped with exit code 0".format(
            heard["seq"], heard["verdict"], heard["frame"]["after_press_ms"]
        )
    )
    return 0


def how_to_go_on() -> List[str]:
    """Draw the pictures of the three answers; return what to type next."""
    lines = ["make play    keeps it running: its page at localhost, Enter as the button"]
    for answer, path in drawn_pictures.write_all().items():
        lines.append("make demo PHOTO={:<28}  a drawn picture: {}".format(path, answer))
    return lines + ["make demo SOURCE=v4l2:///dev/video0            your camera"]


def _press_and_hear(service: RunningService, patience_s: float) -> Dict[str, Any]:
    """Press; return the verdict that the event stream brings."""
    verdicts: List[Dict[str, Any]] = []
    listening, heard = threading.Event(), threading.Event()

    def listen() -> None:
        # Where no verdict comes the service has ended before this has.
        with contextlib.suppress(PlantdError):
            for event in service.client.events(types="verdict"):
                listening.set()
                if event["type"] == "verdict":
                    verdicts.append(event)
                    heard.set()
                    return

    threading.Thread(target=listen, daemon=True).start()
    if not listening.wait(patience_s):
        raise SystemExit(
            "the event stream gave no first heartbeat within {:.0f} s".format(patience_s)
        )
    service.finger.press()
    if not heard.wait(patience_s):
        raise SystemExit("no verdict within {:.0f} s:\n{}".format(patience_s, service.journal()))
    return verdicts[0]


def _wait_for_log(service: RunningService, seq: int, patience_s: float) -> Dict[str, Any]:
    """Return the verdict's line of the log; the log's thread may be a moment behind."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with open(service.log_path, encoding="utf-8") as log:
            for event in map(json.loads, log):
                if event["type"] == "verdict" and event["seq"] == seq:
                    return dict(event)
        time.sleep(0.05)
    raise SystemExit("verdict {} is not in {}".format(seq, service.log_path))


def _disagreements(
    heard: Dict[str, Any], logged: Dict[str, Any], recorded: Dict[str, Any], exit_code: int
) -> List[str]:
    problems = []
    for key in ("seq", "verdict", "rule", "boot_id", "mono_s", "poison", "species"):
        if not heard[key] == logged[key] == recorded[key]:
            problems.append(
                "{} differs: socket {}, log {}, record {}".format(
                    key, heard[key], logged[key], recorded[key]
                )
            )
    if not heard["recorded"]:
        problems.append("the verdict was sent before it was recorded")
    if not heard["frame"]["after_press_ms"] > 0:
        problems.append("the frame is older than the press")
    if exit_code != 0:
        problems.append("plantd ended with exit code {}".format(exit_code))
    return problems


def _cli(service: RunningService, *arguments: str) -> None:
    command = [sys.executable, "-m", "plantd.cli", *arguments, "--socket", service.socket_path]
    sys.stdout.flush()
    subprocess.run(command, check=True)


def _source(options: argparse.Namespace) -> str:
    if options.source and options.photo:
        raise UsageError("give PHOTO or SOURCE, not both")
    if options.photo:
        if not os.path.isdir(options.photo):
            picture.read(options.photo)
        return uri_from_path(os.path.abspath(options.photo))
    return options.source or "test://plant"


def _say(text: str) -> None:
    print("== " + text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
