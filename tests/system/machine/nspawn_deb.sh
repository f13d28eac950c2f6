#!/bin/bash
# Installs the Debian packages of build/deb into a bare Debian, boots it under a real systemd, and checks
# from inside: a press, an upgrade of the running service, removal, installation again, purge.
# usage: tests/system/machine/nspawn_deb.sh                (make nspawn-deb)
# shellcheck disable=SC2154
set -euo pipefail
started=$SECONDS
# shellcheck disable=SC1091
. tests/system/machine/machine.bash
in_own_mounts "$@"
tools/system_packages.sh mmdebstrap systemd-container
make_layer
make_share
tests/system/package/lend.sh build/deb/lent
cp -r build/deb/lent "$share/packages"
echo "== machine: apt-get install, without network"
container --pipe bash -c 'apt-get --quiet --yes install /host/packages/*.deb' </dev/null
install -D -m 644 "$here/guest/job.service" "$layer/etc/systemd/system/machine-job.service"
prepare_boot package
echo "== machine: boot"
container --boot --console=pipe systemd.wants=machine-job.service \
  </dev/null >"$share/console.log" 2>&1 &
follow package $! 900
judge_boot package
echo "== machine: the boot passed, after $((SECONDS - started)) s"
