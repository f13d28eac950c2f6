#!/bin/bash
# Lays out what the tests inside a machine need: the packages, their next version, pytest.
# usage: tests/system/package/lend.sh FOLDER
set -euo pipefail
folder=$1
debs=(build/deb/plantd_*_"$(dpkg --print-architecture)".deb)
if [ ! -e "${debs[0]}" ]; then echo "package: build/deb has no package; make deb builds it" >&2; exit 66; fi
rm -rf "$folder"
mkdir -p "$folder"
cp --link "${debs[0]}" build/deb/plantd-model-*_all.deb "$folder/"
tests/system/package/next_version.sh "${debs[0]}" "$folder/next"
python3 -m venv build/deb/pip          # the system's own pip refuses to install
build/deb/pip/bin/python -m pip --quiet --disable-pip-version-check install --no-deps --only-binary=:all: \
  --python-version 3.9 --platform any --abi none --target "$folder/pytest" -r tests/system/package/guest/requirements.txt
