#!/bin/bash
# Gathers what `make install`, and `make demo`, `make test-device` and `make device-test` with
# WHEELHOUSE=FOLDER, need from package indexes, for a machine without network.
# usage: systemd/wheelhouse.sh FOLDER
# Run it on a machine with the same processor and the same Python as the one to install on: packages
# with C code are built or chosen for this one. FOLDER/made-for says which that is.
# shellcheck disable=SC2154
set -euo pipefail
folder=$1
# shellcheck disable=SC1091
. systemd/packages.bash

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --disable-pip-version-check "$@"; }

mkdir -p "$folder"
rm -f "$folder"/*.whl "$folder/made-for"
pip install --upgrade "${constraints[@]}" -r requirements/build.txt
pip wheel --wheel-dir "$folder" "${constraints[@]}" -r requirements/build.txt \
  -r requirements/device.txt "$numpy" -r requirements/display.txt -r requirements/test.txt
pip wheel --wheel-dir "$folder" --no-deps "${constraints[@]}" -r requirements/display-nodeps.txt
cuda=$(cuda_root)
if [ -n "$cuda" ]; then
  echo "== $folder: pycuda, compiled with $cuda/bin/nvcc"
  pip install --no-index --find-links "$folder" "$numpy"
  pycuda_wheel "$folder" "$cuda" ||
    echo "== $folder: pycuda could not be compiled: without it no GPU is used; see above" >&2
elif [ -n "$(no_nvcc)" ]; then
  echo "== $folder: $(no_nvcc)" >&2
fi
echo "$version $(uname -m)" >"$folder/made-for"
echo "== $folder: $(find "$folder" -name '*.whl' | wc -l) wheels for Python $version on $(uname -m)"
