#!/bin/bash
# Installs the Debian packages of build/deb into a bare Debian, boots it under a real systemd, and checks
# from inside: a press, an upgrade of the running service, removal, installation again, purge; at a second boot
# new versions on trial, which pass or go back, also where that is cut.
# BOOTS=trial is the second alone.
# usage: tests/system/machine/nspawn_deb.sh                (make nspawn-deb)
# shellcheck disable=SC2154
set -euo pipefail
started=$SECONDS
# shellcheck disable=SC1091
. tests/system/machine/machine.bash
in_own_mounts "$@"
tools/system_packages.sh mmdebstrap systemd-container dpkg-dev
make_layer
make_share
tests/system/package/lend.sh build/deb/lent
cp -r build/deb/lent "$share/packages"
for fault in import preinst postinst key; do
  tests/system/package/next_version.sh build/deb/lent/plantd_*.deb "$share/packages/$fault" "2.$fault" $fault
done
(cd "$share/packages/import" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
echo "== machine: apt-get install, without network"
container --pipe bash -c 'apt-get --quiet --yes install /host/packages/*.deb' </dev/null
install -D -m 644 "$here/guest/job.service" "$layer/etc/systemd/system/machine-job.service"
for boot in ${BOOTS:-package trial}; do
  prepare_boot "$boot"
  echo "== machine: boot, $boot"
  container --boot --console=pipe systemd.wants=machine-job.service \
    </dev/null >"$share/console.log" 2>&1 &
  follow "$boot" $! 3000
  judge_boot "$boot"
done
echo "== machine: passed (${BOOTS:-package trial}), after $((SECONDS - started)) s"
