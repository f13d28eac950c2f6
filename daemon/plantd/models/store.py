"""The store: installed models by name, which one is active, and which one was before it.

    STATE/models/plants70-1.0.0/        a bundle, whole: it was renamed to this name when it was
    STATE/models/active -> NAME         read by the service at each start
    STATE/models/previous -> NAME       what `rollback` goes back to
    STATE/models/trial.json             whether the active one is on trial, see trial.py
    STATE/models/.new-*                 what a power cut left; the next change removes it
    STATE/models/.new-removed           a model on its way out, renamed before it is taken apart

A link may also point to a directory elsewhere (the bundle that came with the package). The links
are replaced by renaming: at any moment `active` is the old one or the new one. Needs no numpy.
"""

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional

from plantd.errors import (
    AccessError,
    BundleError,
    BusyError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from plantd.messages import did_you_mean
from plantd.models import trial as trials
from plantd.models.trial import Trial
from plantd.system import durable

ACTIVE = "active"
PREVIOUS = "previous"
NEW = ".new-"
MODE = 0o750
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}-[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")

Step = Callable[[str], None]


def unheard(_step: str) -> None:
    """Take a step's name where nobody follows the steps."""


class Listing(NamedTuple):
    """What there is. `active` and `previous` are names, or paths outside the store."""

    active: Optional[str]
    previous: Optional[str]
    installed: List[str]

    def to_json(self) -> Dict[str, object]:
        """Return it as it stands in /v1/hello and /v1/status."""
        return dict(self._asdict())


class ModelStore:
    """The models below one state directory; see the module's text."""

    def __init__(self, state: str) -> None:
        """Args: paths.state."""
        self.folder = os.path.join(state, "models")

    def listing(self) -> Listing:
        """Return what there is; an unreadable store is an empty one."""
        try:
            names = os.listdir(self.folder)
        except OSError:
            names = []
        installed = [n for n in names if NAME.match(n) and os.path.isdir(self._in(n))]
        return Listing(self._target(ACTIVE), self._target(PREVIOUS), sorted(installed))

    def may_be_seen(self) -> bool:
        """Return whether this user may look; a store that is not there is an empty one."""
        try:
            os.listdir(self.folder)
        except PermissionError:
            return False
        except OSError:
            return True
        return True

    def path_of(self, name: str) -> str:
        """Return the directory of a model. Raises NotFoundError for one that is not there.

        Args:
            name: "plants70-1.0.0", "plants70 1.0.0", or what a link points to.
        """
        listing = self.listing()
        plain = name.replace(" ", "-")
        if plain in listing.installed:
            return self._in(plain)
        if name in (listing.active, listing.previous) and os.path.isabs(name):
            return name
        raise NotFoundError(
            "no model {!r} is installed in {}; there is {}{}".format(
                name,
                self.folder,
                ", ".join(listing.installed) or "none",
                did_you_mean(plain, listing.installed),
            )
        )

    def before(self) -> str:
        """Return the model that was active before this one. Raises NotFoundError without one."""
        listing = self.listing()
        if listing.previous is None or listing.previous == listing.active:
            raise NotFoundError(
                "there is no model to go back to; installed: {}; "
                "'plantd-cli model activate NAME' takes one of them".format(
                    ", ".join(listing.installed) or "none"
                )
            )
        return listing.previous

    def activate(self, name: str, step: Step = unheard, presses: int = 0) -> None:
        """Make a model the active one and remember the one before. It must have proven itself.

        Args:
            presses: that it must answer on trial; 0 is no trial.
            step: told after each step; a power cut between any two leaves the old one active.

        Raises NotFoundError, BusyError, AccessError, UnavailableError.
        """
        self.path_of(name)
        target = name if os.path.isabs(name) else name.replace(" ", "-")
        with self.locked(), trials.locked(self.folder):
            before = self._target(ACTIVE)
            if before == target:
                trials.forget(self.folder)
                return
            if before is not None:
                if presses:
                    trials.write(self.folder, trials.of(self.folder, target, before, presses))
                    step("trial")
                self._point(PREVIOUS, before)
                step("previous")
            self._point(ACTIVE, target, step)
            if not presses:
                trials.forget(self.folder)
            step("active")

    def trial(self) -> Optional[Trial]:
        """Return what is said of the active model's trial, or of the one that ended in it."""
        return trials.in_force(self.folder, self._target(ACTIVE))

    def put_trial(self, trial: Trial) -> None:
        """Write down how it goes, if it goes on. Raises AccessError, UnavailableError."""
        with self._told():
            trials.update(self.folder, trial, lambda: self._target(ACTIVE))

    def go_back(self, trial: Trial, step: Step = unheard) -> None:
        """End a trial by making the model before it active. Raises as `activate`.

        Args:
            trial: as it ended, with its reason.
            step: told after each step; a power cut between any two leaves a start that ends it.
        """
        with self.locked(), trials.locked(self.folder):
            if not os.path.isdir(self._in(trial.before)):
                told = "{} is not there any more; {} stays"
                raise NotFoundError(told.format(trial.before, trial.model))
            trials.write(self.folder, trial)
            step("trial")
            self._point(PREVIOUS, trial.model)
            step("previous")
            self._point(ACTIVE, trial.before, step)
            step("active")

    def remove(
        self, name: str, configured: str = "", force: bool = False, step: Step = unheard
    ) -> None:
        """Take a model out of the store and off the disk.

        Args:
            configured: model.bundle, which answers instead of the active one; empty: not set.
            force: also the model that `before()` returns; then there is no way back.
            step: told after each step; a power cut between any two leaves the model whole or gone.

        Raises NotFoundError; UsageError for a model in use; BusyError, AccessError or
        UnavailableError as `activate`.
        """
        with self.locked(), trials.locked(self.folder):
            place = self._installed(name)
            self._make_sure_nobody_uses(place, configured, force)
            if self._leads_to(PREVIOUS, place):
                trials.forget(self.folder)
                os.unlink(self._in(PREVIOUS))
                durable.sync_directory(self.folder)
                step("forgotten")
            gone = self._in(NEW + "removed")
            durable.rename(place, gone)
            step("renamed")
            shutil.rmtree(gone)
            step("removed")

    def _installed(self, name: str) -> str:
        path = self.path_of(name)
        if os.path.isabs(name):
            told = "{} does not lie in {} but came with the package; it goes with make uninstall"
            raise UsageError(told.format(path, self.folder))
        return path

    def _make_sure_nobody_uses(self, place: str, configured: str, force: bool) -> None:
        name = os.path.basename(place)
        if configured and os.path.realpath(configured) == os.path.realpath(place):
            raise UsageError(
                "{} is the model that model.bundle names; take that line out of the "
                "configuration and restart plantd first".format(name)
            )
        if self._leads_to(ACTIVE, place):
            raise UsageError(
                "{} is the active model; make another one active first: "
                "plantd-cli model activate NAME, or rollback".format(name)
            )
        if self._leads_to(PREVIOUS, place) and not force:
            raise UsageError(
                "{} is the model that rollback goes back to; with --force it is removed all the "
                "same, and there is no way back then".format(name)
            )

    def _leads_to(self, link: str, place: str) -> bool:
        # The link may also have been made by hand, with a path for its target.
        return os.path.realpath(self._in(link)) == os.path.realpath(place)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from changing the store. Raises BusyError while another one does."""
        with self._told():
            os.makedirs(self.folder, MODE, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    "another program changes the models in {}; try again when it is done".format(
                        self.folder
                    )
                ) from error
            with self._told():
                self._sweep()
                yield
        finally:
            os.close(descriptor)

    def _point(self, link: str, target: str, step: Step = unheard) -> None:
        new = self._in(NEW + link)
        os.symlink(target, new)
        durable.belong_as(new, self.folder)
        step("link")
        durable.rename(new, self._in(link))

    def _target(self, link: str) -> Optional[str]:
        try:
            return os.readlink(self._in(link))
        except OSError:
            return None

    def _sweep(self) -> None:
        for name in os.listdir(self.folder):
            if name.startswith(NEW):
                path = self._in(name)
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise AccessError(
                "{} may not be written to ({}); installing and removing is done by root or by the "
                "service's own user: sudo plantd-cli model ...".format(self.folder, error.strerror)
            ) from error
        except OSError as error:
            raise UnavailableError(
                "the models in {} cannot be changed: {}; the active one stays".format(
                    self.folder, error
                )
            ) from error

    def _in(self, name: str) -> str:
        return os.path.join(self.folder, name)


def name_of(name: str, version: str) -> str:
    """Return the directory's name of a model. Raises BundleError for what makes no plain name."""
    made = "{}-{}".format(name, version)
    if not (_PART.match(name) and _PART.match(version)):
        raise BundleError(
            "the model is called {!r} {!r}; expected letters, digits and . _ + - (at most 64 "
            "each), since its directory is called so".format(name, version)
        )
    return made
