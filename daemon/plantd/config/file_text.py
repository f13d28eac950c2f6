"""A file of the configuration as text, or the one sentence that says why it is none."""

import os

from plantd.errors import ConfigError

SIZE_MAX_BYTES = 1 << 20


def text_of_file(path: str) -> str:
    """Return the file's text; raise ConfigError when it is none."""
    try:
        with open(path, "rb") as source:
            size = os.fstat(source.fileno()).st_size
            data = source.read(SIZE_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(["{}: {}".format(path, _unreadable(error))]) from error
    if len(data) > SIZE_MAX_BYTES:
        size = max(size, len(data))
        message = "has {} bytes; a configuration has at most {}".format(size, SIZE_MAX_BYTES)
        raise ConfigError(["{}: {}".format(path, message)])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError(["{}:1: is UTF-16; save it as UTF-8".format(path)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = "the byte 0x{:02x} is not UTF-8; save the file as UTF-8".format(data[error.start])
        raise ConfigError(["{}:{}: {}".format(path, line, byte)]) from error


def _unreadable(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; 'plantd show-config --documented' prints one to start from"
    if isinstance(error, IsADirectoryError):
        return "is a directory; expected a YAML file"
    if isinstance(error, PermissionError):
        return "may not be read by this user; it should belong to root:plantd with mode 0640"
    return "cannot be read: {}".format(error.strerror)
