#!/bin/bash
# Runs the tests of MQTT with the paho-mqtt that a TX2's Python 3.6 gets: usage: PYTHON FOLDER
# The release is laid over PYTHON's environment from FOLDER, which is made once.
set -euo pipefail
python=$1 folder=$2
release=$(sed -n 's/^paho-mqtt==//p' requirements/pins/device-py3.6.txt)
if [ "$(cat "$folder/.release" 2>/dev/null || true)" != "$release" ]; then
  rm -rf "$folder"
  "$python" -m pip --disable-pip-version-check install -q --target "$folder" --no-deps \
    "paho-mqtt==$release"
  echo "$release" >"$folder/.release"
fi
echo "== tests of MQTT with paho-mqtt $release"
PYTHONPATH=$folder "$python" -c 'import paho.mqtt, sys; sys.exit(paho.mqtt.__version__ != sys.argv[1])' "$release"
PYTHONPATH=$folder "$python" -m pytest -q -p no:cacheprovider tests/mqtt tests/unit/plantd/notifiers/mqtt
