"""Who may do more than look: whoever knows the token, for as long as a session lasts.

How this works: the token is the first line of a file, read anew each time it is asked for, so that
a new one counts at once and none lies in the configuration. Whoever sends it gets a session: a
random word in a cookie that scripts cannot read and that no other site's page sends along. A form
that changes something carries a second word of the session, which another site cannot know. What
a wrong token is answered says nothing about the right one, and takes as long.
"""

import hmac
import os
import secrets
import stat
import threading
from typing import Callable, Dict, NamedTuple, Optional

from plantd.errors import AccessError

TOKEN_MIN_CHARACTERS = 12
TOKEN_MAX_BYTES = 1024
SESSION_S = 12 * 3600.0
SESSIONS_MAX = 32


class Session(NamedTuple):
    """Somebody who sent the token.

    Attributes:
        form_word: what their forms carry.
        ends_at: monotonic seconds.
        token: the one they sent; another one in the file ends the session.
    """

    form_word: str
    ends_at: float
    token: bytes


class Access:
    """Lets those in who know the token. Safe from any thread; `enter` and `check` read a file."""

    def __init__(self, token_file: str, monotonic: Callable[[], float]) -> None:
        """Args: where the token is, "" for a page that only shows; a clock."""
        self._token_file = token_file
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sessions: Dict[str, Session] = {}

    @property
    def is_possible(self) -> bool:
        """Whether there is a token at all."""
        return bool(self._token_file)

    def complaint(self) -> str:
        """Return why no token can be right, in one sentence; empty where one can."""
        try:
            if self._token_file:
                self._token()
        except AccessError as error:
            return str(error)
        return ""

    def enter(self, offered: str) -> str:
        """Return the cookie of a new session. Raises AccessError for a token that is not right."""
        token = self._checked(offered)
        now, cookie = self._monotonic(), secrets.token_urlsafe(32)
        with self._lock:
            kept = {word: each for word, each in self._sessions.items() if each.ends_at > now}
            while len(kept) >= SESSIONS_MAX:
                del kept[min(kept, key=lambda word: kept[word].ends_at)]
            kept[cookie] = Session(secrets.token_urlsafe(32), now + SESSION_S, token)
            self._sessions = kept
        return cookie

    def session(self, cookie: Optional[str]) -> Optional[Session]:
        """Return the session of a cookie, None where it has ended or never began."""
        found = self._sessions.get(cookie or "")
        if found is None or found.ends_at <= self._monotonic():
            return None
        return found

    def leave(self, cookie: Optional[str]) -> None:
        """End a session; one that is none is no harm."""
        with self._lock:
            self._sessions.pop(cookie or "", None)

    def check(self, cookie: Optional[str], form_word: str, bearer: str) -> None:
        """Raise AccessError unless a form of a session, or a program with the token, asks."""
        if bearer:
            self._checked(bearer)
            return
        session = self.session(cookie)
        if session is None or not _same(session.form_word, form_word):
            raise AccessError("this needs the token; enter it on the page of the box")
        if session.token != self._token():
            self.leave(cookie)
            raise AccessError("the token is another one now; enter it again")

    def _checked(self, offered: str) -> bytes:
        token = self._token()
        if not _same(token.decode("utf-8", "replace"), offered):
            raise AccessError("this is not the token; nothing was changed")
        return token

    def _token(self) -> bytes:
        """Return the first line of the file. Raises AccessError for one that protects nothing."""
        path = self._token_file
        if not path:
            raise AccessError("this page only shows: no token was set (api.token_file)")
        try:
            with open(path, "rb") as source:
                mode = os.fstat(source.fileno()).st_mode
                line = source.read(TOKEN_MAX_BYTES).partition(b"\n")[0].strip()
        except OSError as error:
            raise AccessError(
                "the token of api.token_file cannot be read: {}".format(error.strerror)
            ) from error
        if mode & (stat.S_IRWXO):
            raise AccessError("everybody may read the file of api.token_file; chmod 0640 helps")
        if len(line.decode("utf-8", "replace")) < TOKEN_MIN_CHARACTERS:
            raise AccessError(
                "the token of api.token_file is too short; expected {} characters or more".format(
                    TOKEN_MIN_CHARACTERS
                )
            )
        return line


def _same(known: str, offered: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(known.encode("utf-8"), offered.encode("utf-8", "replace"))
