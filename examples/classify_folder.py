"""The running service's answers on a folder of pictures, as CSV.

usage: classify_folder.py FOLDER > answers.csv

A file that is not a whole picture has its reason in the last column, and the exit code is 65 then.
"""

import csv
import os
import sys
from typing import List

from plantd.api.client import Client
from plantd.errors import EX_DATAERR, EX_NOINPUT, EX_USAGE, PictureError, PlantdError

SOCKET = os.environ.get("PLANTD_SOCKET", "/run/plantd/plantd.sock")
ENDINGS = (".jpg", ".jpeg", ".png")
COLUMNS = ["file", "verdict", "rule", "species", "p", "look_alikes", "error"]


def row(client: Client, path: str) -> List[str]:
    """Return one line of the table.

    Raises PlantdError when the service cannot answer, OSError for a file that cannot be read.
    """
    name = os.path.basename(path)
    with open(path, "rb") as picture:
        data = picture.read()
    try:
        answer = client.post_bytes("/v1/classify", data)
    except PictureError as error:
        return [name, "", "", "", "", "", str(error)]
    best = answer["species"][0] if answer["species"] else {"label": "", "p": ""}
    look_alikes = "; ".join(answer["look_alikes"])
    return [name, answer["verdict"], answer["rule"], best["label"], best["p"], look_alikes, ""]


def main(arguments: List[str]) -> int:
    """Write the table; return the exit code, after sysexits.h."""
    if len(arguments) != 1:
        print("usage: classify_folder.py FOLDER > answers.csv", file=sys.stderr)
        return EX_USAGE
    client = Client(SOCKET, 60.0)
    table = csv.writer(sys.stdout)
    failed = False
    try:
        names = [n for n in sorted(os.listdir(arguments[0])) if n.lower().endswith(ENDINGS)]
        table.writerow(COLUMNS)
        for name in names:
            cells = row(client, os.path.join(arguments[0], name))
            failed = failed or bool(cells[-1])
            table.writerow(cells)
    except PlantdError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(error, file=sys.stderr)
        return EX_NOINPUT
    return EX_DATAERR if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
