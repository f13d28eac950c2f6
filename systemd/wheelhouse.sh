#!/bin/bash
# Gathers everything that `make install` needs from package indexes, for a machine without network.
# usage: systemd/wheelhouse.sh FOLDER
# Run it on a machine with the same processor and the same Python as the one to install on: packages
# with C code are built or chosen for this one. FOLDER/made-for says which that is.
set -euo pipefail
folder=$1
python=${PYTHON:-/usr/bin/python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --disable-pip-version-check "$@"; }

mkdir -p "$folder"
rm -f "$folder"/*.whl "$folder/made-for"
if [ "$version" = 3.6 ]; then
  # pip 9 of Ubuntu 18.04 cannot see the wheels of today; 21.3.1 is the last one for Python 3.6.
  pip install --upgrade pip==21.3.1
  pip download --no-deps --dest "$folder" pip==21.3.1
fi
pip install -r requirements/build.txt
constraints=()
if [ -e "requirements/pins-device-py$version.txt" ]; then
  constraints=(-c "requirements/pins-device-py$version.txt")
fi
pip wheel --wheel-dir "$folder" "${constraints[@]}" -r requirements/device.txt -r requirements/build.txt
echo "$version $(uname -m)" >"$folder/made-for"
echo "== $folder: $(find "$folder" -name '*.whl' | wc -l) wheels for Python $version on $(uname -m)"
