"""The story of one stick, top to bottom: looked at, offered, agreed to, installed.

How this works, and what a power cut, or the stick pulled out, leaves after each step:

    looked at    names of files                            nothing
    vouched      manifest and signature, copied to /tmp    nothing
    offered      the light; a long press agrees            nothing
    installing   as `plantd.models.installing` has it      what that says; never a half model
    installed    the stick is needed no longer             an installed model, not yet active
    activated    by the service, which proves it first     the old model, or the new one on trial
"""

import os
from contextlib import contextmanager
from typing import Callable, Iterator, NamedTuple

from plantd.api.stick_news import INSTALLED, INSTALLING, OFFERED, REFUSED, SEEN, WITHDRAWN
from plantd.errors import BundleError, PlantdError
from plantd.models.installing import Installed
from plantd.stick.contents import contents_of_stick
from plantd.stick.telling import Telling
from plantd.stick.vouching import Vouched

Say = Callable[[str], None]


class Hands(NamedTuple):
    """What taking a model from a stick needs of the box.

    Attributes:
        telling: who is told how it goes, and says whether a press has agreed.
        make_sure: raises where the stick is not mounted at a path.
        vouched: what is known of the bundle at a path; raises where it is not to be taken.
        install: puts the bundle at a path into the store, its signature checked.
        activate: makes an installed model the one that answers.
        say: the journal.
        agree_s: for how long a model is offered.
    """

    telling: Telling
    make_sure: Callable[[str], None]
    vouched: Callable[[str], Vouched]
    install: Callable[[str], Installed]
    activate: Callable[[str], None]
    say: Say
    agree_s: float


def take(mounted: str, hands: Hands) -> None:
    """Do with a stick what it and a finger ask for. Raises PlantdError, after it was told."""
    _make_sure_it_is_there(mounted, hands)
    found = contents_of_stick(mounted)
    if found.repository:
        _name_repository(hands)
    if not found.models:
        hands.say("the stick holds no model: nothing in its folder plantd/ is one")
        return
    name = os.path.basename(found.models[0])
    try:
        if len(found.models) > 1:
            names = ", ".join(os.path.basename(path) for path in found.models)
            raise BundleError(
                "the stick holds {} models: {}; expected one in its folder plantd/; take the "
                "others away".format(len(found.models), names)
            )
        vouched = hands.vouched(found.models[0])
        name = vouched.name
        _offer(found.models[0], vouched, hands)
    except PlantdError as error:
        _tell_the_last(REFUSED, name, str(error)[:1000], hands)
        raise


def _make_sure_it_is_there(mounted: str, hands: Hands) -> None:
    try:
        hands.make_sure(mounted)
    except PlantdError as error:
        _tell_the_last(REFUSED, os.path.basename(mounted), str(error)[:1000], hands)
        raise


def _offer(path: str, vouched: Vouched, hands: Hands) -> None:
    name = vouched.name
    if vouched.active:
        hands.say("{} on the stick is the model that answers already".format(name))
        return
    with _telling_the_end(name, "the stick was taken out; the model before stays", hands):
        if not _ask_to_agree(vouched, hands):
            return
        hands.telling.tell(INSTALLING, name, "a long press has agreed; leave the stick in")
        installed = hands.install(path)
    told = "it is installed; 'plantd-cli model list' says whether the service has taken it"
    with _telling_the_end(name, told, hands):
        hands.activate(installed.name)
    hands.telling.tell(INSTALLED, installed.name, "it answers now; the stick may be taken out")


def _ask_to_agree(vouched: Vouched, hands: Hands) -> bool:
    told = "signed by {}; a long press within {:g} s takes it"
    hands.telling.tell(OFFERED, vouched.name, told.format(vouched.signer, hands.agree_s))
    if hands.telling.wait_for_press(hands.agree_s):
        return True
    told = "nobody agreed within {:g} s; put the stick in again, or: sudo plantd-cli model install"
    hands.telling.tell(WITHDRAWN, vouched.name, told.format(hands.agree_s))
    return False


@contextmanager
def _telling_the_end(name: str, told: str, hands: Hands) -> Iterator[None]:
    """Tell what holds when systemd ends this program, as it does with the stick."""
    try:
        yield
    except SystemExit:
        _tell_the_last(WITHDRAWN, name, told, hands)
        raise


def _name_repository(hands: Hands) -> None:
    told = (
        "the stick holds a repository of packages, of which nothing is installed by itself; for an "
        "update: sudo apt-get update && sudo apt-get install plantd, as docs/updates.md says"
    )
    hands.say(told)
    _tell_the_last(SEEN, "packages", told, hands)


def _tell_the_last(state: str, name: str, told: str, hands: Hands) -> None:
    try:
        hands.telling.tell(state, name, told)
    except PlantdError as error:
        hands.say("the service was not told: {}".format(error))
