#!/bin/bash
# Looks up, for the processor of a Jetson, the wheels that Python 3.6 is pinned to: what a TX2 would
# fetch exists. Nothing of it is run.
# usage: tests/system/roots/wheels.sh PYTHON      (make wheels-tx2)
set -euo pipefail
python=$1
pins=requirements/pins/device-py3.6.txt
# Source alone, in Python alone: there is no wheel, and none is needed.
sources='^(idna-ssl|paho-mqtt)=='
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -vE "^#|$sources" $pins >"$work/pins"
platforms=()
for name in manylinux2014 manylinux_2_17 manylinux_2_24 manylinux_2_27; do
  platforms+=(--platform "${name}_aarch64")
done
"$python" -m pip --disable-pip-version-check --quiet download --dest "$work" --no-deps --only-binary=:all: \
  --python-version 3.6.9 --implementation cp --abi cp36m --abi abi3 --abi none "${platforms[@]}" -r "$work/pins"
echo "== wheels for Python 3.6 on aarch64: $(find "$work" -name '*.whl' | wc -l) of $(wc -l <"$work/pins") pinned packages," \
  "$(find "$work" -name '*aarch64.whl' | wc -l) of them with C code"
[ "$(find "$work" -name '*.whl' | wc -l)" = "$(wc -l <"$work/pins")" ]
