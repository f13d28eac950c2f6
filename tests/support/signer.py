"""A workstation that signs: a real gpg with keys of its own."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

TIMEOUT_S = 60


def remove_home(home: str) -> None:
    """End the agent of a home of gpg's, and remove the home."""
    subprocess.call(["gpgconf", "--homedir", home, "--kill", "all"])
    # An agent that ends takes its sockets away, perhaps while they are being removed here.
    for socket in Path(home).glob("S.*"):
        with suppress(FileNotFoundError):
            socket.unlink()
    shutil.rmtree(home)


class Signer:
    """Keys of a workstation: gpg with a home of its own."""

    def __init__(self, home: str) -> None:
        os.mkdir(home, 0o700)
        self._home = home

    def gpg(self, *words: str) -> bytes:
        return subprocess.check_output(
            ["gpg", "--homedir", self._home, "--batch", "--yes", "--quiet", *words],
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
        )

    def make(self, name: str, when: str = "20260101T000000", lasts: str = "0") -> None:
        clock = ["--faked-system-time", when, "--passphrase", ""]
        self.gpg(*clock, "--quick-gen-key", name, "ed25519", "sign", lasts)

    def sign(self, path: str, name: str, when: str = "20260102T000000!") -> None:
        self.gpg("--faked-system-time", when, "--local-user", name, "--detach-sign", path)

    def export(self, name: str, path: Path) -> None:
        path.write_bytes(self.gpg("--export", name))

    def revoke(self, name: str) -> None:
        listed = self.gpg("--list-keys", "--with-colons", name).decode().splitlines()
        key = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
        made = Path(self._home, "openpgp-revocs.d", key + ".rev")
        made.write_text(made.read_text().replace(":-----BEGIN", "-----BEGIN"))
        self.gpg("--import", str(made))

    def close(self) -> None:
        remove_home(self._home)
