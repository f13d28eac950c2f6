"""Records verdicts without end, until it is killed. Run as a program: DIR.

Prints each number once its verdict is committed.
"""

import sys

from plantd.config import RecordConfig
from plantd.sinks.record import Record
from support.verdict_json import JPEG, PNG, moment, verdict_json


def picture_of(seq: int) -> bytes:
    """Return what belongs to one verdict and to no other."""
    return JPEG + str(seq).encode() * 3000


def tensor_of(seq: int) -> bytes:
    return PNG + str(seq).encode() * 2000


def main() -> None:
    with Record(sys.argv[1], RecordConfig(reserve_mb=0), moment) as record:
        while True:
            seq = record.next_seq()
            commit = record.commit(verdict_json(seq), picture_of(seq), tensor_of(seq))
            if not commit.wait(30):
                raise SystemExit("verdict {} failed: {}".format(seq, commit.error))
            print(seq, flush=True)


if __name__ == "__main__":
    main()
