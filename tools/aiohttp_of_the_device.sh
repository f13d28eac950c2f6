#!/bin/bash
# Runs the API's tests with the aiohttp that a TX2's Python 3.6 gets: usage: PYTHON FOLDER
# The release is laid over PYTHON's environment from FOLDER, which is made once.
set -euo pipefail
python=$1 folder=$2
release=$(sed -n 's/^aiohttp==//p' requirements/pins/device-py3.6.txt)
if ! "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then
  echo "aiohttp $release cannot be installed for $("$python" -V): use PYTHON=... up to 3.11"
  exit 69
fi
if [ "$(cat "$folder/.release" 2>/dev/null || true)" != "$release" ]; then
  rm -rf "$folder"
  "$python" -m pip --disable-pip-version-check install -q --target "$folder" --no-deps \
    "aiohttp==$release" async-timeout charset-normalizer
  echo "$release" >"$folder/.release"
fi
echo "== tests of the API with aiohttp $release"
PYTHONPATH=$folder "$python" -c 'import aiohttp, sys; sys.exit(aiohttp.__version__ != sys.argv[1])' "$release"
PYTHONPATH=$folder "$python" -m pytest -q -p no:cacheprovider tests/unit/plantd/api
