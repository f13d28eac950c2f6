"""Connections to SQLite on which damage is always a sqlite3.Error.

SQLite quotes a damaged database's own bytes in its message; where they are no UTF-8, a newer
Python's module fails on the message with UnicodeDecodeError instead (3.11 and 3.13 do, 3.8 not).
"""

import sqlite3
import weakref
from contextlib import contextmanager
from typing import Any, Iterator


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        message = error.object.decode("utf-8", "backslashreplace")
        raise sqlite3.DatabaseError(message) from error


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, values: Any = ()) -> "_Cursor":
        with _told():
            return super().execute(sql, values)

    def executemany(self, sql: str, rows: Any) -> "_Cursor":
        with _told():
            return super().executemany(sql, rows)

    def fetchone(self) -> Any:
        with _told():
            return super().fetchone()

    def fetchall(self) -> Any:
        with _told():
            return super().fetchall()

    def __next__(self) -> Any:
        # A StopIteration that crosses a generator, which `_told` is, has Python 3.6 warn.
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row


class Database(sqlite3.Connection):
    """What `sqlite3.connect` returns, with the same arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See sqlite3.connect."""
        self._cursors: "weakref.WeakSet[sqlite3.Cursor]" = weakref.WeakSet()
        super().__init__(*args, **kwargs)

    def close(self) -> None:
        """See sqlite3.Connection; the files are closed when this returns.

        A statement that an exception still holds would keep them open: since Python 3.11 nobody
        else ends it.
        """
        cursors = list(self._cursors)
        self._cursors.clear()
        for cursor in cursors:
            cursor.close()
        super().close()

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        """See sqlite3.Connection."""
        return self._cursor().execute(sql, values)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        """See sqlite3.Connection."""
        return self._cursor().executemany(sql, rows)

    def _cursor(self) -> sqlite3.Cursor:
        # A connection remembers its cursors, and only this call has it forget those that are gone:
        # made by `_Cursor(self)`, each statement left 80 bytes until the connection was closed.
        factory: Any = _Cursor  # a class with arguments: typeshed once knew none
        made: sqlite3.Cursor = self.cursor(factory)
        self._cursors.add(made)
        return made
