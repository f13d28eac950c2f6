"""Lets schemathesis loose on a real service, by the API's own description. For `make fuzz-api`.

How this works: schemathesis talks TCP, the service a Unix socket; socat stands between them. It
fails for what schemathesis finds, for a bug in the service's journal, and for a service that does
not answer any more afterwards.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any, Dict, Optional, Sequence

import drawn_pictures
from demo import BUNDLE, START_S
from running import RunningService, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUZZ = os.path.join(ROOT, "tests", "fuzz")
BUG = "met a bug"


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run it; return the exit code of schemathesis, or 1 where the service has failed."""
    parser = argparse.ArgumentParser(prog="make fuzz-api", description=__doc__)
    parser.add_argument("--schemathesis", required=True, help="the program")
    parser.add_argument("arguments", nargs="*", help="more arguments for it, such as --seed=1")
    options = parser.parse_args(argv)
    directory = tempfile.mkdtemp(prefix="plantd-fuzz-", dir="/tmp")
    sections: Dict[str, Dict[str, Any]] = {
        "camera": {"source": "test://plant"},
        "model": {"bundle": BUNDLE},
        "record": {"commit_timeout_ms": 20000},
        # A stick is offered only where a press can be long.
        "button": {"long_press_s": 3.0},
    }
    service = RunningService(directory, sections)
    try:
        service.start(within_s=START_S)
        pictures = os.path.join(directory, "pictures")
        drawn_pictures.write_all(pictures)
        code = _fuzz(service, options.schemathesis, options.arguments, pictures)
        return _judge(service, code)
    finally:
        service.close()
        shutil.rmtree(directory)


def _fuzz(service: RunningService, program: str, arguments: Sequence[str], pictures: str) -> int:
    port = free_port()
    listen = "TCP-LISTEN:{},bind=127.0.0.1,fork,reuseaddr,backlog=64".format(port)
    between = subprocess.Popen(["socat", listen, "UNIX-CONNECT:" + service.socket_path])
    url = "http://127.0.0.1:{}".format(port)
    command = [
        *(program, "--config-file", os.path.join(FUZZ, "schemathesis.toml"), "run"),
        *(url + "/v1/openapi.json", "--url", url, "--wait-for-schema", "30", *arguments),
    ]
    environ = dict(
        os.environ,
        SCHEMATHESIS_HOOKS=os.path.join(FUZZ, "hooks.py"),
        PLANTD_FUZZ_PICTURES=pictures,
    )
    try:
        return subprocess.call(command, env=environ, cwd=service.directory)
    finally:
        between.terminate()
        between.wait()


def _judge(service: RunningService, code: int) -> int:
    state = service.client.get("/v1/status")["service"]["state"]
    print("the service afterwards: {}".format(state))
    bugs = [line for line in service.journal().splitlines() if BUG in line]
    if bugs:
        print("bugs in its journal: {}\n{}".format(len(bugs), service.journal()), file=sys.stderr)
    if service.stop() != 0 or bugs:
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
