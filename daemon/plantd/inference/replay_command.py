"""`plantd replay SEQ`: ask the running service for a press, compute it again here, compare."""

import argparse
import json
import sys
from typing import Optional

from plantd.api.client import Client
from plantd.command_line import sequence_number
from plantd.config import file
from plantd.errors import EX_OK, NotFoundError

TIMEOUT_S = 30.0


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what replay takes beside --config and --set."""
    command.add_argument("seq", type=sequence_number, metavar="SEQ", help="number of the verdict")
    command.add_argument(
        "--backend",
        choices=("onnxruntime", "tensorrt", "fake"),
        help="instead of engine.backend",
    )
    command.add_argument("--socket", metavar="PATH", help="the service's socket")
    command.add_argument("--json", action="store_true", help="one JSON object")


def run(options: argparse.Namespace, path: Optional[str]) -> int:
    """Print the comparison; return the exit code.

    Args:
        path: the configuration's file; None where there is none.
    """
    config = file.load(path, options.set).config
    client = Client(options.socket or config.socket_path, TIMEOUT_S)
    where = "/v1/verdicts/{}".format(options.seq)
    recorded, network_input = client.get(where), client.get_bytes(where + "/input")
    try:
        seen = client.get_bytes(where + "/picture")
    except NotFoundError:
        # Pictures are swept before the rest; its quality is then measured on what is left.
        seen = None
    # OpenCV first, as everywhere; only now, so that a wrong number is answered at once.
    from plantd import bundle as bundles
    from plantd.engine.clean_stdout import clean_stdout
    from plantd.engine.registry import engine_from_config
    from plantd.inference import replay

    engine_config = config.engine
    if options.backend is not None:
        engine_config = engine_config._replace(backend=options.backend)
    bundle = bundles.load(config.bundle_path)
    engine = engine_from_config(engine_config, bundle, config.engines_path)
    with clean_stdout(), engine:
        found = replay.replay(replay.Kept(recorded, network_input, seen), bundle, engine)
    if options.json:
        sys.stdout.write(json.dumps(replay.json_from_replay(found)) + "\n")
    else:
        sys.stdout.write("\n".join(replay.lines(found)) + "\n")
    return EX_OK
