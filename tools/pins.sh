#!/bin/bash
# Writes down what an environment has, for tools/environment.sh to install again.
# usage: tools/pins.sh FOLDER PINS       writes requirements/PINS-pyX.Y.txt
set -euo pipefail
python=$1/bin/python
out=requirements/$2-py$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt
# Not pinned: numpy where it is the system's (requirements/device.txt bounds it), pip and setuptools.
{
  echo "# Versions that were tried together. Written by: make pins"
  "$python" -m pip --disable-pip-version-check freeze --local --all \
    --exclude-editable --exclude pip --exclude setuptools --exclude plantd 2>/dev/null
} >"$out.new"
mv "$out.new" "$out"
echo "$out: $(grep -vc '^#' "$out") packages"
