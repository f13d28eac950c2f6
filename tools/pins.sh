#!/bin/bash
# Resolves every environment anew, on each Python that a board or a distribution has, and writes down
# the versions for tools/environment.sh to install again.
# usage: tools/pins.sh [VERSION...]      default: all; writes requirements/pins/NAME-pyX.Y.txt
#   PARTS='device host'  these environments only (of device, host, cluster, distribute, lint, mypy36, rtx, deb, browser, fuzz, docs, recording,
#                    ansible)
#   tests/system/roots/python.sh says where the Pythons come from and what their systems have.
set -euo pipefail
work=build/pins
out=requirements/pins
if [ $# = 0 ]; then set -- 3.6 3.8 3.9 3.10 3.11 3.12 3.13; fi

# usage: pin NAME VERSION [--own] REQUIREMENTS...
pin() {
  [[ " ${PARTS:-$1} " == *" $1 "* ]] || return 0
  local version=$2 file=$out/$1-py$2.txt own=() folder=$work/$1-py$2
  shift 2
  if [ "$1" = --own ]; then own=(--own); shift; fi
  rm -rf "$folder"
  # Under a name that has no pins.
  tools/environment.sh "${own[@]}" "$folder" unpinned "$@" >"$folder.log" 2>&1 ||
    { tail -20 "$folder.log" >&2; exit 1; }
  # Not among them: what is the system's, such as numpy where its version will do.
  {
    echo "# Versions that were tried together. Written by: make pins"
    "$folder/bin/python" -m pip --disable-pip-version-check freeze --local --all 2>/dev/null
  } >"$file"
  echo "$file: $(grep -vc '^#' "$file") packages"
  rm -rf "$folder"
}

mkdir -p $work
for version in "$@"; do
  tests/system/roots/python.sh "$version" "build/roots/python$version"
  export PYTHON=$PWD/build/roots/python$version/bin/python$version WITHOUT_GSTREAMER=1
  pin device "$version" requirements/device.txt requirements/display.txt \
    requirements/display-nodeps.txt requirements/test.txt
  if [ -z "$("$PYTHON" tools/left_out.py)" ]; then
    pin host "$version" requirements/host.txt requirements/host-nodeps.txt requirements/test.txt
  fi
  if [ "$version" = 3.11 ]; then          # what is checked on the machine that CI runs on
    pin cluster "$version" requirements/host.txt requirements/host-nodeps.txt requirements/test.txt \
      requirements/cluster.txt
    pin distribute "$version" requirements/distribute.txt requirements/test.txt
    pin lint "$version" --own requirements/lint.txt
    pin mypy36 "$version" --own requirements/mypy36.txt
    pin rtx "$version" --own requirements/rtx.txt
    pin recording "$version" requirements/device.txt requirements/recording.txt
    pin docs "$version" --own requirements/docs.txt
    pin fuzz "$version" --own requirements/fuzz.txt
    pin ansible "$version" --own requirements/ansible.txt
    pin deb "$version" requirements/device.txt requirements/deb.txt
    pin browser "$version" requirements/device.txt requirements/test.txt requirements/browser.txt
  fi
done
