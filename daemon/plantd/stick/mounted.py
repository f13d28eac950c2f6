"""Whether a stick was mounted where it is to be looked at; and if not, what was in the way."""

import os
from typing import List

from plantd.errors import BusyError, NotFoundError, UnavailableError
from plantd.stick.belonging import unescaped

MOUNTINFO = "/proc/self/mountinfo"


def make_sure_it_is_mounted(device: str, place: str, mountinfo: str = MOUNTINFO) -> None:
    """Raise NotFoundError, BusyError or UnavailableError unless `device` is mounted at `place`."""
    try:
        number = os.stat(device).st_rdev
    except OSError as error:
        raise NotFoundError("{} was taken out: {}".format(device, error.strerror)) from error
    with open(mountinfo, encoding="utf-8", errors="surrogateescape") as source:
        places = places_of("{}:{}".format(os.major(number), os.minor(number)), source.read())
    if place in places:
        return
    if places:
        raise BusyError(
            "{} is in use: it is mounted at {!r}, and is looked at only while nothing writes to "
            "it; unmount it (sudo umount), then put the stick in again".format(device, places[0])
        )
    raise UnavailableError(
        "{} could not be mounted: its file system is damaged, or the kernel does not know it; "
        "'journalctl -u plantd-stick@{}' has what mount said; format the stick anew, as "
        "vfat".format(device, os.path.basename(device))
    )


def places_of(number: str, mountinfo: str) -> List[str]:
    """Return where the device MAJOR:MINOR is mounted.

    Source: proc(5), /proc/PID/mountinfo: the third word is the device, the fifth the place, with
    blanks in octal.
    """
    lines = [line.split(" ") for line in mountinfo.splitlines()]
    return [unescaped(words[4]) for words in lines if len(words) > 4 and words[2] == number]
