#!/bin/bash
# Installs plantd into a bare Debian, boots it three times under a real systemd, and checks it from
# inside: first as a box with TensorRT (a stand-in), then without it.
# usage: tests/system/machine/nspawn.sh                (make nspawn)
#   KILLS=N  how often the service is killed at a random moment (default 10)
# shellcheck disable=SC2154
set -euo pipefail
started=$SECONDS
# shellcheck disable=SC1091
. tests/system/machine/machine.bash
in_own_mounts "$@"
tools/system_packages.sh mmdebstrap systemd-container
make_layer
make_share
install_plantd plantd.yaml
lend_tensorrt
for boot in engine first second; do
  prepare_boot $boot
  echo "== machine: $boot boot"
  container --boot --console=pipe systemd.wants=machine-job.service \
    </dev/null >"$share/console.log" 2>&1 &
  follow $boot $! $((900 + 10 * ${KILLS:-10}))
  judge_boot $boot
  if [ $boot = engine ]; then take_tensorrt_back; fi
done
echo "== machine: all boots passed, after $((SECONDS - started)) s"
