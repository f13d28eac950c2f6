#!/bin/bash
# Makes a Python environment, or brings it up to date; does nothing when it is.
# usage: tools/environment.sh [--own] FOLDER PINS REQUIREMENTS...
#   The interpreter is $PYTHON (default /usr/bin/python3). The environment sees the system's packages,
#   since OpenCV with GStreamer is only there; with --own it stands alone and gets no plantd.
#   PINS: requirements/PINS-pyX.Y.txt holds the versions that were tried; for a Python that has no
#   such file the newest versions that the requirements allow are taken.
#   REQUIREMENTS are installed together; *-first.txt before them, *-nodeps.txt after them and without
#   their dependencies.
set -euo pipefail
started=$SECONDS
own=no
if [ "$1" = --own ]; then own=yes; shift; fi
folder=$1; pins=$2; shift 2
python=${PYTHON:-/usr/bin/python3}

exec 9>"$folder.lock"                   # two makes at once: the second waits for the first
flock 9

version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
pinned=requirements/$pins-py${version%.*}.txt
files=("$0" "$@")
if [ "$own" = no ]; then files+=(requirements/build.txt setup.py daemon/plantd/__init__.py); fi
constraints=()
if [ -e "$pinned" ]; then files+=("$pinned"); constraints=(-c "$pinned"); fi
rooms=$(ls -d ./*/plantd*/__init__.py)   # an editable install knows the rooms that it found
key=$({ echo "$version $(pwd) $own $rooms"; cat "${files[@]}"; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$folder/.made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi

made_by=$(cat "$folder/.made-by" 2>/dev/null || true)
if [ "$made_by" != "$version $(pwd)" ]; then
  echo "== $folder: making it with $python ($version)"
  rm -rf "$folder"
  if [ "$own" = yes ]; then "$python" -m venv "$folder"
  else "$python" -m venv --system-site-packages "$folder"; fi
  echo "$version $(pwd)" >"$folder/.made-by"
fi
if [ "${#constraints[@]}" = 0 ]; then
  echo "== $folder: $pinned does not exist: versions are not pinned for Python ${version%.*}"
fi

pip() { "$folder/bin/python" -m pip --disable-pip-version-check "$@"; }
together=()
alone=()
for file in "$@"; do
  case $file in
    *-first.txt) echo "== $folder: installing $file"; pip install -r "$file" ;;
    *-nodeps.txt) alone+=(-r "$file") ;;
    *) together+=(-r "$file") ;;
  esac
done
if [ "$own" = no ]; then together+=(-r requirements/build.txt); fi
echo "== $folder: installing ${together[*]//-r/}"
pip install "${constraints[@]}" "${together[@]}"
if [ "${#alone[@]}" != 0 ]; then
  echo "== $folder: installing ${alone[*]//-r/} without dependencies"
  pip install --no-deps "${constraints[@]}" "${alone[@]}"
fi
if [ "$own" = no ]; then
  echo "== $folder: plantd itself, editable"
  pip install --no-deps --use-pep517 --no-build-isolation -e .
  "$folder/bin/python" tools/check_environment.py
fi
echo "$key" >"$folder/.made-from"
echo "== $folder: ready after $((SECONDS - started)) s"
