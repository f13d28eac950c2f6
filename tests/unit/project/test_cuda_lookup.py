"""Where the installer looks for CUDA's compiler, and what it says where that is missing."""

import os
import subprocess
from pathlib import Path

from support.checkout import TOP


def asked(function: str, **environ: str) -> str:
    """What a function of packages.bash prints; no CUDA of this machine's own is seen."""
    done = subprocess.run(
        ["/bin/bash", "-c", ". systemd/packages.bash; " + function],
        cwd=str(TOP),
        env=dict({"PATH": "/usr/bin:/bin"}, **environ),
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode().strip()


def cuda(folder: Path, nvcc: bool = True, header: bool = True) -> Path:
    """Draw a CUDA below a folder."""
    for name, there in (
        ("bin/nvcc", nvcc),
        ("include/cuda.h", header),
        ("lib64/libcudart.so", True),
    ):
        if there:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)
    return folder


def test_cuda_root_says_where_cuda_is(tmp_path: Path) -> None:
    there = cuda(tmp_path / "cuda-10.2")
    assert asked("cuda_root", CUDA_ROOT=str(there)) == str(there)


def test_a_compiler_on_the_path_leads_to_its_cuda(tmp_path: Path) -> None:
    there = cuda(tmp_path / "cuda-10.2")
    (tmp_path / "cuda").symlink_to(there)
    path = "{}/cuda/bin:/usr/bin:/bin".format(tmp_path)
    assert asked("cuda_root", PATH=path) == os.path.realpath(str(there))


def test_a_cuda_without_its_compiler_is_said_in_one_sentence(tmp_path: Path) -> None:
    there = cuda(tmp_path / "cuda-10.2", nvcc=False)
    said = asked("no_nvcc", CUDA_ROOT=str(there))
    assert said.startswith(
        "CUDA is here, but not {}/bin/nvcc, so pycuda is not compiled".format(there)
    )
    assert "sudo apt-get install cuda-toolkit-10-2" in said
    assert "\n" not in said


def test_a_cuda_without_its_headers_names_them(tmp_path: Path) -> None:
    there = cuda(tmp_path / "cuda-10.2", header=False)
    assert asked("cuda_root", CUDA_ROOT=str(there)) != str(there)
    assert "not {}/include/cuda.h".format(there) in asked("no_nvcc", CUDA_ROOT=str(there))


def test_who_wants_none_gets_none_and_no_word(tmp_path: Path) -> None:
    assert asked("cuda_root; no_nvcc", CUDA_ROOT="none") == ""
