#!/bin/bash
# make engine: the engine for this machine, built and proven.
# usage: tools/engine.sh PYTHON BUNDLE [ARGUMENTS of plantd-engine build...]
#   On an installed device its unit is started, with sudo where needed, and its log followed; the
#   unit knows the configuration. Elsewhere BUNDLE's engine is built here, below build/engine.
set -euo pipefail
python=$1; bundle=$2; shift 2
unit=plantd-engine.service
installed=/opt/plantd/venv/bin/python3

# A chroot or a container may have the unit and no systemd that would start it.
if [ ! -d "${SYSTEMD_RUNS:-/run/systemd/system}" ] || ! systemctl cat "$unit" >/dev/null 2>&1; then
  here=$(pwd)/build/engine
  exec "$python" -m plantd_engines build --bundle "$bundle" \
    --set "paths.state=$here" --set "paths.cache=$here/cache" "$@"
fi

if [ $# != 0 ]; then
  echo "make engine: the unit takes no arguments; as user plantd: $installed -m plantd_engines build $*" >&2
  exit 64
fi
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
echo "== starting $unit and following its log"
"${as_root[@]}" journalctl --follow --lines=0 --output=cat --unit="$unit" & follower=$!
# sudo's process is root's: only root may end it.
trap '"${as_root[@]}" sh -c "kill $follower" 2>/dev/null || true' EXIT
status=0
"${as_root[@]}" systemctl start "$unit" || status=$?
if [ "$status" != 0 ]; then
  echo "make engine: $unit failed; all of its log: journalctl -u $unit" >&2
  exit "$status"
fi
# Without effect on a service whose model answers.
if systemctl is-active --quiet plantd.service; then
  "${as_root[@]}" systemctl reload plantd.service
fi
if [ "$(systemctl show --property=ConditionResult --value "$unit")" = no ]; then
  echo "== there is no TensorRT on this machine, so that the unit had nothing to do"
  "${as_root[@]}" "$installed" -m plantd_engines verify
fi
