#!/bin/bash
# make device-record: what this board is, has and does, in one redacted file.
# usage: tools/device_record.sh PYTHON BUNDLE [ARGUMENTS of plantd.support.board_record...]
#   The device's tests and the engine's build run first. That they fail is a result too: it is written
#   down, and the record is made.
set -euo pipefail
python=$1; bundle=$2; shift 2
folder=build/device-record
mkdir -p "$folder"

step() {
  local name=$1 status=0; shift
  echo "== $name: $*"
  "$@" 2>&1 | tee "$folder/$name.log" || status=$?
  echo "== $name: exit code $status" | tee -a "$folder/$name.log"
}

rm -f build/junit/real-device.xml         # an older run must not answer for this one
step device-test "${MAKE:-make}" device-test ARGS=
step engine tools/engine.sh "$python" "$bundle"

settings=()
if ! systemctl cat plantd-engine.service >/dev/null 2>&1; then
  # Not installed: the bundle and the plan of the step before.
  here=$(pwd)/build/engine
  settings=(--set "paths.state=$here" --set "paths.cache=$here/cache"
    --set "model.bundle=$(realpath "$bundle")")
fi
echo "== the record"
exec "$python" -m plantd.support.board_record --out build --junit build/junit/real-device.xml \
  --log "$folder/engine.log" "${settings[@]}" "$@"
