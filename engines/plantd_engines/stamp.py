"""Is the machine still the one a plan was built for? Told by files, without loading TensorRT.

Loading TensorRT and CUDA takes seconds and hundreds of megabytes. After a build the process knows
which libraries it really had loaded; their size and time of change, and the texts that name L4T and
the GPU, are kept in the plan's manifest. While none of them differs, the machine is the same.
"""

import hashlib
import os
import re
from typing import Dict, List, Mapping

LIBRARIES = re.compile(r"/(?:libnvinfer|libnvonnxparser|libcudart|libcuda)[^/]*\.so[^/]*$")
BINDINGS = re.compile(r"/tensorrt/[^/]*\.so[^/]*$")
TEXTS = ("etc/nv_tegra_release", "proc/device-tree/model", "proc/driver/nvidia/version")
GPUS = "proc/driver/nvidia/gpus"


def stamp_of_this_process(root: str = "/") -> Dict[str, str]:
    """Return path -> mark of what this process has loaded and of the texts that name the device."""
    paths = set(_texts(root))
    with open(os.path.join(root, "proc/self/maps"), "rb") as lines:
        for line in lines:
            # Names of files are bytes, and Python 3.6 without a locale takes no other letters.
            path = os.fsdecode(line.rstrip(b"\n")).partition("/")
            whole = "/" + path[2]
            if path[1] and (LIBRARIES.search(whole) or BINDINGS.search(whole)):
                paths.add(whole)
    return {path: _mark(path) for path in sorted(paths)}


def is_unchanged(stamp: Mapping[str, str], root: str = "/") -> bool:
    """Return whether nothing has changed; False too where a stamp cannot tell.

    It must name TensorRT's library and a text that names the device.
    """
    names_library = any(LIBRARIES.search(path) for path in stamp)
    names_device = any(path in stamp for path in _texts(root))
    unchanged = all(_mark(path) == mark for path, mark in stamp.items())
    return names_library and names_device and unchanged and set(_texts(root)) <= set(stamp)


def _texts(root: str) -> List[str]:
    folder = os.path.join(root, GPUS)
    gpus = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    candidates = [os.path.join(root, name) for name in TEXTS]
    candidates += [os.path.join(folder, gpu, "information") for gpu in gpus]
    return [path for path in candidates if os.path.exists(path)]


def _mark(path: str) -> str:
    """Return contents' hash for a small text of the system, size and time for a library."""
    try:
        if path.endswith(TEXTS) or GPUS in path:
            with open(path, "rb") as source:
                return hashlib.sha256(source.read(1 << 16)).hexdigest()[:16]
        found = os.stat(path)
    except OSError as error:
        return "gone: {}".format(error.strerror)
    except ValueError:  # a nought, or letters that no name here can have
        return "gone: it names no file"
    return "{} {}".format(found.st_size, found.st_mtime_ns)
