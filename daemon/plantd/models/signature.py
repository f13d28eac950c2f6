"""Who made a bundle: the detached signature beside its manifest, checked by Debian's gpgv.

The manifest has the sha256 of every other file of the bundle, so that a signature of the manifest
is one of every byte. It is checked before anything is parsed.

What the clock says is of no account, since a box in the forest has none it can trust: a key or a
signature from the future or past its time is as good as any other. One that was revoked is not.
"""

import os
import shutil
import stat
import subprocess
from typing import Callable, List, NamedTuple

from plantd.config import ModelConfig
from plantd.errors import BundleError, ConfigError, NotFoundError, UnavailableError
from plantd.models.privileges import as_owner_of
from plantd.models.unpacking import MANIFEST, SIGNATURE

KEYRING = ".gpg"
TIMEOUT_S = 60.0
HOW = "see docs/updates.md"

Say = Callable[[str], None]


class SignatureCheck:
    """What an installation asks of signatures: call it with the bundle's directory.

    Args:
        config: section `model`.
        unsigned: take what no known key signed; a signature that is wrong is refused all the same.
        warn: told what a person must not miss.
        program: gpgv, another name in tests.
    """

    def __init__(
        self, config: ModelConfig, unsigned: bool, warn: Say, program: str = "gpgv"
    ) -> None:
        self._config = config
        self._unsigned = unsigned
        self._warn = warn
        self._program = program

    def __call__(self, bundle: str) -> str:
        """Return who signed the bundle in a directory; empty for one that nobody is asked about.

        Raises BundleError for a bundle that is not to be taken, ConfigError for keys that cannot
        be used, UnavailableError without gpgv.
        """
        keyrings = keyrings_in(self._config.keys)
        signed = os.path.exists(os.path.join(bundle, SIGNATURE))
        if keyrings and signed:
            return self._signer(bundle, keyrings)
        if self._unsigned:
            self._warn("UNSIGNED: nobody has shown who made this model; --unsigned takes it")
        elif self._config.require_signature and not keyrings:
            raise ConfigError(
                [
                    "model.require_signature is on, and {} holds no key (NAME{}); {}".format(
                        self._config.keys, KEYRING, HOW
                    )
                ]
            )
        elif keyrings or self._config.require_signature:
            raise BundleError(
                "the model is not signed: it has no {}; expected one by a key of {}; sign it ({}), "
                "or take it all the same with --unsigned".format(SIGNATURE, self._config.keys, HOW)
            )
        elif signed:
            self._warn(
                "the model is signed, and {} holds no key to check that with; {}".format(
                    self._config.keys, HOW
                )
            )
        return ""

    def _signer(self, bundle: str, keyrings: List[str]) -> str:
        verdict = self._verified(bundle, keyrings)
        if verdict.state == GOOD:
            return verdict.signer
        known = "the keys of {}".format(self._config.keys)
        if verdict.state == UNKNOWN and self._unsigned:
            self._warn(
                "UNSIGNED: the model is signed by key {}, which is none of {}; --unsigned takes "
                "it".format(verdict.signer, known)
            )
            return ""
        raise BundleError(_REFUSALS[verdict.state].format(signer=verdict.signer, keys=known))

    def _verified(self, bundle: str, keyrings: List[str]) -> "Verdict":
        if shutil.which(self._program) is None:
            raise UnavailableError(
                "{} is not here, which checks signatures of models; sudo apt-get install "
                "gpgv".format(self._program)
            )
        # gpgv stops at the first keyring that has the key: a revocation in another would not count.
        found = [self._verify(keyring, bundle) for keyring in keyrings]
        first: Verdict = min(found, key=lambda verdict: _ORDER.index(verdict.state))
        return first

    def _verify(self, keyring: str, bundle: str) -> "Verdict":
        command = [self._program, "--ignore-time-conflict", "--weak-digest", "SHA1"]
        command += ["--status-fd", "1", "--keyring", keyring]
        command += [os.path.join(bundle, SIGNATURE), os.path.join(bundle, MANIFEST)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(os.environ, LC_ALL="C"),
                preexec_fn=as_owner_of(bundle),
                timeout=TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError("gpgv does not answer: {}".format(error)) from error
        _make_sure_of_keys(self._config.keys, done.stderr.decode("utf-8", "replace"))
        return verdict_of(done.returncode, done.stdout.decode("utf-8", "replace"))


GOOD, CHANGED, UNKNOWN, REVOKED, NONE = "good", "changed", "unknown", "revoked", "none"
# What one keyring says counts before what another does.
_ORDER = (CHANGED, REVOKED, GOOD, UNKNOWN, NONE)

_REFUSALS = {
    CHANGED: "the model's signature is wrong: " + MANIFEST + " is not what {signer} signed; it was "
    "changed, or the signature is another bundle's; nothing is installed",
    UNKNOWN: "the model is signed by key {signer}, which is none of {keys}; " + HOW + " on how a "
    "key is added, or take it all the same with --unsigned",
    REVOKED: "the model is signed by {signer}, a key that was revoked; have it signed with another",
    NONE: "the model's " + SIGNATURE + " is not a detached signature; make it again; " + HOW,
}


class Verdict(NamedTuple):
    """What gpgv found: one of the states above; who signed, as far as is known."""

    state: str
    signer: str = ""


def verdict_of(code: int, told: str) -> Verdict:
    """Return what gpgv's exit code and its lines for programs mean.

    Source of the words: doc/DETAILS of GnuPG. gpgv ends with 0 for a key that was revoked.
    """
    lines = [line.split() for line in told.splitlines() if line.startswith("[GNUPG:] ")]
    said = {words[1]: words[2:] for words in lines if len(words) > 2}
    if "BADSIG" in said:
        return Verdict(CHANGED, " ".join(said["BADSIG"][1:]))
    if "REVKEYSIG" in said:
        return Verdict(REVOKED, " ".join(said["REVKEYSIG"][1:]))
    if code == 0 and "VALIDSIG" in said:
        words = [said.get(word, []) for word in ("GOODSIG", "EXPKEYSIG", "EXPSIG")]
        name = " ".join(max(words, key=len)[1:])
        return Verdict(GOOD, "{} (key {})".format(name, said["VALIDSIG"][0]))
    if "NO_PUBKEY" in said:
        return Verdict(UNKNOWN, said["NO_PUBKEY"][0])
    return Verdict(NONE)


def _make_sure_of_keys(keys: str, err: str) -> None:
    told = [line for line in err.splitlines() if "keyblock" in line or "keydb" in line]
    if told:
        raise ConfigError(
            [
                "gpgv cannot check the signature with the keys of {}: {}; each must be readable "
                "for all, and what 'gpg --export' writes; {}".format(keys, told[0].strip(), HOW)
            ]
        )


def keyrings_in(folder: str) -> List[str]:
    """Return the keyrings of a folder, by name; none where there is no folder.

    Raises ConfigError for a file in it that is not a keyring by its name: a key that is passed over
    in silence would let everything in. NotFoundError when the folder cannot be read.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(folder, error.strerror)) from error
    paths = [os.path.join(folder, name) for name in names]
    strange = [path for path in paths if not _is_keyring(path)]
    if strange:
        raise ConfigError(
            [
                "{} is not a keyring: expected a file NAME{}, as 'gpg --export KEY > NAME{}' or "
                "'gpg --dearmor < NAME.asc > NAME{}' writes it; take away what is not "
                "one".format(path, KEYRING, KEYRING, KEYRING)
                for path in strange
            ]
        )
    return paths


def _is_keyring(path: str) -> bool:
    try:
        return path.endswith(KEYRING) and stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False
