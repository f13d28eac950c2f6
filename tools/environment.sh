#!/bin/bash
# Makes a Python environment, or brings it up to date; does nothing when it is.
# usage: tools/environment.sh [--own] FOLDER PINS REQUIREMENTS...
#   The interpreter is $PYTHON (default /usr/bin/python3). The environment sees the system's packages,
#   since OpenCV with GStreamer is only there; with --own it stands alone and gets no plantd.
#   PINS: requirements/pins/PINS-pyX.Y.txt holds the versions that were tried; for a Python that has
#   no such file the newest versions that the requirements allow are taken.
#   REQUIREMENTS are installed together; *-nodeps.txt after them and without their dependencies.
#   WHEELHOUSE=FOLDER  packages from there and from no index
#   WITHOUT_GSTREAMER=1  is content with an OpenCV that has none, such as pip's
set -euo pipefail
started=$SECONDS
own=no
if [ "$1" = --own ]; then own=yes; shift; fi
folder=$1; pins=$2; shift 2
python=${PYTHON:-/usr/bin/python3}

exec 9>"$folder.lock"                   # two makes at once: the second waits for the first
flock 9

version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
pinned=requirements/pins/$pins-py${version%.*}.txt
files=("$0" requirements/build.txt "$@")
numpy=
if [ "$own" = no ]; then
  files+=(tools/rooms.py tools/check_environment.py)
  numpy=$("$python" tools/fitting_numpy.py)
fi
constraints=()
if [ -e "$pinned" ]; then files+=("$pinned"); constraints=(-c "$pinned"); fi
key=$({ echo "$version $(pwd) $own $numpy"; cat "${files[@]}"; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$folder/.made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi

# The first word counts up when an environment made before cannot be brought up to date.
maker="2 $version $(pwd)"
if [ "$(cat "$folder/.made-by" 2>/dev/null || true)" != "$maker" ]; then
  echo "== $folder: making it with $python ($version)"
  rm -rf "$folder"
  if [ "$own" = yes ]; then "$python" -m venv "$folder"
  else "$python" -m venv --system-site-packages "$folder"; fi
  echo "$maker" >"$folder/.made-by"
fi
if [ "${#constraints[@]}" = 0 ]; then
  echo "== $folder: $pinned does not exist: versions are not pinned for Python ${version%.*}"
fi

index=()
if [ -n "${WHEELHOUSE:-}" ]; then index=(--no-index --find-links "$WHEELHOUSE"); fi
install() {
  "$folder/bin/python" -m pip --disable-pip-version-check install "${index[@]}" "${constraints[@]}" "$@"
}
together=()
alone=()
for file in "$@"; do
  case $file in
    *-nodeps.txt) alone+=(-r "$file") ;;
    *) together+=(-r "$file") ;;
  esac
done
# Alone and first: the pip that an old Python brings cannot see the wheels of today.
echo "== $folder: installing requirements/build.txt"
install --upgrade -r requirements/build.txt
echo "== $folder: installing ${together[*]//-r/}${numpy:+ $numpy}"
install "${together[@]}" ${numpy:+"$numpy"}
if [ "${#alone[@]}" != 0 ]; then
  echo "== $folder: installing ${alone[*]//-r/} without dependencies"
  install --no-deps "${alone[@]}"
fi
if [ "$own" = no ]; then
  "$folder/bin/python" tools/rooms.py
  "$folder/bin/python" tools/check_environment.py ${WITHOUT_GSTREAMER:+--without-gstreamer}
fi
echo "$key" >"$folder/.made-from"
echo "== $folder: ready after $((SECONDS - started)) s"
