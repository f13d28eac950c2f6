"""What installs a library that cannot be imported."""

from pathlib import Path

import pytest

from plantd import choose_blas_kernels
from plantd.system.libraries import is_l4t, opencv_for_pictures, remedy, sentence


def test_opencv_is_debian_s_or_jetpack_s() -> None:
    assert remedy("cv2", l4t=False) == "sudo apt-get install python3-opencv"
    assert remedy("cv2", l4t=True) == "sudo apt-get install libopencv-python"


def test_the_opencv_that_is_advised_is_never_ubuntu_s_on_a_jetson() -> None:
    assert "apt-get install python3-opencv`" in opencv_for_pictures(l4t=False)
    assert "apt-get install libopencv-python`" in opencv_for_pictures(l4t=True)
    assert "python3-opencv" not in opencv_for_pictures(l4t=True)


def test_a_jetson_is_known_by_its_release_file(tmp_path: Path) -> None:
    assert not is_l4t(str(tmp_path))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/nv_tegra_release").write_text("# R32 (release)")
    assert is_l4t(str(tmp_path))


@pytest.mark.parametrize(
    ("error", "library", "help_"),
    [
        (ImportError("No module named numpy", name="numpy"), "numpy", "python3-numpy"),
        (ImportError("numpy.core.multiarray failed to import"), "numpy", "python3-numpy"),
        (ImportError("libgomp.so.1: cannot open", name="cv2.cv2"), "cv2", "python3-opencv"),
        (ImportError("No module named 'tensorflow'", name="tensorflow"), "tensorflow", "venv-host"),
        (ImportError("No module named 'duckdb'", name="duckdb"), "duckdb", "venv-host"),
        (ImportError("No module named 'h5py'", name="h5py"), "h5py", "venv-host"),
        (ImportError("No module named 'yaml'", name="yaml"), "yaml", "sudo make install"),
        (ImportError("No module named 'yaml'", name="yaml"), "yaml", "--reinstall plantd"),
        (ImportError("No module named 'pycuda'", name="pycuda"), "pycuda", "g++ python3-dev"),
        (ImportError("No module named 'PIL'", name="PIL"), "PIL", "sudo make install"),
        (ImportError("No module named 'luma'", name="luma"), "luma", "python3-luma.oled"),
    ],
)
def test_a_missing_library_is_said_with_what_helps(
    error: ImportError, library: str, help_: str
) -> None:
    text = sentence(error, l4t=False)
    assert text.startswith("the library {} cannot be used (".format(library))
    assert help_ in text.partition("what helps: ")[2]
    assert "\n" not in text


def test_on_a_jetson_openblas_does_not_guess_the_processor() -> None:
    jetson = {"PATH": "/bin"}
    choose_blas_kernels("aarch64", jetson)
    assert jetson["OPENBLAS_CORETYPE"] == "ARMV8"
    set_already = {"OPENBLAS_CORETYPE": "CORTEXA57"}
    choose_blas_kernels("aarch64", set_already)
    assert set_already == {"OPENBLAS_CORETYPE": "CORTEXA57"}


def test_elsewhere_openblas_chooses_for_itself() -> None:
    workstation = {"PATH": "/bin"}
    choose_blas_kernels("x86_64", workstation)
    assert workstation == {"PATH": "/bin"}
