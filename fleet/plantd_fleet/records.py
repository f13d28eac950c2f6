"""The records of many boxes: Parquet files that DuckDB, pyarrow and pandas read alike.

    RECORDS/verdicts/box=3f9a1c20b7de/month=2026-06/rows.parquet
    RECORDS/telemetry/box=3f9a1c20b7de/month=2026-06/rows.parquet

How this works: what comes in is cut by box and month, joined with the file that is there, and the
new file takes the old one's place by renaming. A row's key is (box, seq) and the press itself, its
boot and its monotonic time: the same export taken twice changes nothing, and a box whose record was
begun anew, and gives its numbers again, loses nothing. Of two rows of one press the one that a
person labelled last is kept.
"""

import fcntl
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import duckdb

from plantd.errors import BusyError, CannotWriteError
from plantd.system import durable

ROWS = "rows.parquet"
_WILD = re.compile(r"[*?\[]")


class Table(NamedTuple):
    """One kind of row.

    Attributes:
        key: columns that make two rows the same, besides the box.
        newest: an expression; of two rows of one key the one with the larger value is kept.
    """

    name: str
    key: str
    newest: str


VERDICTS = Table("verdicts", "seq, boot_id, mono_s", "label_at")
TELEMETRY = Table("telemetry", "boot_id, mono_s", "NULL")


class Added(NamedTuple):
    """What came of one collecting.

    Attributes:
        verdicts, telemetry: rows that were not there before.
        partitions: files that were written.
    """

    verdicts: int = 0
    telemetry: int = 0
    partitions: int = 0


class Records:
    """The records below one folder, on one connection of DuckDB."""

    def __init__(self, folder: str) -> None:
        """Args: the folder; it is made with the first row."""
        self.folder = Path(folder)
        self.connection = duckdb.connect()

    def close(self) -> None:
        """Close the connection; may be called twice."""
        self.connection.close()

    def files(self, table: Table) -> List[Path]:
        """Return all files of a table; none where there is no row of it."""
        return sorted((self.folder / table.name).glob("box=*/month=*/" + ROWS))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from collecting into the folder. Raises BusyError, CannotWriteError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CannotWriteError(
                "{} cannot be written to: {}".format(self.folder, error.strerror)
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            told = "another program collects into {}; try again when it is done"
            raise BusyError(told.format(self.folder)) from error
        finally:
            os.close(descriptor)

    def take(self, table: Table, incoming: str) -> Tuple[int, int]:
        """Add the rows of a relation of the connection; return how many are new, and the files.

        Args:
            incoming: its name; it has the columns of the table, box and month among them.

        Raises CannotWriteError.
        """
        new = 0
        cuts = self._cuts(incoming)
        for box, month in cuts:
            new += self._replace(table, incoming, box, month)
        return new, len(cuts)

    def _cuts(self, incoming: str) -> List[Tuple[str, str]]:
        asked = "SELECT DISTINCT box, month FROM {} ORDER BY ALL".format(incoming)
        return [(str(box), str(month)) for box, month in self.connection.execute(asked).fetchall()]

    def _replace(self, table: Table, incoming: str, box: str, month: str) -> int:
        folder = self.folder / table.name / ("box=" + box) / ("month=" + month)
        path, new = folder / ROWS, folder / (ROWS + ".new")
        rows = "SELECT *, 1 AS turn FROM {} WHERE box = $box AND month = $month".format(incoming)
        before = 0
        if path.exists():
            before = self._count(path)
            rows += (
                " UNION ALL BY NAME SELECT *, $box AS box, $month AS month, 0 AS turn FROM "
                "read_parquet({}, hive_partitioning=false)".format(sources([path]))
            )
        kept = (
            "SELECT * EXCLUDE (box, month, turn) FROM ({}) QUALIFY row_number() OVER (PARTITION BY "
            "{} ORDER BY {} DESC NULLS LAST, turn DESC) = 1 ORDER BY {}"
        ).format(rows, table.key, table.newest, table.key)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.connection.execute(
                "COPY ({}) TO '{}' (FORMAT parquet, COMPRESSION zstd)".format(kept, quoted(new)),
                {"box": box, "month": month},
            )
            with open(new, "rb") as written:
                os.fsync(written.fileno())
            durable.rename(str(new), str(path))
        except (OSError, duckdb.IOException) as error:
            raise CannotWriteError("{} cannot be written: {}".format(path, error)) from error
        return self._count(path) - before

    def _count(self, path: Path) -> int:
        asked = "SELECT count(*) FROM read_parquet({})".format(sources([path]))
        (count,) = self.connection.execute(asked).fetchall()[0]
        return int(count)


def quoted(path: "Path | str") -> str:
    """Return a path as it stands between the quotes of SQL."""
    return str(path).replace("'", "''")


def literal(path: "Path | str") -> str:
    """Return a path that DuckDB is to read as a pattern that only this file meets.

    It takes * ? [ in any path that it reads for wildcards, also in the names of folders.
    """
    return _WILD.sub(r"[\g<0>]", str(path))


def sources(paths: Sequence[Path]) -> str:
    """Return files as SQL's list of what is read."""
    return "[{}]".format(", ".join("'{}'".format(quoted(literal(path))) for path in paths))
